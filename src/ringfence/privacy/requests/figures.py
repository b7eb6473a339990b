"""The yearly figures: how many of each kind, how fast, and which were late. They count outlines, and name nobody."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import final

import sqlalchemy as sa

from ringfence.identifiers import ProviderId
from ringfence.privacy.requests.clocks import day_number
from ringfence.privacy.requests.desk import Desk
from ringfence.privacy.requests.kind import Kind, Outcome
from ringfence.privacy.requests.records import CaseOutline

__all__ = ["Figures", "KindFigures", "figures_of"]


@final
@dataclass(frozen=True, slots=True)
class KindFigures:
    """Of one kind, by the year in which they came."""

    received: int
    open: int
    granted: int
    partly: int
    refused: int
    taken_back: int
    not_requests: int
    overtaken: int
    """Their person went before the answer."""
    automatic: int
    extended: int
    interim: int
    """Got only an interim answer by the promised day."""
    marked: int
    late_by_promise: int
    late_by_law: int
    median_days: float | None
    """From receipt to the answer; None while none left."""


@final
@dataclass(frozen=True, slots=True)
class Figures:
    """Of one provider and year."""

    year: int
    kinds: dict[Kind, KindFigures]


async def figures_of(desk: Desk, provider: ProviderId, year: int) -> Figures:
    """Also of people who are gone by now: what is counted is left of them on purpose, and leads to nobody."""
    columns = CaseOutline.declaration.table.c
    first, last = (day_number(dt.date(year, month, day)) for month, day in ((1, 1), (12, 31)))
    chosen = sa.select(CaseOutline.declaration.table).where(
        columns.provider == provider, columns.received.between(first, last)
    )
    async with desk.db.reading() as unit:
        rows = (await unit.execute(chosen)).all()
    today = day_number(desk.today(provider))
    kinds = {kind: [row for row in rows if row.right == kind.value] for kind in Kind}
    return Figures(year, {kind: _count(found, today) for kind, found in kinds.items() if found})


def _count(rows: Sequence[sa.Row[tuple[object, ...]]], today: int) -> KindFigures:
    outcomes = [row.outcome for row in rows]
    answered = [row for row in rows if row.outcome in {Outcome.GRANTED, Outcome.PARTLY, Outcome.REFUSED}]
    owed = [row for row in rows if row.outcome not in {Outcome.TAKEN_BACK, Outcome.NOT_A_REQUEST}]
    return KindFigures(
        received=len(rows),
        open=outcomes.count(None),
        granted=outcomes.count(Outcome.GRANTED),
        partly=outcomes.count(Outcome.PARTLY),
        refused=outcomes.count(Outcome.REFUSED),
        taken_back=outcomes.count(Outcome.TAKEN_BACK),
        not_requests=outcomes.count(Outcome.NOT_A_REQUEST),
        overtaken=outcomes.count(Outcome.OVERTAKEN),
        automatic=_how_many(row.automatic for row in rows),
        extended=_how_many(row.extended for row in rows),
        interim=_how_many(row.interim for row in rows),
        marked=_how_many(row.mark is not None for row in rows),
        late_by_promise=_how_many(_end(row.answered, today) > row.promised for row in owed),
        late_by_law=_how_many(_end(row.answered, today) > row.legal for row in owed),
        median_days=median(row.answered - row.received for row in answered) if answered else None,
    )


def _end(answered: int | None, today: int) -> int:
    """What is still open counts as late from the day on which it is."""
    return today if answered is None else answered


def _how_many(facts: Iterable[bool]) -> int:
    return sum(map(bool, facts))
