"""The texts of one language, and the words of the declarations in it."""

import tomllib
from collections.abc import Mapping
from enum import Enum
from functools import cache
from importlib import resources
from typing import Final, Protocol

from ringfence.declarations import Flow
from ringfence.errors import OurFault

__all__ = ["DEFAULT_LANGUAGE", "LANGUAGES", "TextMissing", "catalogue", "flow_rests", "flow_says", "say", "word"]

LANGUAGES: Final = ("en", "de")
DEFAULT_LANGUAGE: Final = "en"

Texts = Mapping[str, Mapping[str, str]]


class TextMissing(OurFault):
    """A catalogue lacks a text; a test should have said so."""

    code = "text_missing"


class Word(Protocol):
    """A member of the vocabulary, with its English sentence."""

    @property
    def name(self) -> str: ...

    @property
    def sentence(self) -> str: ...


@cache
def catalogue(language: str) -> Texts:
    """The texts by section and key."""
    file = resources.files(__package__) / "catalogue" / f"{language}.toml"
    texts: Texts = tomllib.loads(file.read_text("utf-8"))
    return texts


def say(language: str, section: str, key: str, **facts: object) -> str:
    """A text with its facts filled in; raises TextMissing."""
    try:
        text = catalogue(language)[section][key]
    except KeyError:
        raise TextMissing(language=language, section=section, key=key) from None
    return text.format(**facts) if facts else text


def word(language: str, member: Word, **facts: object) -> str:
    """A word of the vocabulary; the declaration's own sentence where the catalogue does not say it in another way."""
    section, key = type(member).__name__.lower(), member.name.lower()
    if isinstance(member, Enum) and isinstance(member.value, str):
        key = member.value
    text = catalogue(language).get(section, {}).get(key)
    return member.sentence if text is None else text.format(**facts)


def flow_says(language: str, flow: Flow) -> str:
    return catalogue(language).get("flow_says", {}).get(flow.name, flow.says)


def flow_rests(language: str, flow: Flow) -> str:
    return catalogue(language).get("flow_rests", {}).get(flow.name, flow.rests)
