"""Short-lived rows, copied when their person asks for a copy of their data, so that no sweep beats the answer.

A missed call lives seven days, an answer may take a month: without this, what was there when the person asked would
never be answered. The copies are sealed under a key of the person's own. They end with the answer, or when the request
is closed otherwise: an extension by two months, or a pause until it is settled who asks, finds them there. Should a
request never end, they go after three months and the longest pause (`Keep.SNAPSHOT`). They are told among the rows of
their own tables (`Holding.opened`).
"""

from typing import Final, final

from ringfence.clock import DAY, Clock
from ringfence.declarations import Keep
from ringfence.identifiers import CaseId, ProviderId, RowId, SubjectId, new_id
from ringfence.persistence import Database
from ringfence.privacy.packages.holdings import Holding, Holdings, pack_snapshot
from ringfence.privacy.packages.records import SnapshotRow
from ringfence.privacy.packages.view import Opened
from ringfence.privacy.vault import Use, opened_for
from ringfence.randomness import Randomness

__all__ = ["Snapshots"]

_ANSWER: Final = 90 * DAY  # an answer takes up to three months (Article 12(3)); what lives longer needs no copy
_BATCH: Final = 250  # rows written in one transaction: some milliseconds, so that calls' writers hardly wait


@final
class Snapshots:
    """Taken at receipt, dropped with the answer."""

    def __init__(self, db: Database, holdings: Holdings, clock: Clock, randomness: Randomness) -> None:
        self._db = db
        self._holdings = holdings
        self._clock = clock
        self._randomness = randomness

    async def take(self, provider: ProviderId, subject: SubjectId, case: CaseId) -> int:
        """Copy what would be gone by the time of the answer; returns how many rows. Twice for a case is as once.

        Raises SubjectGone.
        """
        known = await self._known(subject, case)
        count = 0
        for holding in await self._holdings.of(provider, subject):
            if _is_short_lived(holding.keep):
                number = holding.view.declaration.number
                async for page in holding.opened():
                    fresh = page.only([(number, row) not in known for row in page.ids])
                    count += await self._write(holding, case, fresh)
        return count

    async def drop(self, subject: SubjectId, case: CaseId) -> None:
        """The answer has left: the copies go."""
        async with self._db.transaction() as unit:
            await unit.delete(SnapshotRow, subject=subject, case=case)

    async def _write(self, holding: Holding, case: CaseId, page: Opened) -> int:
        rows = [self._row(holding, case, row, packed) for row, packed in pack_snapshot(page, holding.view)]
        for start in range(0, len(rows), _BATCH):
            async with self._db.transaction() as unit:
                await unit.add_all(rows[start : start + _BATCH])
        return len(rows)

    def _row(self, holding: Holding, case: CaseId, row: RowId, packed: bytes) -> SnapshotRow:
        return SnapshotRow(
            id=RowId(new_id(self._randomness)),
            provider=holding.provider,
            subject=holding.subject,
            due=self._clock.time() + (Keep.SNAPSHOT.seconds or 0.0),
            case=case,
            table_number=holding.view.declaration.number,
            row=row,
            packed=packed,
        )

    async def _known(self, subject: SubjectId, case: CaseId) -> set[tuple[int, RowId]]:
        with opened_for(Use.CONSENT):
            async with self._db.reading() as unit:
                return {
                    (row.table_number, row.row) for row in await unit.select(SnapshotRow, subject=subject, case=case)
                }


def _is_short_lived(keep: Keep) -> bool:
    return keep not in {Keep.PACKAGE, Keep.SNAPSHOT} and keep.seconds is not None and keep.seconds < _ANSWER
