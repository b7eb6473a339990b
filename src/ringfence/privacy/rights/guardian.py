"""Guards carried out over all of a person's tables: put away before the keys go, and set free when they end.

A guard ends in four steps, each idempotent: it is marked released, what somebody wanted to delete meanwhile is deleted,
what stays is sealed for use again, the guard goes. `resume` goes on where a kill stopped it.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, Final, final

import sqlalchemy as sa

from ringfence.declarations import REGISTRY, Record, Registry
from ringfence.identifiers import RowId, SubjectId
from ringfence.persistence import EVERY_TABLE, Database, Guard, Storage, SubjectGone, UnitOfWork
from ringfence.privacy.vault import KeptClass

__all__ = ["Guardian", "erasable", "erasable_rows"]

_GUARDS: Final = Guard.declaration.table
_BATCH: Final = 500  # rows in one transaction: some milliseconds, so that calls' writers hardly wait


@final
class Guardian:
    """Over the tables of one registry; holds no state."""

    __slots__ = ("_db", "_registry")

    def __init__(self, db: Database, registry: Registry = REGISTRY) -> None:
        self._db = db
        self._registry = registry

    async def apply(self, subject: SubjectId) -> None:
        """Seal all rows of the person as the guards say now, a bounded batch at a time.

        What is kept of somebody who has gone stays as strictly shut as it is, until its own reason ends.
        """
        async with self._db.reading() as unit:
            guards = await unit.select(Guard, subject=subject)
        for kind in self._covered(guards):
            with suppress(SubjectGone):
                await self._apply_to(kind, subject)

    async def _apply_to(self, kind: type[Record], subject: SubjectId) -> None:
        following: RowId | None = RowId("")
        while following is not None:
            async with self._db.transaction() as unit:
                following = await unit.reseal(kind, subject, after=following, limit=_BATCH)

    async def put_away(self, subject: SubjectId) -> None:
        """What is protected is only stored from now on, and goes when its guard ends: its person is being erased."""
        async with self._db.transaction() as unit:
            theirs = [_GUARDS.c.subject == subject, _GUARDS.c.protects]
            used = sa.update(_GUARDS).where(*theirs, _GUARDS.c.storage == int(Storage.IN_USE))
            await unit.execute(used.values(storage=int(Storage.HELD)))
            await unit.execute(sa.update(_GUARDS).where(*theirs).values(ends=True))
        await self.apply(subject)

    async def is_put_away(self, unit: UnitOfWork, subject: SubjectId) -> bool:
        """Whether nothing protected of the person is in use any more."""
        guards = [each for each in await unit.select(Guard, subject=subject, released=False) if each.protects]
        if not all(each.ends for each in guards):
            return False
        return not any([await unit.in_use(kind, subject) for kind in self._covered(guards)])

    async def end(self, origin: RowId) -> None:
        """End the guards of a hold, restriction or erasure. Doing it twice changes nothing."""
        async with self._db.transaction() as unit:
            await unit.execute(sa.update(_GUARDS).where(_GUARDS.c.origin == origin).values(released=True))
        await self._set_free(origin)

    async def end_due(self, now: float) -> list[RowId]:
        """End the guards whose time is over, and go on with those that a kill left half ended; tells the origins."""
        over = sa.or_(_GUARDS.c.released, _GUARDS.c.until <= now)
        async with self._db.reading() as unit:
            found = await unit.execute(sa.select(_GUARDS.c.origin).where(over).distinct())
            origins = [RowId(origin) for origin in found.scalars()]
        for origin in origins:
            await self.end(origin)
        return origins

    async def _set_free(self, origin: RowId) -> None:
        async with self._db.reading() as unit:
            guards = await unit.select(Guard, origin=origin)
        for guard in guards:
            if guard.ends:
                await self._delete(guard)
        for subject in sorted({guard.subject for guard in guards}):
            await self.apply(subject)
        async with self._db.transaction() as unit:
            await unit.delete(Guard, origin=origin)

    async def _delete(self, guard: Guard) -> None:
        for kind in self._covered([guard]):
            deleted = _BATCH
            rows: dict[str, Any] = {} if guard.row is None else {"id": guard.row}
            while deleted >= _BATCH:
                async with self._db.transaction() as unit:
                    deleted = await unit.delete(kind, subject=guard.subject, limit=_BATCH, **rows)

    def _covered(self, guards: Sequence[Guard]) -> Iterator[type[Record]]:
        numbers = {guard.table_number for guard in guards}
        for kind in self._registry.about_people():
            if EVERY_TABLE in numbers or kind.declaration.number in numbers:
                yield kind


def erasable(registry: Registry, keeping: Sequence[KeptClass]) -> Iterator[type[Record]]:
    """The tables whose rows go with their person; of the others, each row ends on its own day."""
    kept = {each.name for each in keeping}
    for kind in registry.about_people():
        keep = kind.declaration.keep
        if keep is None or not keep.survives or keep.code not in kept:
            yield kind


async def erasable_rows(unit: UnitOfWork, registry: Registry, subject: SubjectId, keeping: Sequence[KeptClass]) -> int:
    """How many rows of the person are still there that nothing keeps."""
    return sum([await unit.deletable(kind, subject) for kind in erasable(registry, keeping)])
