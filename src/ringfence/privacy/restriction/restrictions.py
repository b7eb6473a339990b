"""Restricting, lifting, and the exceptions in between."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final, final

import sqlalchemy as sa

from ringfence.clock import Clock
from ringfence.declarations import REGISTRY, Purpose, Record, Registry
from ringfence.identifiers import CaseId, ProviderId, RowId, StaffId, SubjectId, new_id
from ringfence.persistence import Database, RowMissing, SubjectGone, UnitOfWork
from ringfence.privacy.ledger import Event, Fact, Ledger
from ringfence.privacy.restriction.covering import guards_of
from ringfence.privacy.restriction.errors import ExceptionNotNamed, NothingToRestrict, UnknownRestriction
from ringfence.privacy.restriction.ports import Heralds, Informs, Observes
from ringfence.privacy.restriction.records import Ground, Restriction, Stage
from ringfence.privacy.restriction.standing import Standing
from ringfence.privacy.rights import Guardian, Remains, commitment
from ringfence.privacy.vault import Keyring, Use, opened_for
from ringfence.randomness import Randomness

__all__ = ["Restrictions", "restrictable"]

_STEERING: Final = frozenset(
    {
        Purpose.ANSWER_RIGHTS, Purpose.PROVE_AGREEMENT, Purpose.ACCOUNT_FOR_DISCLOSURE, Purpose.ACCOUNT_FOR_LOOKS,
        Purpose.PROVE_IDENTITY, Purpose.OBEY_HOLD, Purpose.SIGN_IN, Purpose.AUTHENTICATE_DEVICE,
        Purpose.RUN_CONSOLE, Purpose.ANNOUNCE, Purpose.KEEP_ACCOUNTS,
    }
)  # fmt: skip
"""With these a person steers what is kept about them; a restriction of everything leaves them in their hands."""
_PERMITS: Final = frozenset({Use.CONSENT, Use.CLAIMS, Use.OTHERS_RIGHTS, Use.PUBLIC_INTEREST})


def restrictable(registry: Registry = REGISTRY) -> tuple[str, ...]:
    """The tables that a restriction of everything covers."""
    kinds = registry.about_people()
    return tuple(kind.declaration.name for kind in kinds if not _purposes(kind) <= _STEERING)


def _purposes(kind: type[Record]) -> set[Purpose]:
    return {field.says.purpose for field in kind.declaration.personal}


@final
class Restrictions:
    """`informer` tells people before a restriction is lifted; `observers` are services with copies in memory.

    `standing` is what an older backup can't take back. Also a port `Departure` of the erasures.
    """

    def __init__(
        self,
        *,
        db: Database,
        keyring: Keyring,
        ledger: Ledger,
        standing: Standing,
        informer: Informs,
        observers: Sequence[Observes],
        heralds: Sequence[Heralds] = (),
        clock: Clock,
        randomness: Randomness,
        registry: Registry = REGISTRY,
    ) -> None:
        self._db = db
        self._keyring = keyring
        self._ledger = ledger
        self._standing = standing
        self._informer = informer
        self._observers = tuple(observers)
        self._heralds = tuple(heralds)
        self._clock = clock
        self._randomness = randomness
        self._registry = registry
        self._guardian = Guardian(db, registry)
        self._remains = Remains(db, keyring, registry)

    async def restrict(
        self,
        provider: ProviderId,
        subject: SubjectId,
        *,
        ground: Ground,
        case: CaseId | None = None,
        tables: Iterable[str] = (),
        rows: Iterable[RowId] = (),
        staff: StaffId | None = None,
    ) -> RowId:
        """When this returns, the values open no more but for the exceptions, in no process; the same case asks once.

        `rows` narrows it to rows of one table. Without `tables` it is everything but what the person steers it with
        (`restrictable`). Raises NothingToRestrict, or SubjectGone.
        """
        wanted = tuple(sorted(set(tables))) or restrictable(self._registry)
        chosen = tuple(sorted(set(rows)))
        if chosen and len(wanted) != 1:
            raise NothingToRestrict
        restriction = Restriction(
            id=RowId(new_id(self._randomness)),
            provider=provider,
            subject=subject,
            ground=ground,
            stage=Stage.IN_FORCE,
            case=case,
            staff=staff,
            tables=wanted,
            rows=chosen,
            since=self._clock.time(),
        )
        restriction = await self._write(restriction)
        await self._enforce(restriction)
        return restriction.id

    async def lift(self, provider: ProviderId, restriction: RowId, *, staff: StaffId | None = None) -> None:
        """Tell the person, then let the values be used again. Raises UnknownRestriction, or why they can't be told.

        What somebody wanted to delete meanwhile goes now.
        """
        found = await self._found(provider, restriction)
        if found.stage is Stage.IN_FORCE:
            await self._informer.lifting(provider, found.subject, found.id)
            found = await self._moved(found, Stage.ANNOUNCED, staff)
        await self._guardian.end(found.id)
        await self._moved(found, Stage.LIFTED, staff)
        await asyncio.to_thread(self._standing.drop, found.id)
        await self._remains.sweep()
        for observer in self._observers:
            await observer.lifted(found.subject, found.tables)

    async def of(self, provider: ProviderId, subject: SubjectId) -> list[Restriction]:
        """All that there were about the person, the newest first."""
        with opened_for(Use.CONSENT):
            async with self._db.reading() as unit:
                found = await unit.select(Restriction, provider=provider, subject=subject)
        return sorted(found, key=lambda each: each.since, reverse=True)

    async def by_case(self, provider: ProviderId, case: CaseId) -> RowId | None:
        """The restriction that a request led to, while it is in force."""
        async with self._db.reading() as unit:
            found = await unit.select(Restriction, provider=provider, case=case)
        return next((each.id for each in found if each.stage is not Stage.LIFTED), None)

    async def resume(self) -> int:
        """Carry out what a kill left half done, and put in force again what an older backup does not know.

        Call it before services load. Tells how many it looked at. One that was lifted after the backup was made is in
        force again, too: better that an officer lifts it once more than that nobody notices.
        """
        await self._bring_back()
        with opened_for(Use.CLAIMS):
            async with self._db.reading() as unit:
                standing = await unit.select(Restriction, stage=(Stage.IN_FORCE, Stage.ANNOUNCED))
        for each in standing:
            self._standing.note(each)
            await self._guardian.apply(each.subject)
        await self._guardian.end_due(self._clock.time())
        return len(standing)

    @asynccontextmanager
    async def opened(
        self, provider: ProviderId, subject: SubjectId, use: Use, *, staff: StaffId, case: CaseId | None = None
    ) -> AsyncIterator[None]:
        """Within the block restricted values open for one exception of Art. 18(2); the ledger says so first.

        Raises ExceptionNotNamed.
        """
        if use not in _PERMITS:
            raise ExceptionNotNamed
        facts: dict[str, Fact] = {"purpose": use, "reason": "restricted", "staff": staff}
        if case is not None:
            facts["case"] = case
        async with self._db.transaction() as unit:
            await self._ledger.append(unit, provider, Event.STAFF_LOOKED, subject=subject, ref=None, **facts)
        with opened_for(use):
            yield

    async def depart(self, subject: SubjectId) -> None:
        """The person goes: what was noted of their restrictions goes, unless it keeps their data. Idempotent."""
        await asyncio.to_thread(self._standing.drop_subject, subject)

    async def _write(self, restriction: Restriction) -> Restriction:
        async with self._db.transaction() as unit:
            known = await self._same(unit, restriction)
            if known is not None:
                return known
            await self._check_rows(unit, restriction)
            await self._put_in_force(unit, restriction)
            # Last before the commit: a kill between the two leaves a note, and the next start does what it says
            await asyncio.to_thread(self._standing.note, restriction)
        return restriction

    async def _put_in_force(self, unit: UnitOfWork, restriction: Restriction) -> None:
        await unit.add(restriction)
        await unit.guard(*guards_of(restriction, self._registry))
        for herald in self._heralds:
            await herald.restricting(unit, restriction)
        await self._tell(unit, Event.RESTRICTED, restriction, restriction.staff)

    async def _bring_back(self) -> None:
        """What is noted and not in the database: it is an older copy. Whom that copy does not know is left noted."""
        table = Restriction.declaration.table
        async with self._db.reading() as unit:
            found = (await unit.execute(sa.select(table.c.id, table.c.stage))).all()
        known = {RowId(row.id): Stage(row.stage) for row in found}
        lost = [note for note in self._standing.notes if note.id not in known]
        people = {commitment(each): each for each in self._keyring.subjects()} if lost else {}
        for note in (each for each in lost if each.who in people):
            with suppress(SubjectGone):  # who has gone has nothing left that it could cover
                async with self._db.transaction() as unit:
                    await self._put_in_force(unit, note.restriction(people[note.who]))
        for restriction in [each for each, stage in known.items() if stage is Stage.LIFTED]:
            self._standing.drop(restriction)

    async def _same(self, unit: UnitOfWork, restriction: Restriction) -> Restriction | None:
        if restriction.case is None:
            return None
        found = await unit.select(Restriction, subject=restriction.subject, case=restriction.case)
        return next((each for each in found if each.stage is not Stage.LIFTED), None)

    async def _check_rows(self, unit: UnitOfWork, restriction: Restriction) -> None:
        names = {kind.declaration.name for kind in self._registry.about_people()}
        if not names.issuperset(restriction.tables):
            raise NothingToRestrict
        if restriction.rows:
            kind = self._registry[restriction.tables[0]]
            there = await unit.count(kind, subject=restriction.subject, id=restriction.rows)
            if there != len(restriction.rows):
                raise NothingToRestrict

    async def _enforce(self, restriction: Restriction) -> None:
        await self._guardian.apply(restriction.subject)
        for observer in self._observers:
            await observer.restricted(restriction.subject, restriction.tables)

    async def _found(self, provider: ProviderId, restriction: RowId) -> Restriction:
        with opened_for(Use.AUTHORITY):  # the widest: where a country blocks, the row is blocked with its person's data
            async with self._db.reading() as unit:
                found = await unit.get(Restriction, restriction)
        if found is None or found.provider != provider or found.stage is Stage.LIFTED:
            raise UnknownRestriction
        return found

    async def _moved(self, restriction: Restriction, stage: Stage, staff: StaffId | None) -> Restriction:
        lifted = self._clock.time() if stage is Stage.LIFTED else None
        moved = dataclasses.replace(restriction, stage=stage, lifted=lifted)
        try:
            async with self._db.transaction() as unit:
                await unit.replace(moved)
                if stage is Stage.LIFTED:
                    for herald in self._heralds:
                        await herald.lifting(unit, moved)
                    await self._tell(unit, Event.RESTRICTION_LIFTED, moved, staff)
        except (SubjectGone, RowMissing):  # the person has gone meanwhile; the guards' end takes this row with it
            await self._tell_of_nobody(moved, stage, staff)
        return moved

    async def _tell_of_nobody(self, restriction: Restriction, stage: Stage, staff: StaffId | None) -> None:
        if stage is Stage.LIFTED:
            async with self._db.transaction() as unit:
                await self._tell(unit, Event.RESTRICTION_LIFTED, restriction, staff, known=False)

    async def _tell(
        self, unit: UnitOfWork, event: Event, restriction: Restriction, staff: StaffId | None, *, known: bool = True
    ) -> None:
        facts: dict[str, Fact] = {"reason": restriction.ground}
        facts |= {"case": restriction.case} if restriction.case is not None else {}
        facts |= {"staff": staff} if staff is not None else {}
        subject = restriction.subject if known else None
        for table in restriction.tables:
            await self._ledger.append(
                unit, restriction.provider, event, subject=subject, ref=None, table=table, **facts
            )
