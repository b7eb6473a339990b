"""What was disclosed to whom: one row per person, recipient and flow, with its first and last day.

Senders note a disclosure in memory; the rows are written later, in batches, so that a call never waits for them. What
is noted twice on a day is one entry, so a crash loses at most what was new since the last flush.
"""

import dataclasses
import datetime as dt
from collections.abc import Iterable
from itertools import islice
from typing import Final, final

from ringfence.identifiers import ProviderId, RecipientId, RowId, SubjectId, new_id
from ringfence.persistence import Database, SubjectGone, UnitOfWork
from ringfence.privacy.egress.client import Concerned
from ringfence.privacy.egress.records import Disclosure
from ringfence.randomness import Randomness

__all__ = ["DisclosureLog"]

_BATCH: Final = 200  # rows in one transaction: some milliseconds, so that other writers hardly wait


_Key = tuple[ProviderId, SubjectId, RecipientId, str]


@final
class DisclosureLog:
    """Collects what left and writes it down when told to (`flush`, every few seconds, and at the end)."""

    __slots__ = ("_db", "_pending", "_randomness")

    def __init__(self, db: Database, randomness: Randomness) -> None:
        self._db = db
        self._randomness = randomness
        self._pending: dict[_Key, tuple[dt.date, dt.date]] = {}

    def note(self, concerned: Concerned, recipient: RecipientId, flow: str, day: dt.date) -> None:
        """Something about this person left for the recipient that day."""
        key = (concerned.provider, concerned.subject, recipient, flow)
        first, last = self._pending.get(key, (day, day))
        self._pending[key] = (min(first, day), max(last, day))

    def pending(self, subject: SubjectId) -> list[tuple[RecipientId, str, dt.date, dt.date]]:
        """What is noted about a person and not written yet: recipient, flow, first and last day."""
        return [(recipient, flow, *days) for (_, who, recipient, flow), days in self._pending.items() if who == subject]

    def forget(self, subject: SubjectId) -> None:
        """Drops what is pending about a person who leaves."""
        self._pending = {key: days for key, days in self._pending.items() if key[1] != subject}

    async def flush(self) -> int:
        """Writes what is pending; returns how many entries. Persons who have gone meanwhile are left out."""
        pending, self._pending = self._pending, {}
        entries = iter(pending.items())
        while batch := list(islice(entries, _BATCH)):
            await self._write(batch)
        return len(pending)

    async def _write(self, batch: Iterable[tuple[_Key, tuple[dt.date, dt.date]]]) -> None:
        async with self._db.transaction() as unit:
            for key, days in batch:
                try:
                    await self._upsert(unit, key, days)
                except SubjectGone:
                    continue

    async def _upsert(self, unit: UnitOfWork, key: _Key, days: tuple[dt.date, dt.date]) -> None:
        provider, subject, recipient, flow = key
        first, last = days
        rows = await unit.select(Disclosure, subject=subject, recipient=recipient)
        known = next((row for row in rows if row.flow == flow), None)
        if known is None:
            row = Disclosure(
                id=RowId(new_id(self._randomness)),
                provider=provider,
                subject=subject,
                recipient=recipient,
                flow=flow,
                first_day=first,
                last_day=last,
            )
            await unit.add(row)
        elif first < known.first_day or last > known.last_day:
            first, last = min(first, known.first_day), max(last, known.last_day)
            await unit.replace(dataclasses.replace(known, first_day=first, last_day=last))
