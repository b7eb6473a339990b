"""Imposing, covering, releasing, and what is hidden meanwhile."""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol, final

from ringfence.clock import Clock
from ringfence.declarations import Record
from ringfence.identifiers import ProviderId, RecipientId, RowId, StaffId, SubjectId, new_id
from ringfence.persistence import Database, UnitOfWork
from ringfence.privacy.egress import Disclosure
from ringfence.privacy.ledger import Event, Ledger
from ringfence.privacy.secrecy.errors import OfficersOnly, OrderUnknown, ReferenceMissing
from ringfence.privacy.secrecy.hidden import Hidden
from ringfence.privacy.secrecy.records import OrderKind, ReleaseReason, SecrecyCover, SecrecyOrder
from ringfence.privacy.secrecy.veil import Veil
from ringfence.randomness import Randomness

__all__ = ["Officers", "Order", "Secrecy"]

_LONGEST: Final = 500
"""Characters of a reference: who ordered it, a file number, a date."""


class Officers(Protocol):
    """Who knows the staff."""

    async def is_officer(self, provider: ProviderId, staff: StaffId) -> bool:
        """Whether they are a privacy officer of that provider, now."""
        ...


@final
@dataclass(frozen=True, slots=True)
class Order:
    """An order as an officer sees it. `days` since it was imposed: an officer asks again, time never does."""

    id: RowId
    subject: SubjectId
    kind: OrderKind
    officer: StaffId
    reference: str = dataclasses.field(repr=False)
    imposed_at: float
    days: int
    covers: int


@final
class Secrecy:
    """One for all providers. There is no way to end an order but `release`, and nothing calls it but an officer."""

    def __init__(
        self, *, db: Database, ledger: Ledger, officers: Officers, clock: Clock, randomness: Randomness
    ) -> None:
        self._db = db
        self._veil = Veil(db)
        self._ledger = ledger
        self._officers = officers
        self._clock = clock
        self._randomness = randomness

    # -- what an officer does -----------------------------------------------------------------------------------------

    async def impose(
        self,
        provider: ProviderId,
        subject: SubjectId,
        staff: StaffId,
        *,
        kind: OrderKind,
        reference: str,
        records: Iterable[Record] = (),
        recipients: Iterable[RecipientId] = (),
    ) -> RowId:
        """Hide these from now on: rows that are there, and all that goes or went to these recipients.

        Raises OfficersOnly, ReferenceMissing, OrderUnknown for a record of somebody else, or SubjectGone.
        """
        await self._check_officer(provider, staff)
        if not 0 < len(reference.strip()) <= _LONGEST:
            raise ReferenceMissing
        order = SecrecyOrder(
            id=self._new_id(),
            provider=provider,
            subject=subject,
            kind=kind,
            released=False,
            officer=staff,
            reference=reference.strip(),
            imposed_at=self._clock.time(),
        )
        covers = [self._row_cover(order, record) for record in records]
        covers += [self._cover(order, Disclosure.declaration.name, None, recipient) for recipient in recipients]
        async with self._db.transaction() as unit:
            await unit.add(order)
            await unit.add_all(covers)
            await self._tell(unit, Event.SECRECY_IMPOSED, order, staff, kind)
        return order.id

    async def cover(self, unit: UnitOfWork, order: RowId, record: Record) -> None:
        """Hide a record in the unit that writes it: at no moment does the person see it. Raises OrderUnknown."""
        found = await self._standing(unit, order)
        await unit.add(self._row_cover(found, record))

    async def release(self, provider: ProviderId, order: RowId, staff: StaffId, reason: ReleaseReason) -> None:
        """The person may see it all from now on, and that there was an order. Raises OfficersOnly or OrderUnknown."""
        await self._check_officer(provider, staff)
        async with self._db.transaction() as unit:
            found = await self._standing(unit, order)
            if found.provider != provider:
                raise OrderUnknown
            now = self._clock.time()
            await unit.replace(dataclasses.replace(found, released=True, released_at=now, released_for=reason))
            await self._tell(unit, Event.SECRECY_RELEASED, found, staff, reason)

    async def standing(self, provider: ProviderId, staff: StaffId) -> list[Order]:
        """All orders that stand, the oldest first, for the officers to ask again. Raises OfficersOnly."""
        await self._check_officer(provider, staff)
        async with self._db.reading() as unit:
            orders = await unit.select(SecrecyOrder, provider=provider, released=False)
            found = [self._seen(order, await unit.count(SecrecyCover, under=order.id)) for order in orders]
        return sorted(found, key=lambda order: order.imposed_at)

    # -- what every reader asks that faces the person -----------------------------------------------------------------

    async def hidden(self, provider: ProviderId, subject: SubjectId) -> Hidden:
        """See `Veil.hidden`."""
        return await self._veil.hidden(provider, subject)

    async def hidden_in(self, unit: UnitOfWork, provider: ProviderId, subject: SubjectId) -> Hidden:
        """See `Veil.hidden_in`."""
        return await self._veil.hidden_in(unit, provider, subject)

    @staticmethod
    def reading(db: Database) -> Veil:
        """For a process that shows and changes nothing, such as the one that makes packages."""
        return Veil(db)

    # -- how ----------------------------------------------------------------------------------------------------------

    async def _standing(self, unit: UnitOfWork, order: RowId) -> SecrecyOrder:
        found = await unit.get(SecrecyOrder, order)
        if found is None or found.released:
            raise OrderUnknown
        return found

    async def _check_officer(self, provider: ProviderId, staff: StaffId) -> None:
        if not await self._officers.is_officer(provider, staff):
            raise OfficersOnly

    def _row_cover(self, order: SecrecyOrder, record: Record) -> SecrecyCover:
        people = {getattr(record, record.declaration.subject_column(part)) for part in record.declaration.parts}
        if record.provider != order.provider or order.subject not in people:
            raise OrderUnknown
        return self._cover(order, record.declaration.name, record.id, None)

    def _cover(self, order: SecrecyOrder, table: str, row: RowId | None, recipient: RecipientId | None) -> SecrecyCover:
        return SecrecyCover(
            id=self._new_id(),
            provider=order.provider,
            subject=order.subject,
            under=order.id,
            table=table,
            row=row,
            recipient=recipient,
        )

    def _seen(self, order: SecrecyOrder, covers: int) -> Order:
        days = int((self._clock.time() - order.imposed_at) // 86_400)
        return Order(
            order.id, order.subject, order.kind, order.officer, order.reference, order.imposed_at, days, covers
        )

    async def _tell(
        self, unit: UnitOfWork, event: Event, order: SecrecyOrder, staff: StaffId, reason: OrderKind | ReleaseReason
    ) -> None:
        facts: Mapping[str, str] = {"case": order.id, "staff": staff, "reason": reason.value}
        await self._ledger.append(unit, order.provider, event, subject=order.subject, ref=None, **facts)

    def _new_id(self) -> RowId:
        return RowId(new_id(self._randomness))
