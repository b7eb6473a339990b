"""Who received what about a person: out of the disclosure log, and of what it has not written down yet."""

import datetime as dt
from collections.abc import AsyncIterator, Collection, Iterable
from dataclasses import dataclass, replace
from typing import Final, final

import sqlalchemy as sa

from ringfence.declarations import FLOWS, Category, Flows
from ringfence.identifiers import RecipientId, RowId, SubjectId
from ringfence.persistence import UnitOfWork
from ringfence.privacy.egress import DisclosureLog
from ringfence.privacy.egress.records import Disclosure
from ringfence.privacy.packages.records import TRANSMIT, Transmission, TransmissionPhase
from ringfence.privacy.vault import Use, opened_for

__all__ = ["Receipts", "Received"]

_ARRIVED: Final = tuple(
    phase.value for phase in (TransmissionPhase.SENDING, TransmissionPhase.ACCEPTED, TransmissionPhase.UNKNOWN)
)


@final
@dataclass(frozen=True, slots=True)
class Received:
    """What one recipient got, by which flows, between which days.

    `chosen`: the person named the recipient, and `reference` is the transmission, as long as its address is known.
    """

    recipient: RecipientId
    flows: tuple[str, ...]
    first: dt.date
    last: dt.date
    reference: RowId | None = None
    chosen: bool = False


@final
class Receipts:
    """Reads; `pending` is the log whose newest entries are in memory."""

    def __init__(self, pending: DisclosureLog, flows: Flows = FLOWS) -> None:
        self._pending = pending
        self._flows = flows

    def categories(self, flow: str) -> frozenset[Category]:
        """What a flow carries; nothing where it is not declared any more."""
        return next((frozenset(each.carries) for each in self._flows if each.name == flow), frozenset())

    async def of(
        self, unit: UnitOfWork, subject: SubjectId, categories: Collection[Category] | None = None
    ) -> list[Received]:
        """Once for each recipient, and for each transmission to somebody the person named.

        Of flows that carry one of the categories; None: of all flows.
        """
        found: dict[RecipientId, Received] = {}
        async for each in self._entries(unit, subject):
            if categories is None or not self.categories(each.flows[0]).isdisjoint(categories):
                known = found.get(each.recipient)
                found[each.recipient] = each if known is None else _both(known, each)
        return [named for each in found.values() for named in await self._named(unit, subject, each)]

    async def _entries(self, unit: UnitOfWork, subject: SubjectId) -> AsyncIterator[Received]:
        with opened_for(Use.CONSENT):  # also what is restricted: whoever asked for it wants others to know
            rows = await unit.select(Disclosure, subject=subject)
        for row in rows:
            yield Received(row.recipient, (row.flow,), row.first_day, row.last_day)
        for recipient, flow, first, last in self._pending.pending(subject):
            yield Received(recipient, (flow,), first, last)

    async def _named(self, unit: UnitOfWork, subject: SubjectId, each: Received) -> Iterable[Received]:
        if TRANSMIT.name not in each.flows:
            return [each]
        table = Transmission.declaration.table
        sent = sa.select(table.c.id).where(table.c.subject == subject, table.c.phase.in_(_ARRIVED))
        ids = [RowId(row) for row in (await unit.execute(sent.order_by(table.c.id))).scalars()]
        return [replace(each, reference=row, chosen=True) for row in ids] or [replace(each, chosen=True)]


def _both(one: Received, other: Received) -> Received:
    flows = tuple(sorted({*one.flows, *other.flows}))
    return replace(one, flows=flows, first=min(one.first, other.first), last=max(one.last, other.last))
