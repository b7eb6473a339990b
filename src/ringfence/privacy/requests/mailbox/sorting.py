"""What a mail seems to ask for, and in which language; an officer can say otherwise, the clock is the same."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Final

from ringfence.privacy.requests.kind import Kind

__all__ = ["sort"]

_IN_SUBJECT: Final = 3  # a word there says more than one in a long text
_READ: Final = 4_000  # characters of the text that are looked at
_WORD: Final = re.compile(r"[\w']+")


def sort(subject: str, text: str) -> tuple[Kind, str]:
    """Access where nothing else is said: it gives most, and takes nothing away."""
    head, body = subject.casefold(), text[:_READ].casefold()
    scores = {kind: _score(kind, head, body) for kind in Kind}
    best = max(scores, key=lambda kind: (scores[kind], kind is Kind.ACCESS))
    return best, _language(f"{head} {body}")


def _score(kind: Kind, head: str, body: str) -> int:
    stems = {stem for words in _words().values() for stem in words.get(kind.value, ())}
    return sum(_IN_SUBJECT * _begins(stem, head) + _begins(stem, body) for stem in stems)


def _begins(stem: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(stem)}", text) is not None


def _language(text: str) -> str:
    words = set(_WORD.findall(text))
    counts = {language: len(words.intersection(known["language"])) for language, known in _words().items()}
    return max(counts, key=lambda language: (counts[language], language == "en"))


@cache
def _words() -> Mapping[str, Mapping[str, list[str]]]:
    text = resources.files(__package__).joinpath("words.toml").read_text("utf-8")
    return tomllib.loads(text)
