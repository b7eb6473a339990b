"""Who has to be told of what was corrected, erased, restricted or set free again (Art. 19 GDPR)."""

import base64
import dataclasses
import hashlib
from collections.abc import Collection, Iterable, Sequence
from typing import Final, final

import sqlalchemy as sa

from ringfence.clock import Clock, day_of
from ringfence.declarations import REGISTRY, Category, Registry
from ringfence.identifiers import CaseId, ProviderId, RowId, SubjectId
from ringfence.persistence import Database, UnitOfWork
from ringfence.privacy.rectification.ports import Directory
from ringfence.privacy.rectification.received import Receipts, Received
from ringfence.privacy.rectification.records import Change, Correction, Reason, RecipientNotice, State, Way
from ringfence.privacy.restriction.records import Restriction

__all__ = ["Outbox"]

_SETTLES: Final = 600.0  # seconds; an officer corrects one field after the other, and one mail tells of all
_LENGTH: Final = 26  # characters of an id, as of every random one
_NOTICES: Final = RecipientNotice.declaration.table


@final
class Outbox:
    """Writes notices in the unit that makes the change, so that they stand or fall with it.

    Implements `rights.Heralds` and `restriction.Heralds`. Nothing of a notice says whom it is about: who is asked for
    by their person is found over the requests, corrections and restrictions of that person.
    """

    def __init__(
        self,
        *,
        db: Database,
        receipts: Receipts,
        directory: Directory,
        clock: Clock,
        registry: Registry = REGISTRY,
    ) -> None:
        self._db = db
        self._receipts = receipts
        self._directory = directory
        self._clock = clock
        self._registry = registry

    async def rectified(
        self,
        unit: UnitOfWork,
        provider: ProviderId,
        subject: SubjectId,
        origin: RowId,
        fields: Iterable[tuple[str, Category]],
    ) -> None:
        """Fields are (table, category). What is corrected before the mail has left is told in the same mail."""
        tables: dict[str, set[Category]] = {}
        for table, category in fields:
            tables.setdefault(table, set()).add(category)
        for notice in await self._notices(unit, provider, subject, origin, Change.RECTIFIED, tables):
            if not await self._merged(unit, notice):
                await unit.add(await self._numbered(unit, notice))

    async def erasing(self, unit: UnitOfWork, provider: ProviderId, subject: SubjectId, erasure: RowId) -> None:
        """While it is known to whom something went: afterwards nobody knows."""
        await self._write(unit, await self._notices(unit, provider, subject, erasure, Change.ERASED, self._all()))

    async def restricting(self, unit: UnitOfWork, restriction: Restriction) -> None:
        await self._of_restriction(unit, restriction, Change.RESTRICTED)

    async def lifting(self, unit: UnitOfWork, restriction: Restriction) -> None:
        await self._of_restriction(unit, restriction, Change.LIFTED)

    async def of_case(self, provider: ProviderId, subject: SubjectId, case: CaseId) -> list[RecipientNotice]:
        """What a request led to, as it stands; of an erasure, what it would lead to is asked by `foreseen`."""
        async with self._db.reading() as unit:
            restrictions = await _ids(unit, Restriction.declaration.table, subject, case)
            return await _of(unit, provider, [RowId(case), *restrictions])

    async def foreseen(self, provider: ProviderId, subject: SubjectId) -> list[RecipientNotice]:
        """What an erasure that began now would write: nothing is written."""
        async with self._db.reading() as unit:
            return await self._notices(unit, provider, subject, RowId(""), Change.ERASED, self._all())

    async def told(self, provider: ProviderId, subject: SubjectId) -> list[RecipientNotice]:
        """Who was told of what, for the person who asks (Art. 19, second sentence); the oldest first."""
        async with self._db.reading() as unit:
            corrections = Correction.declaration.table
            cases = sa.select(corrections.c.case).where(corrections.c.subject == subject).distinct()
            asked = [RowId(case) for case in (await unit.execute(cases)).scalars() if case]
            origins = [
                *asked,
                *await _ids(unit, corrections, subject),
                *await _ids(unit, Restriction.declaration.table, subject),
            ]
            return await _of(unit, provider, origins)

    async def _of_restriction(self, unit: UnitOfWork, restriction: Restriction, change: Change) -> None:
        tables = {table: self._categories(table) for table in restriction.tables}
        made = (restriction.provider, restriction.subject, restriction.id, change, tables)
        await self._write(unit, await self._notices(unit, *made))

    def _all(self) -> dict[str, set[Category]]:
        return {
            kind.declaration.name: self._categories(kind.declaration.name) for kind in self._registry.about_people()
        }

    def _categories(self, table: str) -> set[Category]:
        return {field.says.category for field in self._registry[table].declaration.personal}

    async def _write(self, unit: UnitOfWork, notices: Sequence[RecipientNotice]) -> None:
        """Those that are not there: a change that is made again after a kill tells nobody twice."""
        known = {each.id for each in await unit.select(RecipientNotice, id=[each.id for each in notices])}
        await unit.add_all([each for each in notices if each.id not in known])

    async def _merged(self, unit: UnitOfWork, notice: RecipientNotice) -> bool:
        """Into one that is about the same and has not begun to leave."""
        waiting = await unit.select(
            RecipientNotice,
            state=(State.DUE, State.BY_HAND),
            tries=0,
            origin=notice.origin,
            recipient=notice.recipient,
            reference=notice.reference,
        )
        for each in waiting:
            changed = sa.update(_NOTICES).values(
                tables=_joined(_split(each.tables) | _split(notice.tables)),
                flows=_joined(_split(each.flows) | _split(notice.flows)),
                first=min(each.first, notice.first),
                last=max(each.last, notice.last),
            )
            still = (_NOTICES.c.id == each.id, _NOTICES.c.state == each.state.value, _NOTICES.c.tries == 0)
            if (await unit.execute(changed.where(*still))).rowcount:
                return True
        return False

    async def _numbered(self, unit: UnitOfWork, notice: RecipientNotice) -> RecipientNotice:
        """Corrections for one request can go on after a mail has left: each further one has an id of its own."""
        before = await unit.count(
            RecipientNotice, origin=notice.origin, recipient=notice.recipient, reference=notice.reference
        )
        return dataclasses.replace(notice, id=_id(notice, before))

    async def _notices(
        self,
        unit: UnitOfWork,
        provider: ProviderId,
        subject: SubjectId,
        origin: RowId,
        change: Change,
        tables: dict[str, set[Category]],
    ) -> list[RecipientNotice]:
        """One for each who received what changed; of an erasure, whatever it was that they received."""
        categories = None if change is Change.ERASED else frozenset[Category]().union(*tables.values())
        received = await self._receipts.of(unit, subject, categories)
        return [self._notice(provider, origin, change, each, tables) for each in received]

    def _notice(
        self,
        provider: ProviderId,
        origin: RowId,
        change: Change,
        received: Received,
        tables: dict[str, set[Category]],
    ) -> RecipientNotice:
        now = self._clock.time()
        carried = frozenset[Category]().union(*(self._receipts.categories(flow) for flow in received.flows))
        state, way, reason = self._way(provider, received, change)
        over = state in {State.TOLD, State.IMPOSSIBLE}
        notice = RecipientNotice(
            id=RowId(""),
            provider=provider,
            origin=origin,
            recipient=received.recipient,
            change=change,
            reference=received.reference,
            flows=_joined(received.flows),
            tables=_joined(name for name, categories in tables.items() if not carried.isdisjoint(categories)),
            first=received.first.toordinal(),
            last=received.last.toordinal(),
            state=state,
            way=way,
            reason=reason,
            tries=0,
            next_try=now + (_SETTLES if change is Change.RECTIFIED else 0.0),
            opened=day_of(now).toordinal(),
            closed=day_of(now).toordinal() if over else None,
        )
        return dataclasses.replace(notice, id=_id(notice, 0))

    def _way(self, provider: ProviderId, received: Received, change: Change) -> tuple[State, Way, Reason | None]:
        forgets = self._directory.forgets
        if all(forgets(provider, received.recipient, flow, change) for flow in received.flows):
            return State.TOLD, Way.OPERATION, None
        if self._directory.reachable(provider, received.recipient):
            return State.DUE, Way.MAIL, None
        if received.chosen and (received.reference is None or change is Change.ERASED):
            return State.IMPOSSIBLE, Way.HAND, Reason.ADDRESS_GONE
        return State.BY_HAND, Way.HAND, None


async def _ids(unit: UnitOfWork, table: sa.Table, subject: SubjectId, case: CaseId | None = None) -> list[RowId]:
    """Of a person's rows, readable or not; for one request, if it is given."""
    theirs = sa.select(table.c.id).where(table.c.subject == subject)
    chosen = theirs if case is None else theirs.where(table.c.case == case)
    return [RowId(row) for row in (await unit.execute(chosen)).scalars()]


async def _of(unit: UnitOfWork, provider: ProviderId, origins: Collection[RowId]) -> list[RecipientNotice]:
    found = await unit.select(RecipientNotice, provider=provider, origin=list(origins))
    return sorted(found, key=lambda notice: (notice.opened, notice.id))


def _id(notice: RecipientNotice, number: int) -> RowId:
    """The same for the same change, and telling nothing: the origin is random, and so is what comes of it."""
    about = (notice.provider, notice.origin, notice.change, notice.recipient, notice.reference or "", str(number))
    digest = hashlib.sha256("\0".join(about).encode()).digest()
    return RowId(base64.b32encode(digest).decode("ascii").lower()[:_LENGTH])


def _joined(names: Iterable[str]) -> str:
    return ",".join(sorted(set(names)))


def _split(names: str) -> set[str]:
    return {name for name in names.split(",") if name}
