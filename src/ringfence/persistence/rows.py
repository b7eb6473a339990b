"""Between records and SQL rows."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Generic, TypeVar

from ringfence.declarations import Declaration, Kept, Record
from ringfence.declarations.declaration import NEWER
from ringfence.persistence.errors import KeyGone, UnknownColumn
from ringfence.persistence.sealing import Packing, Place, Sealer

__all__ = ["Codec", "codec_of"]

K = TypeVar("K", bound=Kept)
_NOTHING_NEWER: Mapping[str, Mapping[int, object]] = {}


class Codec(Generic[K]):
    """Writes and reads the rows of one kind of record."""

    def __init__(self, kind: type[K]) -> None:
        declaration = kind.declaration
        self._kind = kind
        self._names = tuple(column.name for column in declaration.table.columns)
        self._technical = tuple(field.name for field in declaration.technical)
        self._enums = _enums_of(declaration)
        self._packing = Packing(declaration) if issubclass(kind, Record) else None
        self.table = declaration.table

    def rows(self, records: Sequence[K], sealer: Sealer) -> list[dict[str, object]]:
        """The SQL rows of records, sealed."""
        rows = [self._technical_row(record) for record in records]
        if self._packing is not None:
            _seal_rows(records, rows, self._packing, sealer)
        return rows

    def records(self, rows: Sequence[Sequence[object]], sealer: Sealer) -> list[K]:
        """The records of SQL rows (columns in the table's order); rows whose key was destroyed are left out.

        Raises Unreadable when a sealed part was changed or moved.
        """
        values = [dict(zip(self._names, row, strict=True)) for row in rows]
        if self._packing is not None:
            values = _open_rows(values, self._packing, sealer)
        return [self._record(each) for each in values]

    def value(self, column: str, value: object) -> object:
        """A value as SQL stores it in the column; raises UnknownColumn for anything but a technical column."""
        if column not in self._technical:
            raise UnknownColumn(table=self.table.name, column=column)
        return value.value if isinstance(value, Enum) else value

    def _technical_row(self, record: K) -> dict[str, object]:
        row = {name: getattr(record, name) for name in self._technical}
        for name in self._enums:
            if row[name] is not None:
                row[name] = row[name].value
        return row

    def _record(self, values: dict[str, object]) -> K:
        for name, enum in self._enums.items():
            if values[name] is not None:
                values[name] = enum(values[name])
        values.setdefault(NEWER, _NOTHING_NEWER)
        record = object.__new__(self._kind)
        record.__dict__.update(values)  # a frozen dataclass's __init__ sets field by field, at five times the cost
        return record


def _seal_rows(records: Sequence[Kept], rows: list[dict[str, object]], packing: Packing, sealer: Sealer) -> None:
    about_people = [record for record in records if isinstance(record, Record)]
    places = [packing.places(record) for record in about_people]
    sealer.prepare([place for by_part in places for place in by_part.values()])
    for record, row, by_part in zip(about_people, rows, places, strict=True):
        for part in packing.parts:
            place = by_part.get(part)
            sealed = None if place is None else sealer.seal(place, packing.pack(record, part))
            row[Declaration.sealed_column(part)] = sealed


def _open_rows(rows: list[dict[str, object]], packing: Packing, sealer: Sealer) -> list[dict[str, object]]:
    places = [{part: packing.place_in_row(part, row) for part in packing.parts} for row in rows]
    sealer.recall([place for by_part in places for place in by_part.values() if place is not None])
    opened = []
    for row, by_part in zip(rows, places, strict=True):
        try:
            _open_parts(row, by_part, packing, sealer)
        except KeyGone:
            continue  # as good as erased; the row itself goes in the step after the key
        opened.append(row)
    return opened


def _open_parts(row: dict[str, object], places: dict[str, Place | None], packing: Packing, sealer: Sealer) -> None:
    gone = 0
    for part, place in places.items():
        sealed = row.pop(Declaration.sealed_column(part))
        plain = _open_part(place, sealed, sealer)
        if plain is None:
            packing.forgo(part, row)
            gone += 1
        else:
            packing.unpack(part, plain, row)
    if gone == len(places):
        raise KeyGone


def _open_part(place: Place | None, sealed: object, sealer: Sealer) -> bytes | None:
    if place is None or not isinstance(sealed, bytes):
        return None
    try:
        return sealer.open(place, sealed)
    except KeyGone:
        return None


def _enums_of(declaration: Declaration) -> dict[str, type[Enum]]:
    fields = declaration.technical
    return {field.name: field.type for field in fields if isinstance(field.type, type) and issubclass(field.type, Enum)}


_codecs: dict[type[Kept], Codec[Any]] = {}


def codec_of(kind: type[K]) -> Codec[K]:
    """The codec of a record class; there is one."""
    codec = _codecs.get(kind)
    if codec is None:
        codec = _codecs[kind] = Codec(kind)
    return codec
