"""Telling every recipient of what was corrected, restricted or set free again (Art. 19 GDPR)."""

import dataclasses
from collections.abc import Collection, Iterable, Mapping
from typing import Final, final

from ringfence.clock import Clock
from ringfence.declarations import FLOWS, REGISTRY, Category, Flows, Registry
from ringfence.errors import RingfenceError
from ringfence.identifiers import ProviderId, RecipientId, RowId, SubjectId, new_id
from ringfence.persistence import Database, RowMissing, SubjectGone, UnitOfWork
from ringfence.privacy.egress.records import Disclosure
from ringfence.privacy.rectification.ports import Teller, Telling
from ringfence.privacy.rectification.records import Change, Delivery, RecipientNotice
from ringfence.randomness import Randomness

__all__ = ["Outbox"]

_AT_ONCE: Final = 100  # notices tried in one turn


@final
class Outbox:
    """Rows are written with the change itself; `deliver` sends them and notes who acknowledged.

    Implements restriction's port `Observes`. A recipient without a `Teller` can't be told, and the person can see that.
    """

    def __init__(
        self,
        *,
        db: Database,
        tellers: Mapping[RecipientId, Teller],
        clock: Clock,
        randomness: Randomness,
        registry: Registry = REGISTRY,
        flows: Flows = FLOWS,
    ) -> None:
        self._db = db
        self._tellers = dict(tellers)
        self._clock = clock
        self._randomness = randomness
        self._registry = registry
        self._carries = {flow.name: frozenset(flow.carries) for flow in flows}

    async def put(
        self,
        unit: UnitOfWork,
        provider: ProviderId,
        subject: SubjectId,
        change: Change,
        fields: Iterable[tuple[str, RowId | None, str, Category]],
    ) -> int:
        """Note, within the unit that makes the change, all who must be told of it; tells how many notices those are.

        Each field is (table, row, name, category). Who received that category by any flow must be told.
        """
        received = await unit.select(Disclosure, provider=provider, subject=subject)
        notices = [
            self._notice(disclosure, change, table, row, name)
            for table, row, name, category in fields
            for disclosure in received
            if category in self._carries.get(disclosure.flow, ())
        ]
        await unit.add_all(notices)
        return len(notices)

    async def deliver(self) -> int:
        """Send what waits; tells how many recipients acknowledged. What failed is tried again at the next turn."""
        async with self._db.reading() as unit:
            waiting = await unit.select(RecipientNotice, delivery=Delivery.WAITING, order="tries", limit=_AT_ONCE)
        return sum([await self._deliver(notice) for notice in waiting])

    async def told(self, provider: ProviderId, subject: SubjectId) -> list[RecipientNotice]:
        """Who was told of what, for the person who asks (Art. 19, second sentence)."""
        async with self._db.reading() as unit:
            notices = await unit.select(RecipientNotice, provider=provider, subject=subject)
        return sorted(notices, key=lambda notice: notice.at)

    async def restricted(self, subject: SubjectId, tables: Collection[str]) -> None:
        await self._tables(subject, tables, Change.RESTRICTED)

    async def lifted(self, subject: SubjectId, tables: Collection[str]) -> None:
        await self._tables(subject, tables, Change.LIFTED)

    async def _tables(self, subject: SubjectId, tables: Collection[str], change: Change) -> None:
        fields = [
            (table, None, field.name, field.says.category)
            for table in sorted(tables)
            for field in self._registry[table].declaration.personal
        ]
        try:
            async with self._db.transaction() as unit:
                received = await unit.select(Disclosure, subject=subject)
                if received:
                    await self.put(unit, received[0].provider, subject, change, fields)
        except SubjectGone:  # an erasure tells them more than a restriction could
            return

    async def _deliver(self, notice: RecipientNotice) -> bool:
        try:
            await self._tellers[notice.recipient].tell(_telling(notice))
        except (KeyError, RingfenceError, OSError):
            delivery = Delivery.IMPOSSIBLE if notice.recipient not in self._tellers else Delivery.WAITING
        else:
            delivery = Delivery.ACKNOWLEDGED
        noted = dataclasses.replace(notice, delivery=delivery, tries=notice.tries + 1)
        try:
            async with self._db.transaction() as unit:
                await unit.replace(noted)
        except (SubjectGone, RowMissing):
            return False
        return delivery is Delivery.ACKNOWLEDGED

    def _notice(
        self, disclosure: Disclosure, change: Change, table: str, row: RowId | None, field: str
    ) -> RecipientNotice:
        reachable = disclosure.recipient in self._tellers
        return RecipientNotice(
            id=RowId(new_id(self._randomness)),
            provider=disclosure.provider,
            subject=disclosure.subject,
            recipient=disclosure.recipient,
            change=change,
            delivery=Delivery.WAITING if reachable else Delivery.IMPOSSIBLE,
            tries=0,
            flow=disclosure.flow,
            table=table,
            row=row,
            field=field,
            at=self._clock.time(),
        )


def _telling(notice: RecipientNotice) -> Telling:
    return Telling(
        id=notice.id,
        provider=notice.provider,
        subject=notice.subject,
        change=notice.change,
        flow=notice.flow,
        table=notice.table,
        row=notice.row,
        field=notice.field,
    )
