"""The port through which rows are sealed, a batch at a time, and how the personal fields of a record are packed."""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING
from enum import IntEnum
from typing import Any, NamedTuple, Protocol, final

import msgspec

from ringfence.declarations import NOBODY, Declaration, Keep
from ringfence.declarations.declaration import NEWER, PersonalField
from ringfence.declarations.fields import MAIN
from ringfence.identifiers import ProviderId, RowId, SubjectId
from ringfence.persistence.errors import Unreadable

__all__ = ["Guarded", "Place", "SealedPart", "Sealer", "Storage", "parts_of"]

_PLAIN_TYPES = {str, bytes, int, float, bool}  # what msgpack gives back as it was, without conversion
_NOTHING: Mapping[int, object] = {}


class Storage(IntEnum):
    """What a sealed value may be opened for. Numbers stand in every sealed value: never change one."""

    IN_USE = 1  # everything that the purposes of its declaration allow
    RESTRICTED = 2  # stored, and the exceptions of Art. 18(2) GDPR
    HELD = 3  # stored for claims and authorities, though its term is over or its person has gone
    BLOCKED = 4  # stored for courts and authorities alone, where a country wants that before destruction


class Place(NamedTuple):
    """Where a sealed value belongs; it opens nowhere else. (A tuple, since one is made for every row.)

    `due` chooses the key: None seals under one that no end of a period destroys.
    """

    provider: ProviderId
    table_number: int
    part: str
    subject: SubjectId
    row: RowId
    keep: Keep
    due: float | None
    storage: Storage = Storage.IN_USE


class Guarded(Protocol):
    """What guards say about places; see `guards.py`."""

    def guarded(self, place: Place) -> Place:
        """The place with its storage; without an end where it is protected."""
        ...


class Sealer(Protocol):
    """Seals and opens; synchronous and quick enough to be called from the event loop."""

    def seal_all(self, values: Sequence[tuple[Place, bytes]]) -> list[bytes]:
        """Seal plain values at their places, in order; raises SubjectGone when a subject has no keys any more."""
        ...

    def open_all(self, values: Sequence[tuple[Place, bytes]]) -> list[bytes | None]:
        """Open sealed values at their places, in order; raises Unreadable.

        None where the key was destroyed, or where the value is only stored and nothing at hand allows opening it.
        """
        ...

    def reseal_all(self, values: Sequence[tuple[Place, bytes]]) -> list[bytes | None]:
        """Seal values anew for the storage (and key) that their places name now, whatever they were sealed for.

        None where nothing is to be done: it is sealed so already, or its key was destroyed. No plain value gets out.
        """
        ...


@final
class SealedPart:
    """The personal fields of one person on one kind of record.

    Values go in and out as mappings by field name: a record's own, or those of a row that becomes one.
    """

    def __init__(self, declaration: Declaration, part: str, keep: Keep) -> None:
        self.column = declaration.sealed_column(part)
        self._part = part
        self._number = declaration.number
        self._keep = keep
        self._subject = declaration.subject_column(part)
        self._fields = [_Packed(field) for field in declaration.personal if field.says.part == part]

    def place(self, values: Mapping[str, Any], guards: Guarded | None = None) -> Place | None:
        """Where the part belongs, and what for as far as guards tell; None when its person has gone."""
        subject = values[self._subject]
        if not subject:
            return None
        place = Place(values["provider"], self._number, self._part, subject, values["id"], self._keep, values["due"])
        return place if guards is None else guards.guarded(place)

    def pack(self, values: Mapping[str, Any]) -> bytes:
        """The fields by tag, with what a newer release had put there."""
        packed = {field.tag: values[field.name] for field in self._fields}
        newer = values[NEWER]
        return _encode({**newer.get(self._part, _NOTHING), **packed} if newer else packed)

    def unpack(self, plain: bytes, into: dict[str, Any]) -> None:
        """Write the fields `into` a record's values; raises Unreadable when one and its default are missing."""
        packed: dict[int, object] = _decode(plain)
        for field in self._fields:
            if field.tag in packed:
                value = packed.pop(field.tag)
                into[field.name] = value if field.plain else field.convert(value)
            else:
                into[field.name] = field.default()
        if packed:
            into[NEWER] = {**into.get(NEWER, {}), self._part: packed}

    def forgo(self, into: dict[str, Any]) -> None:
        """Write the defaults of a part whose person has gone: of a row about two, each field has one."""
        for field in self._fields:
            into[field.name] = field.declared.default
        if self._part == MAIN:
            into["subject"] = NOBODY


def parts_of(declaration: Declaration) -> tuple[SealedPart, ...]:
    """The sealed parts of a record class; none where no person is concerned."""
    keep = declaration.keep
    return () if keep is None else tuple(SealedPart(declaration, part, keep) for part in declaration.parts)


@final
class _Packed:
    """One field, with what is asked for every row at hand."""

    __slots__ = ("declared", "name", "plain", "tag")

    def __init__(self, declared: PersonalField) -> None:
        self.declared = declared
        self.name = declared.name
        self.tag = declared.says.tag
        self.plain = declared.type in _PLAIN_TYPES

    def convert(self, value: object) -> object:
        return msgspec.convert(value, self.declared.type, builtin_types=_BUILTIN)

    def default(self) -> object:
        if self.declared.default is MISSING:
            raise Unreadable(column=self.name)
        return self.declared.default


_BUILTIN = (bytes,)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(dict[int, object]).decode
