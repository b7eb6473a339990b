"""Between records and SQL rows."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Generic, TypeVar

from ringfence.declarations import Declaration, Kept
from ringfence.declarations.declaration import NEWER
from ringfence.persistence.errors import UnknownColumn
from ringfence.persistence.sealing import Guarded, SealedPart, Sealer, parts_of

__all__ = ["Codec", "codec_of"]

K = TypeVar("K", bound=Kept)
_BATCH = 250  # rows opened at once
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

    def rows(self, records: Sequence[K], sealer: Sealer, guards: Guarded | None = None) -> list[dict[str, object]]:
        """The SQL rows of records, sealed as guards say; raises SubjectGone."""
        rows = [self._technical_row(record) for record in records]
        if self._parts:
            _seal(self._parts, [vars(record) for record in records], rows, sealer, guards)
        return rows

    def records(self, rows: Sequence[Sequence[object]], sealer: Sealer) -> list[K]:
        """The records of SQL rows (columns in the table's order); rows whose key was destroyed are left out.

        Raises Unreadable when a sealed part was changed or moved.
        """
        found: list[K] = []
        for start in range(0, len(rows), _BATCH):  # what is needed in between stays small
            values = [dict(zip(self._names, row, strict=True)) for row in rows[start : start + _BATCH]]
            if self._parts:
                values = _open(self._parts, values, sealer)
            found += [self._record(each) for each in values]
        return found

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
    parts: tuple[SealedPart, ...],
    records: list[dict[str, Any]],
    rows: list[dict[str, object]],
    sealer: Sealer,
    guards: Guarded | None,
) -> None:
    todo = []
    for values, row in zip(records, rows, strict=True):
        for part in parts:
            place = part.place(values, guards)
            if place is None:
                row[part.column] = None
            else:
                todo.append((row, part, place, part.pack(values)))
    sealed = sealer.seal_all([(place, plain) for _, _, place, plain in todo])
    for (row, part, _, _), value in zip(todo, sealed, strict=True):
        row[part.column] = value


def _open(parts: tuple[SealedPart, ...], rows: list[dict[str, Any]], sealer: Sealer) -> list[dict[str, Any]]:
    todo = []
    for row in rows:
        for part in parts:
            place, sealed = part.place(row), row.pop(part.column)
            if place is None or sealed is None:
                part.forgo(row)
            else:
                todo.append((row, part, place, sealed))
    readable = set()
    opened = sealer.open_all([(place, sealed) for _, _, place, sealed in todo])
    for (row, part, _, _), plain in zip(todo, opened, strict=True):
        if plain is None:
            part.forgo(row)
        else:
            part.unpack(plain, row)
            readable.add(id(row))
    # a row of which nothing can be read is as good as erased; it goes itself in the step after its key
    return [row for row in rows if id(row) in readable]


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
