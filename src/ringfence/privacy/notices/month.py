"""A month ahead: the time that people have between being told of a change and its holding for them."""

import datetime as dt
from typing import Final

from dateutil.relativedelta import relativedelta

from ringfence.clock import day_of

__all__ = ["month_after"]

_MONTH: Final = relativedelta(months=1)


def month_after(instant: float) -> float:
    """The instant (epoch seconds) at which a whole month has passed since the day (UTC) of `instant`.

    The day itself is not counted, and the month ends with its last hour (Regulation 1182/71 Article 3(1) and (2));
    where the target month has no such day, with its last day. So whoever is told on 31 January has time until 1 March,
    00:00.
    """
    end = day_of(instant) + _MONTH + dt.timedelta(days=1)
    return dt.datetime(end.year, end.month, end.day, tzinfo=dt.UTC).timestamp()
