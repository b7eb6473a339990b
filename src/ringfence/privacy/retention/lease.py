"""A lease in the main database: one holder at a time, also over several processes, and none for ever."""

from typing import Final, final

import sqlalchemy as sa

from ringfence.clock import Clock
from ringfence.identifiers import RowId, new_id
from ringfence.persistence import Database
from ringfence.privacy.retention.records import Lease
from ringfence.randomness import Randomness

__all__ = ["Holder"]

_LOCK: Final = sa.text("LOCK TABLE lease IN SHARE ROW EXCLUSIVE MODE")  # SQLite has one writer anyway


@final
class Holder:
    """One process that would like to do a job; `seconds` must be well above the time between two renewals."""

    __slots__ = ("_clock", "_db", "_job", "_name", "_seconds")

    def __init__(self, db: Database, job: str, clock: Clock, randomness: Randomness, *, seconds: float) -> None:
        self._db = db
        self._job = RowId(job)
        self._clock = clock
        self._name = RowId(new_id(randomness))
        self._seconds = seconds

    async def hold(self) -> bool:
        """Takes or renews the lease; False while another process has it."""
        now = self._clock.time()
        wanted = Lease(id=self._job, holder=self._name, until=now + self._seconds)
        async with self._db.transaction() as unit:
            if self._db.dialect == "postgresql":
                await unit.execute(_LOCK)
            current = await unit.get(Lease, self._job)
            if current is None:
                await unit.add(wanted)
                return True
            if current.holder != self._name and current.until > now:
                return False
            await unit.replace(wanted)
            return True

    async def release(self) -> None:
        """Lets another process have it at once."""
        async with self._db.transaction() as unit:
            await unit.delete(Lease, id=self._job, holder=self._name)
