"""The data map as a page and as JSON."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, fields
from enum import StrEnum
from itertools import groupby

from ringfence.declarations import REGISTRY, Basis, Category, Purpose, Record, Registry, Role, Source
from ringfence.privacy.datamap.entry import Entry, EntryKind, TechnicalColumn, entries, technical_columns

__all__ = ["Format", "render"]


class Format(StrEnum):
    """How the map is written."""

    MARKDOWN = "md"
    JSON = "json"


_HEAD = """# Data map

What Ringfence keeps on people and passes on, derived from the declarations in the code (`ringfence data-map`). Who is
controller, where the recipients are and which shorter terms hold differs by installation and stands in its notice.
"""

_CLEAR = """Plain columns: random names, states, counts and deadlines. The keyring alone leads from a person to them,
and they are erased with the rest.
"""


def render(form: Format, registry: Registry = REGISTRY) -> str:
    """The whole map, ending with a newline."""
    return _json(registry) if form is Format.JSON else _markdown(registry)


def _json(registry: Registry) -> str:
    content = {
        "entries": [_plain(entry) for entry in entries(registry)],
        "technical_columns": [asdict(column) for column in technical_columns(registry)],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _plain(entry: Entry) -> dict[str, object]:
    return {
        "kind": entry.kind.value,
        "table": entry.table,
        "field": entry.field,
        "category": None if entry.category is None else entry.category.value,
        "purpose": entry.purpose.value,
        "lawful_basis": entry.purpose.basis.value,
        "source": entry.source.value,
        "retention": entry.retention,
        "recipients": [role.value for role in entry.recipients],
    }


def _markdown(registry: Registry) -> str:
    found = entries(registry)
    columns = [entry for entry in found if entry.kind is EntryKind.COLUMN]
    parts = [_HEAD, "## Tables\n"]
    for table, rows in groupby(columns, key=lambda entry: entry.table):
        parts += _table_section(table, list(rows), registry)
    parts += ["## Flows\n", *_flow_section(registry)]
    parts += ["## In the clear\n", _CLEAR, *_clear_section(registry)]
    parts += ["## Words\n", *_words(found)]
    return "\n".join(parts)


def _table_section(table: str, rows: Sequence[Entry], registry: Registry) -> Iterator[str]:
    keep = registry[table].declaration.keep
    yield f"### {table}\n"
    copies = "Backups may hold its keys." if keep and keep.backed_up else "No backup holds its keys."
    yield f"Kept: {rows[0].retention} {copies}\n"
    yield _grid(
        ("field", "category", "purpose", "lawful basis", "source", "recipients"),
        (
            (row.field, _code(row.category), row.purpose.value, row.purpose.basis.value, row.source.value, _roles(row))
            for row in rows
        ),
    )


def _flow_section(registry: Registry) -> Iterator[str]:
    for flow in sorted(registry.flows, key=lambda flow: flow.name):
        yield f"### {flow.name}\n"
        yield f"{flow.says}\n"
        yield _grid(
            ("medium", "carries", "purpose", "lawful basis", "source", "to", "rests"),
            [
                (
                    flow.medium.value,
                    ", ".join(category.value for category in flow.carries) or "nothing personal",
                    flow.purpose.value,
                    flow.purpose.basis.value,
                    flow.source.value,
                    flow.to.value,
                    flow.rests,
                )
            ],
        )


def _clear_section(registry: Registry) -> Iterator[str]:
    columns = technical_columns(registry)
    shared = {field.name for field in fields(Record)}
    own = [column for column in columns if not (column.about_people and column.field in shared)]
    yield "### every row about a person\n"
    yield _columns_grid(
        {column.field: column for column in columns if column.about_people and column not in own}.values()
    )
    for table, group in groupby(own, key=lambda column: column.table):
        yield f"### {table}{'' if registry[table].declaration.about_people else ', about nobody'}\n"
        yield _columns_grid(group)


def _columns_grid(columns: Iterable[TechnicalColumn]) -> str:
    return _grid(
        ("column", "needed", "why it is not personal"), ((c.field, c.why, c.reviewed or "its type") for c in columns)
    )


def _words(found: Sequence[Entry]) -> Iterator[str]:
    yield "Categories\n"
    yield _glossary({entry.category for entry in found if entry.category is not None})
    yield "Purposes\n"
    yield _glossary({entry.purpose for entry in found})
    yield "Lawful bases\n"
    yield _glossary({entry.purpose.basis for entry in found})
    yield "Sources\n"
    yield _glossary({entry.source for entry in found})
    yield "Recipients\n"
    yield _glossary({role for entry in found for role in entry.recipients})


def _glossary(words: Iterable[Category | Purpose | Basis | Source | Role]) -> str:
    return _grid(("word", "meaning"), sorted((word.value, word.sentence) for word in words))


def _grid(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _roles(entry: Entry) -> str:
    return ", ".join(role.value for role in entry.recipients) or "nobody outside"


def _code(category: Category | None) -> str:
    return "" if category is None else category.value
