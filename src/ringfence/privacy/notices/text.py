"""The texts, as values."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import final

__all__ = ["Notice", "Paragraph", "Versions", "digest"]


@final
@dataclass(frozen=True, slots=True)
class Paragraph:
    """A heading and its sentences, as plain text."""

    heading: str
    sentences: tuple[str, ...]


@final
@dataclass(frozen=True, slots=True)
class Versions:
    """What holds now: 64 hex digits each, the same in all languages; a changed word is another version."""

    notice: str
    terms: str


@final
@dataclass(frozen=True, slots=True)
class Notice:
    """Notice and terms in one language.

    `bound` leads from each datum of the data map (`table.field`, or a flow's name) to the sentence that speaks for it.
    """

    language: str
    notice_version: str
    terms_version: str
    title: str
    notice: tuple[Paragraph, ...]
    terms: tuple[Paragraph, ...]
    bound: Mapping[str, str]


def digest(texts: Mapping[str, Iterable[Paragraph]]) -> str:
    """SHA-256 in hex over the paragraphs of all languages."""
    plain = {language: [[part.heading, *part.sentences] for part in parts] for language, parts in texts.items()}
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()
