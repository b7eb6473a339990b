"""The names we give to things: random, made by us, saying nothing about a person."""

import base64
from typing import NewType, TypeVar, cast, final

from ringfence.randomness import Randomness

__all__ = [
    "CallRef",
    "CaseId",
    "DeviceId",
    "LedgerRef",
    "Names",
    "ProviderId",
    "RecipientId",
    "RowId",
    "StaffId",
    "SubjectId",
    "UpstreamId",
    "new_id",
    "spell_id",
]

ProviderId = NewType("ProviderId", str)
"""A provider (tenant), as named in the configuration."""
UpstreamId = NewType("UpstreamId", str)
"""A PBX of a provider, as named in the configuration."""
RecipientId = NewType("RecipientId", str)
"""Somebody outside to whom data goes, as named in the configuration."""
SubjectId = NewType("SubjectId", str)
"""One person in one enrolment of one SIP account; a number that is reassigned gets a new one."""
DeviceId = NewType("DeviceId", str)
"""A phone or app instance of a subject; the id of its `Device` row."""
RowId = NewType("RowId", str)
"""The id of a row of any record."""
LedgerRef = NewType("LedgerRef", str)
"""How the ledger refers to a person; only the keyring can resolve it."""
CaseId = NewType("CaseId", str)
"""One request of a person about their data; the id of its `Case` row."""
StaffId = NewType("StaffId", str)
"""A member of a provider's staff; the subject id under which their own data is sealed."""
CallRef = NewType("CallRef", str)
"""One pushed call, towards devices; not the Call-ID."""

_ID_BYTES = 16  # 128 bits: no two alike, and none guessed


def new_id(randomness: Randomness) -> str:
    """A fresh identifier: 26 characters of [a-z2-7], safe in URLs, SIP user parts and file names."""
    return spell_id(randomness.bytes(_ID_BYTES))


def spell_id(raw: bytes) -> str:
    """16 bytes as `new_id` spells them."""
    return base64.b32encode(raw).decode("ascii").rstrip("=").lower()


_Name = TypeVar("_Name", bound=str)


@final
class Names:
    """One object for equal names: rows of several services name the same people and devices, a hundred thousand times.

    For the time of a start; whoever keeps this keeps the names of those who have gone.
    """

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def one(self, name: _Name) -> _Name:
        """The object by which this name was first said."""
        return cast("_Name", self._known.setdefault(name, name))
