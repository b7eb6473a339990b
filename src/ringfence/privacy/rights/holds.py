"""Holds: what must not be deleted though its term is over or its person wants to go, why, and until when.

    officer ──place, release──> Holds ──guards──> persistence: sweeps and erasures pass over what is covered
    person's page <──departures── (nothing of what an order forbids to tell)

A hold that arrives while its person is being erased holds if it is written before the erasure is decided; from then on
`HoldTooLate` says so, and the officer can answer the authority with the erasure's certificate.
"""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, final

from ringfence.clock import Clock, day_of
from ringfence.declarations import REGISTRY, Deadline, Registry
from ringfence.identifiers import CaseId, ProviderId, RowId, StaffId, SubjectId, new_id
from ringfence.persistence import Database, Guard, Storage, SubjectGone, UnitOfWork
from ringfence.privacy.ledger import Event, Fact, Ledger
from ringfence.privacy.rights.errors import HoldTooLate, UnknownHold, UnknownTable
from ringfence.privacy.rights.guardian import Guardian
from ringfence.privacy.rights.keeping import day_after
from ringfence.privacy.rights.records import ErasureRecord, Hold, HoldReason
from ringfence.privacy.rights.remains import Remains
from ringfence.privacy.vault import Keyring, Use, opened_for
from ringfence.randomness import Randomness

__all__ = ["Conceals", "Covers", "HeldLonger", "Holds"]


class Covers(Protocol):
    """What of a person's is not to be spoken of."""

    def covers(self, table: str, row: RowId) -> bool: ...


class Conceals(Protocol):
    """Secrecy, as holds need it (`privacy.secrecy.Secrecy` is one)."""

    async def cover(self, unit: UnitOfWork, order: RowId, record: Hold) -> None: ...

    async def hidden(self, provider: ProviderId, subject: SubjectId) -> Covers: ...


@final
@dataclass(frozen=True, slots=True)
class HeldLonger:
    """A departure from what was promised. `until` is the last day; None where a release ends it."""

    id: RowId
    tables: tuple[str, ...]
    reason: HoldReason
    law: str
    since: dt.date
    until: dt.date | None


@final
class Holds:
    """Places, shows and ends holds; each in the ledger."""

    def __init__(
        self,
        *,
        db: Database,
        keyring: Keyring,
        ledger: Ledger,
        secrecy: Conceals,
        clock: Clock,
        randomness: Randomness,
        registry: Registry = REGISTRY,
    ) -> None:
        self._db = db
        self._keyring = keyring
        self._ledger = ledger
        self._secrecy = secrecy
        self._clock = clock
        self._randomness = randomness
        self._registry = registry
        self._guardian = Guardian(db, registry)
        self._remains = Remains(db, keyring, registry)

    async def place(
        self,
        provider: ProviderId,
        subject: SubjectId,
        staff: StaffId,
        *,
        tables: Sequence[str],
        reason: HoldReason,
        until: dt.date | None,
        note: str,
        case: CaseId | None = None,
        secret: bool = False,
        order: RowId | None = None,
    ) -> RowId:
        """Nothing of these tables is deleted until the hold ends, after its last day `until` or by `release`.

        `secret` hides it from the person; `order` is the secrecy order that demands it, if one is entered. Raises
        HoldTooLate when the person's erasure is decided, SubjectGone when nobody is there, UnknownTable.
        """
        if not self._keyring.knows(subject) or self._keyring.kept(subject):
            raise SubjectGone
        hold = Hold(
            id=RowId(new_id(self._randomness)),
            provider=provider,
            subject=subject,
            reason=reason,
            until=None if until is None else Deadline(day_after(until)),
            staff=staff,
            case=case,
            secret=secret or order is not None,
            tables=tuple(sorted(set(tables))),
            note=note,
            placed=self._clock.time(),
        )
        await self._write(hold, order)
        await self._guardian.apply(subject)
        return hold.id

    async def release(self, provider: ProviderId, hold: RowId, staff: StaffId) -> None:
        """What is due goes at the next sweep, what somebody wanted to delete goes now. Raises UnknownHold."""
        with opened_for(Use.AUTHORITY):
            async with self._db.transaction() as unit:
                found = await unit.get(Hold, hold)
                if found is None or found.provider != provider:
                    raise UnknownHold
                gone = bool(self._keyring.kept(found.subject))
                if not found.released and not gone:
                    await unit.replace(dataclasses.replace(found, released=True))
                await self._tell(unit, Event.HOLD_RELEASED, found, staff, known=not gone)
        await self._end([hold])

    async def end_due(self, now: float | None = None) -> int:
        """End the holds whose last day is over, and those that a kill left half ended; tells how many."""
        return len(await self._end(await self._guardian.end_due(self._clock.time() if now is None else now)))

    async def of(self, provider: ProviderId, subject: SubjectId) -> list[Hold]:
        """All that stand, for officers; also about somebody who has gone."""
        with opened_for(Use.AUTHORITY):
            async with self._db.reading() as unit:
                return self._standing(await unit.select(Hold, provider=provider, subject=subject, released=False))

    async def departures(self, provider: ProviderId, subject: SubjectId) -> list[HeldLonger]:
        """What the person is told: everything that is kept longer than promised, but what an order forbids to tell."""
        hidden = await self._secrecy.hidden(provider, subject)
        async with self._db.reading() as unit:
            holds = await unit.select(Hold, provider=provider, subject=subject, released=False)
        return [
            _shown(hold) for hold in self._standing(holds) if not hold.secret and not hidden.covers("hold", hold.id)
        ]

    async def disclose(self, provider: ProviderId, subject: SubjectId) -> None:
        """Secrecy about the person was released: what no other order hides is told from now on."""
        hidden = await self._secrecy.hidden(provider, subject)
        async with self._db.transaction() as unit:
            for hold in await unit.select(Hold, provider=provider, subject=subject, secret=True):
                if not hidden.covers("hold", hold.id):
                    await unit.replace(dataclasses.replace(hold, secret=False))

    def _standing(self, holds: Iterable[Hold]) -> list[Hold]:
        now = self._clock.time()
        return [hold for hold in holds if hold.until is None or hold.until > now]

    async def _write(self, hold: Hold, order: RowId | None) -> None:
        async with self._db.transaction() as unit:
            guards = list(self._guards(hold))
            await unit.guard(*guards)
            for erasure in await unit.select(ErasureRecord, subject=hold.subject):
                if erasure.keeps is not None:
                    raise HoldTooLate(erasure=erasure.id)
            await unit.attest(hold)
            if order is not None:
                await self._secrecy.cover(unit, order, hold)
            await self._tell(unit, Event.HOLD_PLACED, hold, hold.staff, known=True)

    def _guards(self, hold: Hold) -> Iterable[Guard]:
        for table in hold.tables:
            if table not in {kind.declaration.name for kind in self._registry.about_people()}:
                raise UnknownTable(table=table)
            yield self._guard(hold, self._registry[table].declaration.number, None)
        yield self._guard(hold, Hold.declaration.number, hold.id)

    def _guard(self, hold: Hold, number: int, row: RowId | None) -> Guard:
        return Guard(
            id=RowId(f"{hold.id}.{number}"),
            provider=hold.provider,
            subject=hold.subject,
            table_number=number,
            row=row,
            storage=Storage.IN_USE,
            protects=True,
            until=hold.until,
            origin=hold.id,
            law=hold.reason.law,
        )

    async def _end(self, origins: Iterable[RowId]) -> list[RowId]:
        ended = list(origins)
        for origin in ended:
            await self._guardian.end(origin)
        if ended:
            await self._remains.sweep()
        return ended

    async def _tell(self, unit: UnitOfWork, event: Event, hold: Hold, staff: StaffId, *, known: bool) -> None:
        facts: dict[str, Fact] = {"reason": hold.reason, "staff": staff}
        if event is Event.HOLD_PLACED and hold.until is not None:
            facts["until"] = day_of(hold.until)
        if hold.case is not None:
            facts["case"] = hold.case
        subject = hold.subject if known else None
        for table in hold.tables:
            await self._ledger.append(unit, hold.provider, event, subject=subject, ref=None, table=table, **facts)


def _shown(hold: Hold) -> HeldLonger:
    until = None if hold.until is None else day_of(hold.until - 1.5 * 86_400)
    return HeldLonger(hold.id, hold.tables, hold.reason, hold.reason.law, day_of(hold.placed), until)
