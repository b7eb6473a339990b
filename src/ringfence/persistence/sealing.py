"""The port through which rows are sealed, and how the personal fields of a record are packed."""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass
from typing import Protocol

import msgspec

from ringfence.declarations import NOBODY, Declaration, Keep, Record
from ringfence.declarations.declaration import NEWER, PersonalField
from ringfence.declarations.fields import MAIN
from ringfence.identifiers import ProviderId, RowId, SubjectId
from ringfence.persistence.errors import KeyGone, Unreadable

__all__ = ["Packing", "Place", "Sealer"]

_PLAIN_TYPES = {str, bytes, int, float, bool}  # what msgpack gives back as it was, without conversion


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed value belongs; it opens nowhere else."""

    provider: ProviderId
    table_number: int
    part: str
    subject: SubjectId
    row: RowId
    keep: Keep
    due: float | None


class Sealer(Protocol):
    """Seals and opens; synchronous and quick enough to be called from the event loop."""

    def prepare(self, places: Sequence[Place]) -> None:
        """Make at once the keys that sealing at these places needs."""
        ...

    def recall(self, places: Sequence[Place]) -> None:
        """Fetch at once the keys that opening at these places needs."""
        ...

    def seal(self, place: Place, plain: bytes) -> bytes:
        """The sealed value; raises SubjectGone when the subject has no keys any more."""
        ...

    def open(self, place: Place, sealed: bytes) -> bytes:
        """The plain value; raises Unreadable, or KeyGone when its key was destroyed."""
        ...


class Packing:
    """Turns the personal fields of one kind of record into sealed parts and back."""

    def __init__(self, declaration: Declaration) -> None:
        assert declaration.keep is not None  # noqa: S101 - records about people always have one
        self._number = declaration.number
        self._keep = declaration.keep
        self._fields = {part: _fields_of(declaration, part) for part in declaration.parts}
        self.parts = declaration.parts

    def places(self, record: Record) -> dict[str, Place]:
        """The place of each part that has a person to belong to."""
        subjects = {part: record.subject if part == MAIN else getattr(record, part) for part in self.parts}
        return {part: self.place(part, record, subject) for part, subject in subjects.items() if subject}

    def place(self, part: str, record: Record, subject: SubjectId) -> Place:
        return Place(record.provider, self._number, part, subject, record.id, self._keep, record.due)

    def place_in_row(self, part: str, row: Mapping[str, object]) -> Place | None:
        """The place of a part of a row read from SQL; None when its person has gone."""
        subject = row["subject" if part == MAIN else part]
        if not subject:
            return None
        return Place(row["provider"], self._number, part, subject, row["id"], self._keep, row["due"])  # type: ignore[arg-type]  # the row's columns have these types by declaration

    def pack(self, record: Record, part: str) -> bytes:
        """The part's fields by tag, with what a newer release had put there."""
        values: dict[int, object] = dict(record.newer.get(part, {}))
        values.update((field.says.tag, getattr(record, field.name)) for field in self._fields[part].values())
        return msgspec.msgpack.encode(values)

    def unpack(self, part: str, plain: bytes, into: dict[str, object]) -> None:
        """Write the part's fields `into` a record's values; raises Unreadable when one and its default are missing."""
        values: dict[int, object] = _decoder.decode(plain)
        for tag, field in self._fields[part].items():
            into[field.name] = _convert(field, values.pop(tag)) if tag in values else _default(field)
        if values:
            into[NEWER] = {**_newer_in(into), part: values}

    def forgo(self, part: str, into: dict[str, object]) -> None:
        """Write the defaults of a part whose person has gone; raises KeyGone when the part has none."""
        for field in self._fields[part].values():
            if field.default is MISSING:
                raise KeyGone(table_number=self._number)
            into[field.name] = field.default
        if part == MAIN:
            into["subject"] = NOBODY


_decoder = msgspec.msgpack.Decoder(dict[int, object])


def _fields_of(declaration: Declaration, part: str) -> dict[int, PersonalField]:
    return {field.says.tag: field for field in declaration.personal if field.says.part == part}


def _convert(field: PersonalField, value: object) -> object:
    if field.type in _PLAIN_TYPES:
        return value
    return msgspec.convert(value, field.type, builtin_types=(bytes,))


def _default(field: PersonalField) -> object:
    if field.default is MISSING:
        raise Unreadable(column=field.name)
    return field.default


def _newer_in(values: dict[str, object]) -> dict[str, object]:
    newer = values.get(NEWER, {})
    assert isinstance(newer, dict)  # noqa: S101 - only unpack() writes it
    return newer
