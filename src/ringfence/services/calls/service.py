"""Missed calls: noted on the call path, written beside it, shown once."""

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, final

from ringfence.clock import DAY
from ringfence.identifiers import ProviderId, RowId, SubjectId, new_id
from ringfence.persistence import Database, SubjectGone
from ringfence.randomness import Randomness
from ringfence.services.calls.ports import Caller
from ringfence.services.calls.records import MissedCall

__all__ = ["MissedCallSettings", "MissedCalls"]

_LONGEST: Final = 200
"""Characters kept of a name or address: more is no name that anybody reads."""


@dataclass(frozen=True, slots=True)
class MissedCallSettings:
    """keep: seconds that a missed call may wait to be shown; the class's limit is 7 days.

    queue: missed calls that may wait to be written; a minute at 500 calls/s that nobody takes would be an attack.
    """

    keep: float = 7 * DAY
    queue: int = 10_000


@final
class MissedCalls:
    """`note` is for the call path and returns at once; `run` writes. `dropped` counts what found the queue full."""

    def __init__(self, db: Database, randomness: Randomness, settings: MissedCallSettings | None = None) -> None:
        self._db = db
        self._randomness = randomness
        self._settings = settings or MissedCallSettings()
        self._queue: deque[MissedCall] = deque()
        self._ready = asyncio.Event()
        self.dropped = 0

    def note(self, subject: SubjectId, provider: ProviderId, caller: Caller, at: float) -> None:
        """A call that came at `at` (epoch seconds) was missed."""
        if len(self._queue) >= self._settings.queue:
            self.dropped += 1
            return
        self._queue.append(
            MissedCall(
                id=RowId(new_id(self._randomness)),
                provider=provider,
                subject=subject,
                due=at + self._settings.keep,
                at=at,
                caller_name=caller.name[:_LONGEST],
                caller_uri=caller.uri[:_LONGEST],
            )
        )
        self._ready.set()

    async def waiting_for(self, subject: SubjectId) -> list[MissedCall]:
        """The person's missed calls that were not shown yet, oldest first."""
        async with self._db.reading() as unit:
            return sorted(await unit.select(MissedCall, subject=subject), key=lambda call: call.at)

    async def shown(self, subject: SubjectId, calls: Iterable[RowId]) -> None:
        """Their purpose is fulfilled: erase them."""
        async with self._db.transaction() as unit:
            await unit.delete(MissedCall, subject=subject, id=list(calls))

    async def depart(self, subject: SubjectId) -> None:
        """The person goes: nothing of theirs stays in memory. The rows are the erasure's own."""
        self._queue = deque(call for call in self._queue if call.subject != subject)

    async def run(self) -> None:
        """Write what is noted, until cancelled."""
        while True:
            await self._ready.wait()
            self._ready.clear()
            await self.drain()

    async def drain(self) -> None:
        """Write what is noted now: for an orderly end, and for tests."""
        while self._queue:
            call = self._queue.popleft()
            try:
                async with self._db.transaction() as unit:
                    await unit.add(call)
            except SubjectGone:
                continue  # whoever is being erased gets no new rows
