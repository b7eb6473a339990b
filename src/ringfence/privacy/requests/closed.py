"""What was answered or ended, by its outlines: also of people who are gone, of whom nothing else is left."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, final

import sqlalchemy as sa

from ringfence.identifiers import CaseId, ProviderId, SubjectId
from ringfence.privacy.requests.clocks import EPOCH, day_number
from ringfence.privacy.requests.desk import Desk
from ringfence.privacy.requests.kind import Channel, Kind, Outcome
from ringfence.privacy.requests.records import Case, CaseOutline

__all__ = ["ClosedCase", "closed_of"]


@final
@dataclass(frozen=True, slots=True)
class ClosedCase:
    """A line that names nobody."""

    id: CaseId
    kind: Kind
    channel: Channel
    received: dt.date
    ended: dt.date
    outcome: Outcome
    late: bool
    """It ended after the day that was promised."""
    gone: bool
    """Its person is erased, or what a law keeps of them is shut away: the outline is all there is to see."""


async def closed_of(
    desk: Desk, provider: ProviderId, *, year: int | None, kind: Kind | None, case: CaseId | None, limit: int
) -> list[ClosedCase]:
    """As `Requests.closed`."""
    outlines, cases = CaseOutline.declaration.table, Case.declaration.table
    chosen = (
        sa.select(outlines, cases.c.subject)
        .select_from(outlines.outerjoin(cases, outlines.c.id == cases.c.id))
        .where(outlines.c.provider == provider, outlines.c.answered.is_not(None), outlines.c.outcome.is_not(None))
    )
    if year is not None:
        first, last = (day_number(dt.date(year, month, day)) for month, day in ((1, 1), (12, 31)))
        chosen = chosen.where(outlines.c.received.between(first, last))
    if kind is not None:
        chosen = chosen.where(outlines.c.right == kind.value)
    if case is not None:
        chosen = chosen.where(outlines.c.id == case)
    async with desk.db.reading() as unit:
        newest = chosen.order_by(outlines.c.answered.desc(), outlines.c.id).limit(limit)
        rows = (await unit.execute(newest)).all()
    return [_line(desk, row) for row in rows]


def _line(desk: Desk, row: sa.Row[Any]) -> ClosedCase:
    return ClosedCase(
        id=CaseId(row.id),
        kind=Kind(row.right),
        channel=Channel(row.channel),
        received=_day(row.received),
        ended=_day(row.answered),
        outcome=Outcome(row.outcome),
        late=row.answered > row.promised,
        gone=desk.has_gone(None if row.subject is None else SubjectId(row.subject)),
    )


def _day(number: int) -> dt.date:
    return EPOCH + dt.timedelta(days=number)
