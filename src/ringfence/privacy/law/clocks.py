"""When an answer is due: by law, by promise, and on which day it must leave."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

from ringfence.privacy.law.calendar import Calendar

__all__ = ["Deadlines", "Pause", "deadlines"]

# From the day on which something was asked of the person to the day it came; None while it has not come.
Pause = tuple[dt.date, dt.date | None]


@final
@dataclass(frozen=True, slots=True)
class Deadlines:
    """All days are local days of the provider's country, and each is the last one on which it can be done.

    legal: the law's own date, with pauses and an extension. While a pause is open it is the earliest that date can be.
    promised: what people were told, 30 days or one month, whichever is sooner; nothing moves it.
    send_by: the answer leaves on that day at the latest (day 29), also if it is no working day.
    extend_by: an extension must have been told, with reasons, by then.
    complaint: a complaint's own last day; None for everything else.
    paused: a pause is open.
    """

    legal: dt.date
    promised: dt.date
    send_by: dt.date
    extend_by: dt.date
    complaint: dt.date | None = None
    paused: bool = False


def deadlines(
    calendar: Calendar,
    received: dt.date,
    *,
    extended: bool = False,
    paused: Sequence[Pause] = (),
    complaint: bool = False,
) -> Deadlines:
    """The clocks of a request received on that local day (`Calendar.day_of`).

    An extension counts on the original receipt, not on the first due date. A follow-up (correct this, erase that, once
    the answer is there) is a request of its own: call this with the day on which it came.
    """
    first = _first(calendar, received)
    promised = min(first, _end(calendar, received, "promised_days"), _end(calendar, received, "promised_months"))
    return Deadlines(
        legal=_legal(calendar, received, extended, paused),
        promised=promised,
        send_by=min(promised, _end(calendar, received, "sending")),
        extend_by=first,
        complaint=_end(calendar, received, "complaint") if complaint else None,
        paused=any(answered is None for _, answered in paused),
    )


def _first(calendar: Calendar, received: dt.date) -> dt.date:
    return _end(calendar, received, "answer")


def _end(calendar: Calendar, received: dt.date, name: str) -> dt.date:
    term = calendar.term(name, received)
    return calendar.after(received, term.number, term.unit)


def _legal(calendar: Calendar, received: dt.date, extended: bool, pauses: Sequence[Pause]) -> dt.date:
    answer = calendar.term("answer", received)
    number = answer.number + (calendar.term("extension", received).number if extended else 0)
    due = calendar.after(received, number, answer.unit)
    for asked, answered in _apart(received, pauses):
        if asked <= _rolled(calendar, due, answer.rolls):
            due += answered - asked
    return _rolled(calendar, due, answer.rolls)


def _rolled(calendar: Calendar, due: dt.date, rolls: bool) -> dt.date:
    return calendar.working(due) if rolls else due


def _apart(received: dt.date, pauses: Sequence[Pause]) -> Iterator[tuple[dt.date, dt.date]]:
    """The pauses that are over, in order, cut where they overlap: no day is counted twice, none before the receipt."""
    last = received
    for asked, answered in sorted((asked, answered) for asked, answered in pauses if answered is not None):
        if answered > last:
            yield max(asked, last), answered
            last = answered
