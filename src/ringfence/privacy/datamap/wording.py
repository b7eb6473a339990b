"""What the declarations say, in the reader's language.

Declarations speak English. `words/<language>.toml` says each word of the vocabulary and each flow once more; what it
does not say stays English at run time, and a test names it.
"""

import tomllib
from collections.abc import Mapping
from enum import Enum
from functools import cache
from importlib.resources import files
from typing import Final, Protocol

from ringfence.declarations import Keep
from ringfence.privacy.datamap.entry import Entry, EntryKind

__all__ = ["Word", "flow_said", "kept", "said", "words"]

_WORDS: Final = files("ringfence.privacy.datamap") / "words"
_ENGLISH: Final = "en"


class Word(Protocol):
    """A member of the vocabulary."""

    @property
    def name(self) -> str: ...

    @property
    def sentence(self) -> str: ...


@cache
def words(language: str) -> Mapping[str, Mapping[str, str]]:
    """Sentences by kind of word (`category`, `keep`, ..., `flow_says`, `flow_rests`), then by word.

    Empty for the language of the declarations, and for one that we do not speak.
    """
    file = _WORDS / f"{language}.toml"
    if not file.is_file():
        return {}
    loaded: Mapping[str, Mapping[str, str]] = tomllib.loads(file.read_text("utf-8"))
    return loaded


def said(word: Word, language: str) -> str:
    """The sentence of a word."""
    name = str(word.value) if isinstance(word, Enum) and isinstance(word.value, str) else word.name.lower()
    return words(language).get(type(word).__name__.lower(), {}).get(name, word.sentence)


def flow_said(name: str, sentence: str, language: str) -> str:
    """What crosses which line: the flow of that name, whose own sentence is English."""
    return words(language).get("flow_says", {}).get(name, sentence)


def kept(entry: Entry, language: str) -> tuple[str, str]:
    """How long, and the language in which that is said."""
    if entry.kind is EntryKind.FLOW:
        found = words(language).get("flow_rests", {}).get(entry.table)
        return (entry.retention, _ENGLISH) if found is None else (found, language)
    return said(next(keep for keep in Keep if keep.sentence == entry.retention), language), language
