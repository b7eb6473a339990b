"""Rows as JSON and as CSV (RFC 4180, UTF-8), made safe for the programs that people open them with."""

import csv
import io
import json
from collections.abc import Iterable
from typing import Final

import msgspec

from ringfence.privacy.packages.view import Column, Handed, Rows, View

__all__ = ["csv_head", "csv_rows", "json_rows", "neutral", "schema_of"]

# what spreadsheet programs take for the beginning of a formula, full-width forms included (OWASP, CSV injection)
_FORMULA: Final = frozenset("=+-@|%\t\r\n\0\uff1d\uff0b\uff0d\uff20")
_SUSPECT: Final = _FORMULA | frozenset(" \v\f\xa0\u3000")  # blanks, behind which a formula may begin
_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_encode = msgspec.json.Encoder().encode


def json_rows(rows: Rows) -> bytes:
    """The rows as members of an array, without its brackets, each on a line of its own."""
    return _encode(rows.told())[1:-1].replace(b'},{"id":', b'},\n{"id":')


def csv_head(view: View) -> bytes:
    return _spelled([view.heads])


def csv_rows(rows: Rows) -> bytes:
    """The rows, each in the order of `Rows.heads`; a cell that looks like a formula gets an apostrophe before it."""
    return _spelled(zip(*(_neutral_column(column) for column in rows.columns), strict=True))


def _neutral_column(column: list[object]) -> list[object]:
    """As `neutral` for each; most are text that begins harmlessly."""
    return [value if type(value) is str and value[:1] not in _SUSPECT else neutral(value) for value in column]


def neutral(value: object) -> object:
    """A cell that no spreadsheet program calculates; numbers and truth values can't be formulas."""
    if isinstance(value, str):
        if value[:1] not in _SUSPECT:
            return value
        return f"'{value}" if value[0] in _FORMULA or value.lstrip()[:1] in _FORMULA else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return neutral(json.dumps(value, ensure_ascii=False))
    return value


def schema_of(view: View) -> dict[str, object]:
    """The JSON Schema of the table's file; says of each field what it is, why it is kept, and how it is handed over."""
    properties: dict[str, object] = {"id": {"type": "string"}}
    if "until" in view.heads:
        properties["until"] = {
            "type": ["string", "null"],
            "format": "date-time",
            "description": "When the row goes at the latest; null: when the state that keeps it ends.",
        }
    properties |= {column.name: _property(column) for column in view.columns}
    return {
        "$schema": _DRAFT,
        "title": view.name,
        "type": "array",
        "items": {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        },
    }


def _property(column: Column) -> dict[str, object]:
    said: dict[str, object] = {**_typed(column), "x-handed": column.handed.value}
    if column.personal is None:
        return said
    says = column.personal
    return said | {
        "description": says.category.sentence,
        "x-purpose": says.purpose.sentence,
        "x-basis": says.purpose.basis.value,
        "x-source": says.source.value,
    }


def _typed(column: Column) -> dict[str, object]:
    if column.handed in {Handed.NAMED, Handed.WITHHELD}:
        return {"type": "null"}
    if column.is_instant:
        return {"type": ["string", "null"], "format": "date-time"}
    if column.is_bytes:
        return {"type": ["string", "null"], "contentEncoding": "base64"}
    if column.personal is None or column.personal.about_others:
        return {}  # an enumeration's codes; or in part, or nothing where a number was withheld
    (typed,), components = msgspec.json.schema_components([column.type])
    return typed | ({"$defs": components} if components else {})


def _spelled(rows: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_ALL).writerows(rows)
    return text.getvalue().encode()
