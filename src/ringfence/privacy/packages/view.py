"""One table as it is handed to one person: which columns, by which rule, and each row as plain values."""

import base64
import datetime as dt
import time
import types
import typing
from collections.abc import Callable, Iterator, Sequence
from dataclasses import MISSING, dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import compress, islice
from typing import Any, Final, Self, final

import msgspec

from ringfence.declarations import Deadline, Declaration, Third
from ringfence.declarations.declaration import TechnicalField
from ringfence.declarations.fields import Personal, Technical
from ringfence.identifiers import RowId, StaffId, SubjectId
from ringfence.privacy.packages.origin import is_portable
from ringfence.privacy.packages.others import applied, hiding_callers

__all__ = ["Column", "Handed", "Opened", "Rows", "View", "instant"]

_BOOKKEEPING: Final = frozenset({"id", "provider", "subject", "due"})
_NEVER: Final = dt.datetime.max.replace(tzinfo=dt.UTC).timestamp()

_ISO: Final = "%Y-%m-%dT%H:%M:%SZ"

Value = object
Convert = Callable[[Any], Value]


class Handed(StrEnum):
    """What becomes of a column in a copy."""

    SHOWN = "shown"
    MASKED = "masked"  # about somebody else, in part
    WITHHELD = "withheld"  # about somebody else
    NAMED = "named"  # it works like a password
    OPAQUE = "opaque"  # sealed to a key that we do not hold; handed over as it is


@final
@dataclass(frozen=True, slots=True)
class Opened:
    """Some rows as they were read, by column: ids, ends, the plain columns in the order of `View.plain`, and the
    person's parts, opened but packed.
    """

    ids: Sequence[RowId]
    ends: Sequence[float | None]
    plain: Sequence[Sequence[object]]
    packed: Sequence[bytes]

    def __len__(self) -> int:
        return len(self.ids)

    def only(self, wanted: Sequence[bool]) -> Self:
        """The rows for which `wanted` holds."""
        return type(self)(
            list(compress(self.ids, wanted)),
            list(compress(self.ends, wanted)),
            [list(compress(column, wanted)) for column in self.plain],
            list(compress(self.packed, wanted)),
        )


@final
@dataclass(frozen=True, slots=True)
class Column:
    """A field of the table. `type` is its annotation."""

    name: str
    says: Personal | Technical
    type: object
    handed: Handed

    @property
    def personal(self) -> Personal | None:
        return self.says if isinstance(self.says, Personal) else None

    @property
    def is_instant(self) -> bool:
        """Whether it becomes a date with time: ISO 8601, UTC."""
        quantity = isinstance(self.says, Personal) and self.says.quantity
        return not quantity and _bare(self.type) in {float, Deadline}

    @property
    def is_bytes(self) -> bool:
        return _bare(self.type) is bytes


@final
class Rows:
    """Some rows of a view, kept by column: most of what is done to them is the same for a whole column."""

    __slots__ = ("columns", "heads")

    def __init__(self, heads: tuple[str, ...], columns: list[list[Value]]) -> None:
        self.heads = heads
        self.columns = columns

    def __len__(self) -> int:
        return len(self.columns[0])

    def told(self, limit: int | None = None) -> list[dict[str, Value]]:
        """Row by row, as values that JSON can say; the first `limit` of them."""
        return [dict(zip(self.heads, row, strict=True)) for row in islice(zip(*self.columns, strict=True), limit)]


@final
class View:
    """`portable` leaves only what Article 20 covers. `unsaid` stands where a value is named or withheld."""

    def __init__(self, declaration: Declaration, part: str, *, portable: bool = False, unsaid: Value = None) -> None:
        self.declaration = declaration
        self.part = part
        self.plain = () if portable else tuple(field.name for field in _plain_fields(declaration))
        self.columns = tuple(_columns(declaration, part, portable=portable))
        self._unsaid = unsaid
        self._with_end = not portable
        self._fields = {field.name: field for field in declaration.personal}
        self._others = [each.name for each in self.columns if each.personal and each.personal.about_others]

    @property
    def name(self) -> str:
        """The table's, and of which part: fit for a file."""
        return f"{self.declaration.name}_as_{self.part}" if self.part else self.declaration.name

    @property
    def heads(self) -> tuple[str, ...]:
        """The keys of every row."""
        return ("id", *(("until",) if self._with_end else ()), *(column.name for column in self.columns))

    def rows(self, opened: Opened) -> Rows:
        """The rows as this person gets them."""
        packed = [_unpack(each) for each in opened.packed]
        found: dict[str, list[Value]] = {"id": list(opened.ids)}
        if self._with_end:
            found["until"] = [_end(each) for each in opened.ends]
        for at, column in enumerate(self.columns):
            if column.personal is None:
                found[column.name] = _converted(column, list(opened.plain[at]))
            else:
                found[column.name] = self._handed(column, column.personal, packed)
        if self._others:
            self._withhold(found)
        return Rows(tuple(found), list(found.values()))

    def _handed(self, column: Column, says: Personal, packed: list[dict[int, Value]]) -> list[Value]:
        if column.handed in {Handed.NAMED, Handed.WITHHELD}:
            return [self._unsaid] * len(packed)
        tag, default = says.tag, self._default(column.name)
        values = [each.get(tag, default) for each in packed]
        if says.withheld_if:
            flag = self._fields[says.withheld_if].says.tag
            values = [self._unsaid if each.get(flag) else value for each, value in zip(packed, values, strict=True)]
        if column.handed is Handed.MASKED:
            return [applied(Third.MASKED, value) for value in values]
        return _converted(column, values)

    def _withhold(self, found: dict[str, list[Value]]) -> None:
        """Of a caller who did not want to be known nothing is told, whatever the record's rule."""
        hidden = {at for name in self._others for at in hiding_callers(found[name])}
        for name in self._others:
            for at in hidden:
                found[name][at] = self._unsaid

    def _default(self, name: str) -> Value:
        default = self._fields[name].default
        return None if default is MISSING else msgspec.to_builtins(default, builtin_types=(bytes,))


def _plain_fields(declaration: Declaration) -> Iterator[TechnicalField]:
    """Without what names the row, and without who else it is about or who did it: their ids are theirs."""
    for field in declaration.technical:
        if field.name not in _BOOKKEEPING and field.type not in {SubjectId, StaffId}:
            yield field


def _columns(declaration: Declaration, part: str, *, portable: bool) -> Iterator[Column]:
    if not portable:
        for field in _plain_fields(declaration):
            yield Column(field.name, field.says, field.type, Handed.SHOWN)
    for each in declaration.personal:
        if each.says.part == part and (not portable or is_portable(each.says)):
            yield Column(each.name, each.says, each.type, _handed(each.says, each.type))


def _handed(says: Personal, annotation: object) -> Handed:
    if says.works_like_a_password:
        return Handed.NAMED
    if _bare(annotation) is StaffId:
        return Handed.WITHHELD  # who looked: when and what for is told, not the name (C-579/21)
    rule = says.about_others
    if rule in {Third.MASKED, Third.WITHHELD}:
        return Handed(rule.value)
    return Handed.OPAQUE if says.opaque else Handed.SHOWN


def _converted(column: Column, values: list[Value]) -> list[Value]:
    convert: Convert | None = instant if column.is_instant else _base64 if column.is_bytes else None
    return values if convert is None else [convert(value) for value in values]


def _bare(annotation: object) -> object:
    if typing.get_origin(annotation) in {typing.Union, types.UnionType}:
        members = [member for member in typing.get_args(annotation) if member is not type(None)]
        return members[0] if len(members) == 1 else annotation
    return annotation


def instant(value: float | None) -> str | None:
    """An instant (epoch seconds) in ISO 8601, UTC; None for what is none."""
    if value is None or not 0 <= value < _NEVER:
        return None
    return time.strftime(_ISO, time.gmtime(value))  # of the ways there are, the quickest


_end = lru_cache(maxsize=4096)(instant)  # rows share their ends


def _base64(value: bytes | None) -> str | None:
    return None if value is None else base64.b64encode(value).decode("ascii")


_unpack = msgspec.msgpack.Decoder(dict[int, object]).decode
