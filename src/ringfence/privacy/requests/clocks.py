"""The clocks of one request, out of its own history: nothing is kept but what happened."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, final

from ringfence.privacy.law import Calendar, Deadlines, Pause, deadlines
from ringfence.privacy.requests.kind import Kind
from ringfence.privacy.requests.records import CaseStep
from ringfence.privacy.requests.state import State

__all__ = ["EPOCH", "Clocks", "clocks", "day_number", "instant_of", "pauses"]

EPOCH: Final = dt.date(1970, 1, 1)
_PAUSING: Final = frozenset({State.IDENTIFYING, State.CLARIFYING})


@final
@dataclass(frozen=True, slots=True)
class Clocks:
    """All days are local to the provider's country.

    legal: the last day that the law gives; for a complaint, its own 45 days.
    promised: what people are told; never moved by a pause.
    send_by: the day on which the answer leaves at the latest.
    extend_by: the last day for announcing an extension.
    """

    received: dt.date
    legal: dt.date
    promised: dt.date
    send_by: dt.date
    extend_by: dt.date
    paused: bool
    extended: bool


def clocks(calendar: Calendar, kind: Kind, received: dt.date, paused: Sequence[Pause], *, extended: bool) -> Clocks:
    """As the law counts them (`privacy.law.deadlines`). An extension moves the legal day alone."""
    found: Deadlines = deadlines(calendar, received, extended=extended, paused=paused, complaint=kind is Kind.COMPLAINT)
    return Clocks(
        received=received,
        legal=found.complaint or found.legal,
        promised=found.promised,
        send_by=found.send_by,
        extend_by=found.extend_by,
        paused=found.paused,
        extended=extended,
    )


def pauses(calendar: Calendar, steps: Iterable[CaseStep]) -> tuple[Pause, ...]:
    """From each day on which something was asked of the person to the day on which it came."""
    return tuple(_pauses(calendar, sorted(steps, key=lambda step: step.number)))


def _pauses(calendar: Calendar, steps: Iterable[CaseStep]) -> Iterator[Pause]:
    since: dt.date | None = None
    for step in steps:
        pausing = step.state in _PAUSING
        if pausing and since is None:
            since = calendar.day_of(step.at)
        elif since is not None and not pausing:
            yield since, calendar.day_of(step.at)
            since = None
    if since is not None:
        yield since, None


def day_number(day: dt.date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


def instant_of(day: dt.date) -> float:
    """The day's first instant in UTC, as columns hold days."""
    return day_number(day) * 86_400.0
