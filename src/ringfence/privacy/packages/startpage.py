"""The page that a package opens with: what is kept, why, for how long, who received it and who looked, in plain words.

It works offline, without script, and loads nothing: its content security policy allows its own style sheet and no more.
Whatever comes from rows is text; the template escapes it.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, final

from jinja2 import Environment, PackageLoader, StrictUndefined

from ringfence.declarations import Category, Keep
from ringfence.identifiers import RecipientId
from ringfence.privacy.datamap import said
from ringfence.privacy.notices.catalogue import DEFAULT, Catalogue, languages
from ringfence.privacy.packages.view import Column, Handed, View

__all__ = ["CATALOGUES", "Told", "catalogue", "start_page"]

CATALOGUES: Final = files("ringfence.privacy.packages") / "catalogue"
_LONGEST: Final = 160  # characters of a value in the page's tables; the files have all of it
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_RECEIVED: Final = "received"
_LOOKED: Final = "looked"
_KEPT: Final = "kept"
_CHAPTERS: Final = {Category.DISCLOSURE: _RECEIVED, Category.LOOK: _LOOKED}


@final
@dataclass(frozen=True, slots=True)
class Told:
    """A table of the package: its first rows, and the names of its files."""

    view: View
    keep: Keep
    rows: int
    first: tuple[dict[str, object], ...]
    files: tuple[str, ...]


@final
@dataclass(frozen=True, slots=True)
class _Section:
    """A table, said in the reader's language."""

    chapter: str
    title: str
    name: str
    rows: int
    more: int
    why: tuple[str, ...]
    basis: tuple[str, ...]
    source: tuple[str, ...]
    keep: str
    columns: tuple[tuple[str, str, str], ...]
    heads: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    files: tuple[str, ...]


def start_page(
    tables: list[Told],
    language: str,
    facts: Mapping[str, str],
    letter: tuple[str, ...],
    recipients: Mapping[RecipientId, str],
) -> str:
    """The HTML; in English where we do not speak the language. `facts`: kind, provider, made, package."""
    texts = catalogue(language)
    names = {str(recipient): name for recipient, name in recipients.items()}
    sections = [_section(table, texts, names) for table in tables]
    style = _style()
    return (
        _environment()
        .get_template("index.html")
        .render(
            t=texts.text,
            language=texts.language,
            facts={**facts, "made": _readable(facts["made"])},
            letter=letter,
            chapters=[
                (name, [each for each in sections if each.chapter == name]) for name in (_KEPT, _RECEIVED, _LOOKED)
            ],
            style=style,
            style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        )
    )


def catalogue(language: str) -> Catalogue:
    """The texts in that language, or in English."""
    return _catalogue(language if language in languages(CATALOGUES) else DEFAULT)


@cache
def _catalogue(language: str) -> Catalogue:
    return Catalogue.load(CATALOGUES, language)


@cache
def _environment() -> Environment:
    loader = PackageLoader("ringfence.privacy.packages")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


@cache
def _style() -> str:
    return (files("ringfence.privacy.packages") / "templates" / "style.css").read_text("utf-8")


def _section(table: Told, texts: Catalogue, names: Mapping[str, str]) -> _Section:
    view, language = table.view, texts.language
    personal = [column.personal for column in view.columns if column.personal]
    categories = list(dict.fromkeys(each.category for each in personal))
    heads = [head for head in view.heads if head != "id"]  # the files have it; people can't read it
    return _Section(
        chapter=next((_CHAPTERS[each] for each in categories if each in _CHAPTERS), _KEPT),
        title=said(categories[0], language) if categories else texts.text("page.technical"),
        name=view.name,
        rows=table.rows,
        more=table.rows - len(table.first),
        why=_unique(said(each.purpose, language) for each in personal),
        basis=_unique(said(each.purpose.basis, language) for each in personal),
        source=_unique(said(each.source, language) for each in personal),
        keep=said(table.keep, language),
        columns=tuple(_column(column, texts) for column in view.columns),
        heads=tuple(texts.text("page.until") if head == "until" else _spoken(head) for head in heads),
        cells=tuple(tuple(_cell(row[head], texts, names) for head in heads) for row in table.first),
        files=table.files,
    )


def _column(column: Column, texts: Catalogue) -> tuple[str, str, str]:
    """Name, what it is, and what became of it in the copy."""
    what = said(column.personal.category, texts.language) if column.personal else texts.text("page.technical")
    handed = "" if column.handed is Handed.SHOWN else texts.text(f"handed.{column.handed.value}")
    return _spoken(column.name), what, handed


def _cell(value: object, texts: Catalogue, names: Mapping[str, str]) -> str:
    if value is None:
        return texts.text("page.nothing")
    if isinstance(value, bool):
        return texts.text("page.yes" if value else "page.no")
    if isinstance(value, list | tuple):
        text = ", ".join(_cell(each, texts, names) for each in value)
    else:
        text = _readable(names.get(str(value), str(value)))
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _readable(text: str) -> str:
    """An instant without the letters that machines need between day and time."""
    return f"{text[:10]} {text[11:16]}" if _INSTANT.fullmatch(text) else text


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _unique(sentences: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sentences))
