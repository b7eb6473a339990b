"""The tables as a page for lawyers."""

from collections.abc import Iterable
from dataclasses import fields
from enum import StrEnum

from ringfence.privacy.law.law import Law
from ringfence.privacy.law.rule import Rule
from ringfence.privacy.law.table import Table

__all__ = ["page"]

_HEAD = """# Law

What Ringfence goes by, as it stands in `src/ringfence/privacy/law/tables`. **Nothing here is legal advice.** A rule
holds from its first day up to, not including, its last; `*` stands for every country without a row of its own.
**Unchecked** rows still have to be compared with the law itself: {unchecked} of {all}.
"""

_COMMON = ("country", "article", "valid_from", "valid_to", "checked", "note")


def page(law: Law | None = None) -> str:
    """Markdown, a table each, ending with a newline. Without tables, those of this release."""
    law = law or Law.load()
    tables = _tables(law)
    rows = [row for table in tables for row in table]
    head = _HEAD.format(unchecked=sum(not row.checked for row in rows), all=len(rows))
    return head + "".join(_section(table.kind.table, list(table)) for table in tables)


def _tables(law: Law) -> tuple[Table[Rule], ...]:
    found = (getattr(law, field.name) for field in fields(law))
    return tuple(table for table in found if isinstance(table, Table))


def _section(name: str, rows: list[Rule]) -> str:
    own = [field for field in rows[0].__struct_fields__ if field not in _COMMON]
    heads = ["country", *(field.replace("_", " ") for field in own), "source in law", "from", "to", "checked", "note"]
    lines = [_line(heads), _line("---" for _ in heads), *(_line(_cells(row, own)) for row in rows)]
    return f"\n## {name.capitalize()}\n\n" + "".join(lines)


def _cells(row: Rule, own: Iterable[str]) -> Iterable[str]:
    yield row.country
    yield from (_text(getattr(row, field)) for field in own)
    yield row.article
    yield row.valid_from.isoformat()
    yield row.valid_to.isoformat() if row.valid_to else ""
    yield "yes" if row.checked else "**unchecked**"
    yield row.note


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_text, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.value.replace("_", " ") if isinstance(value, StrEnum) else str(value)


def _line(cells: Iterable[str]) -> str:
    escaped = (r"\*" if cell == "*" else cell.replace("|", r"\|") for cell in cells)
    return f"| {' | '.join(escaped)} |\n"
