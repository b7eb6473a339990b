"""What an officer does about a person's rows: hold, restrict, correct, keep secret."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, final

from ringfence.identifiers import CaseId, ProviderId, RowId, StaffId, SubjectId
from ringfence.privacy.restriction import Ground as RestrictionGround
from ringfence.privacy.rights import HoldReason
from ringfence.privacy.secrecy import Order, OrderKind, ReleaseReason

__all__ = ["Datum", "HoldShown", "Holds", "Measure", "Orders", "Rectifications", "RestrictionShown", "Restrictions"]


@final
@dataclass(frozen=True, slots=True)
class Measure:
    """Something that is done about a person's rows, by whom, in which request."""

    provider: ProviderId
    staff: StaffId
    subject: SubjectId
    case: CaseId | None = None


@final
@dataclass(frozen=True, slots=True)
class HoldShown:
    """A hold that stands."""

    id: RowId
    subject: SubjectId
    reason: HoldReason
    tables: Sequence[str]
    placed: dt.date
    until: dt.date | None
    secret: bool


class Holds(Protocol):
    """`privacy.rights.Holds`: keeping what a law, a court or an authority forbids to erase."""

    async def standing(self, provider: ProviderId) -> Sequence[HoldShown]: ...

    async def place(
        self,
        measure: Measure,
        *,
        reason: HoldReason,
        tables: Sequence[str],
        until: dt.date | None,
        reference: str,
        secret: OrderKind | None,
    ) -> RowId:
        """`reference` names the paper: who orders it, under which number. `tables` empty: everything of the person.

        `secret`: who forbids to tell them; a secrecy order is entered with the hold.
        """
        ...

    async def release(self, provider: ProviderId, staff: StaffId, hold: RowId) -> None:
        """Raises where this provider has no such hold."""
        ...


@final
@dataclass(frozen=True, slots=True)
class RestrictionShown:
    """A restriction that stands."""

    id: RowId
    ground: RestrictionGround
    tables: Sequence[str]
    since: dt.date


class Restrictions(Protocol):
    """`privacy.restriction.Restrictions` (Art. 18 GDPR): open for storage only."""

    async def of(self, provider: ProviderId, subject: SubjectId) -> Sequence[RestrictionShown]: ...

    async def restrict(self, measure: Measure, *, tables: Sequence[str], ground: RestrictionGround) -> RowId:
        """`tables` empty: everything but what the person steers it with."""
        ...


@final
@dataclass(frozen=True, slots=True)
class Datum:
    """Something that may be corrected, without its value. `key` names row and field."""

    key: str
    what: str


class Rectifications(Protocol):
    """Art. 16 GDPR, by request: the officer enters what is right, and whoever received it is told."""

    async def correctable(self, provider: ProviderId, subject: SubjectId, language: str) -> Sequence[Datum]: ...

    async def correct(self, measure: Measure, key: str, value: str) -> None: ...


class Orders(Protocol):
    """`privacy.secrecy.Secrecy`, as far as officers see it."""

    async def standing(self, provider: ProviderId, staff: StaffId) -> list[Order]: ...

    async def release(self, provider: ProviderId, order: RowId, staff: StaffId, reason: ReleaseReason) -> None: ...
