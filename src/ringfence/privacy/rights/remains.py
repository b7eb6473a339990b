"""What was kept of people who have gone, and its end: with the last row of a class its key goes."""

from typing import final

from ringfence.declarations import REGISTRY, Keep, Registry
from ringfence.identifiers import SubjectId
from ringfence.persistence import Database, Guard, UnitOfWork
from ringfence.privacy.vault import KeptClass, Keyring

__all__ = ["Remains"]


@final
class Remains:
    """Looks at the rows themselves each time; nothing that could be lost."""

    __slots__ = ("_db", "_keyring", "_registry")

    def __init__(self, db: Database, keyring: Keyring, registry: Registry = REGISTRY) -> None:
        self._db = db
        self._keyring = keyring
        self._registry = registry

    async def sweep(self) -> int:
        """Destroy the keys of which no row is left; tells of how many people. Run it after rows were deleted."""
        return sum([await self._tidy(subject, kept) for subject, kept in self._keyring.remains().items()])

    async def _tidy(self, subject: SubjectId, kept: tuple[KeptClass, ...]) -> bool:
        async with self._db.reading() as unit:
            left = [each for each in kept if await self._has_rows(unit, subject, each)]
            periods = {each.name: await self._periods(unit, subject, each.keep) for each in left}
        if left != list(kept):
            self._keyring.forget(subject, left)
        ended = [self._keyring.end_periods(subject, each.keep, but=periods[each.name]) for each in left]
        return left != list(kept) or any(ended)

    async def _has_rows(self, unit: UnitOfWork, subject: SubjectId, kept: KeptClass) -> bool:
        if kept.name != kept.keep.code and not await unit.count(Guard, subject=subject):
            return False
        kinds = [kind for kind in self._registry.about_people() if kind.declaration.keep is kept.keep]
        return any([await unit.count(kind, subject=subject) for kind in kinds])

    async def _periods(self, unit: UnitOfWork, subject: SubjectId, keep: Keep) -> set[int]:
        """The expiry periods that rows are still sealed for."""
        if keep.period is None:
            return {0}
        found: set[int] = {0}
        for kind in self._registry.about_people():
            if kind.declaration.keep is keep:
                dues = await unit.dues(kind, subject)
                found |= {int(due // keep.period) for due in dues}
        return found
