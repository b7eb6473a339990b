"""Between records and SQL rows."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Generic, TypeVar

from ringfence.declarations import Declaration, Kept
from ringfence.declarations.declaration import NEWER
from ringfence.persistence.errors import KeyGone, UnknownColumn
from ringfence.persistence.sealing import Place, SealedPart, Sealer, parts_of

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
        self._parts = parts_of(declaration)
        self.table = declaration.table

    def rows(self, records: Sequence[K], sealer: Sealer) -> list[dict[str, object]]:
        """The SQL rows of records, sealed; raises SubjectGone."""
        rows = [self._technical_row(record) for record in records]
        if self._parts:
            _seal(self._parts, [vars(record) for record in records], rows, sealer)
        return rows

    def records(self, rows: Sequence[Sequence[object]], sealer: Sealer) -> list[K]:
        """The records of SQL rows (columns in the table's order); rows whose key was destroyed are left out.

        Raises Unreadable when a sealed part was changed or moved.
        """
        values = [dict(zip(self._names, row, strict=True)) for row in rows]
        if self._parts:
            values = _open(self._parts, values, sealer)
        return [self._record(each) for each in values]

    def value(self, column: str, value: object) -> object:
        """A value as SQL stores it in the column; raises UnknownColumn for anything but a technical column."""
        if column not in self._technical:
            raise UnknownColumn(table=self.table.name, column=column)
        return value.value if isinstance(value, Enum) else value

    def _technical_row(self, record: K) -> dict[str, object]:
        values = vars(record)
        row = {name: values[name] for name in self._technical}
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


def _seal(
    parts: tuple[SealedPart, ...], records: list[dict[str, Any]], rows: list[dict[str, object]], sealer: Sealer
) -> None:
    places = [part.place(values) for values in records for part in parts]
    sealer.prepare([place for place in places if place is not None])
    following = iter(places)
    for values, row in zip(records, rows, strict=True):
        for part in parts:
            place = next(following)
            row[part.column] = None if place is None else sealer.seal(place, part.pack(values))


def _open(parts: tuple[SealedPart, ...], rows: list[dict[str, Any]], sealer: Sealer) -> list[dict[str, Any]]:
    places = [part.place(row) for row in rows for part in parts]
    sealer.recall([place for place in places if place is not None])
    following = iter(places)
    opened = []
    for row in rows:
        # every place is taken from the iterator, whatever becomes of the others
        readable = [_open_part(part, next(following), row, sealer) for part in parts]
        if any(readable):
            opened.append(row)  # else it is as good as erased; the row itself goes in the step after the key
    return opened


def _open_part(part: SealedPart, place: Place | None, row: dict[str, Any], sealer: Sealer) -> bool:
    sealed = row.pop(part.column)
    try:
        plain = None if place is None or sealed is None else sealer.open(place, sealed)
    except KeyGone:
        plain = None
    if plain is None:
        part.forgo(row)
        return False
    part.unpack(plain, row)
    return True


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
