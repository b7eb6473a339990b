"""A letter as a value, and its two forms: plain text, and HTML that is whole by itself."""

from dataclasses import dataclass
from html import escape
from typing import Final, final

from ringfence.privacy.answers.outline import Item

__all__ = ["Letter", "Section"]

_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:42em;margin:2em auto;padding:0 1em}"
    "h1{font-size:1.4em}h2{font-size:1.1em;margin:1.5em 0 .3em}p,ul{margin:.3em 0}"
)


@final
@dataclass(frozen=True, slots=True)
class Section:
    """One item: sentences, then points. `heading` is empty where it needs none."""

    item: Item
    heading: str
    sentences: tuple[str, ...] = ()
    points: tuple[str, ...] = ()


@final
@dataclass(frozen=True, slots=True)
class Letter:
    """Ready to leave."""

    language: str
    title: str
    sections: tuple[Section, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(section.item for section in self.sections)

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """All that it says, in order, without its form."""
        return tuple(line for part in self.sections for line in (part.heading, *part.sentences, *part.points) if line)

    def section(self, item: Item) -> Section:
        """Raises KeyError for an item that the letter does not have."""
        for section in self.sections:
            if section.item is item:
                return section
        raise KeyError(item)

    def text(self) -> str:
        """Plain text, UTF-8, ending with a newline."""
        blocks = [self.title.upper(), *(_text_block(section) for section in self.sections)]
        return "\n\n".join(blocks) + "\n"

    def html(self) -> str:
        """A whole page: no script, nothing from elsewhere, everything escaped that is not its own form."""
        body = "".join(_html_block(section) for section in self.sections)
        title = escape(self.title)
        return (
            f'<!doctype html><html lang="{escape(self.language)}"><head><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
            f"<style>{_STYLE}</style></head><body><main><h1>{title}</h1>{body}</main></body></html>"
        )


def _text_block(section: Section) -> str:
    head = [section.heading, "-" * len(section.heading)] if section.heading else []
    return "\n".join([*head, *section.sentences, *(f"* {point}" for point in section.points)])


def _html_block(section: Section) -> str:
    head = f"<h2>{escape(section.heading)}</h2>" if section.heading else ""
    sentences = "".join(f"<p>{escape(sentence)}</p>" for sentence in section.sentences)
    points = "".join(f"<li>{escape(point)}</li>" for point in section.points)
    return f"<section>{head}{sentences}{f'<ul>{points}</ul>' if points else ''}</section>"
