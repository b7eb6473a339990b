"""The texts, as values."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Final, final

__all__ = ["DATA", "Notice", "Paragraph", "Sentence", "Versions", "digest"]

DATA: Final = frozenset({"data.keeps", "data.passes"})
"""The keys of the sentences that say which data there is; all others say something about it."""


@final
@dataclass(frozen=True, slots=True)
class Sentence:
    """`key` is its name in the catalogue; `about` what it speaks of, by the names of `topic.Ground`: never empty."""

    text: str
    key: str
    about: tuple[str, ...]


@final
@dataclass(frozen=True, slots=True)
class Paragraph:
    """A heading and its sentences, as plain text.

    `mark` says whose words these are, if they are the provider's own; `language` then is that of its words, which may
    be another than the notice's.
    """

    heading: str
    said: tuple[Sentence, ...]
    mark: str = ""
    language: str = ""

    @property
    def sentences(self) -> tuple[str, ...]:
        """The texts alone, the mark first."""
        return (*([self.mark] if self.mark else []), *(sentence.text for sentence in self.said))


@final
@dataclass(frozen=True, slots=True)
class Versions:
    """What holds: 64 hex digits each, the same in all languages; a changed word is another version."""

    notice: str
    terms: str


@final
@dataclass(frozen=True, slots=True)
class Notice:
    """Notice and terms in one language; `title` is that of both together."""

    language: str
    notice_version: str
    terms_version: str
    title: str
    notice_title: str
    terms_title: str
    notice: tuple[Paragraph, ...]
    terms: tuple[Paragraph, ...]

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """All of them, the notice's first."""
        return tuple(sentence for paragraph in (*self.notice, *self.terms) for sentence in paragraph.said)

    @property
    def bound(self) -> Mapping[str, str]:
        """From each datum of the data map (`table.field`, or a flow's name) to the sentence that speaks for it."""
        return {name: sentence.text for sentence in self.sentences if sentence.key in DATA for name in sentence.about}

    def html(self) -> str:
        """Two `<article>`s in its language, notice and terms: no script, and no style of their own."""
        return self._article(self.notice_title, self.notice) + self._article(self.terms_title, self.terms)

    def text(self) -> str:
        """The same as plain text: headings underlined, a blank line between paragraphs."""
        parts = [_underlined(self.notice_title, "="), *map(_plain, self.notice)]
        parts += [_underlined(self.terms_title, "="), *map(_plain, self.terms)]
        return "\n".join(parts)

    def _article(self, title: str, paragraphs: Iterable[Paragraph]) -> str:
        sections = "".join(map(_section, paragraphs))
        return f'<article lang="{escape(self.language)}">\n<h1>{escape(title)}</h1>\n{sections}</article>\n'


def digest(texts: Mapping[str, Iterable[Paragraph]]) -> str:
    """SHA-256 in hex over the paragraphs of all languages."""
    plain = {language: [[part.heading, *part.sentences] for part in parts] for language, parts in texts.items()}
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def _section(paragraph: Paragraph) -> str:
    heading = f"<h2>{escape(paragraph.heading)}</h2>\n"
    lines = "".join(f"<p>{escape(sentence.text)}</p>\n" for sentence in paragraph.said)
    if not paragraph.mark:
        return f"<section>\n{heading}{lines}</section>\n"
    mark = f'<p class="mark"><small>{escape(paragraph.mark)}</small></p>\n'
    theirs = f'<div lang="{escape(paragraph.language)}">\n{heading}{lines}</div>\n'
    return f'<section class="own">\n{mark}{theirs}</section>\n'


def _plain(paragraph: Paragraph) -> str:
    return _underlined(paragraph.heading, "-") + "".join(f"{line}\n" for line in paragraph.sentences)


def _underlined(heading: str, stroke: str) -> str:
    return f"{heading}\n{stroke * len(heading)}\n"
