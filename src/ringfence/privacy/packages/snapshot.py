"""Short-lived rows, copied when their person asks for a copy of their data, so that no sweep beats the answer.

A missed call lives seven days, an answer may take a month: without this, what was there when the person asked would
never be answered. The copies are sealed under the person's own key for packages, and end with the answer, at the latest
after 30 days. They are told among the rows of their own tables (`Holding.opened`).
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
                async for page in holding.opened():
                    fresh = [each for each in page if (holding.view.declaration.number, each.row) not in known]
                    count += await self._write(holding, case, fresh)
        return count

    async def drop(self, subject: SubjectId, case: CaseId) -> None:
        """The answer has left: the copies go."""
        async with self._db.transaction() as unit:
            await unit.delete(SnapshotRow, subject=subject, case=case)

    async def _write(self, holding: Holding, case: CaseId, page: list[Opened]) -> int:
        for start in range(0, len(page), _BATCH):
            rows = [self._row(holding, case, each) for each in page[start : start + _BATCH]]
            async with self._db.transaction() as unit:
                await unit.add_all(rows)
        return len(page)

    def _row(self, holding: Holding, case: CaseId, taken: Opened) -> SnapshotRow:
        return SnapshotRow(
            id=RowId(new_id(self._randomness)),
            provider=holding.provider,
            subject=holding.subject,
            due=self._clock.time() + (Keep.PACKAGE.seconds or 0.0),
            case=case,
            table_number=holding.view.declaration.number,
            row=taken.row,
            packed=pack_snapshot(taken, holding.view),
        )

    async def _known(self, subject: SubjectId, case: CaseId) -> set[tuple[int, RowId]]:
        with opened_for(Use.CONSENT):
            async with self._db.reading() as unit:
                return {
                    (row.table_number, row.row) for row in await unit.select(SnapshotRow, subject=subject, case=case)
                }


def _is_short_lived(keep: Keep) -> bool:
    return keep is not Keep.PACKAGE and keep.seconds is not None and keep.seconds < _ANSWER
