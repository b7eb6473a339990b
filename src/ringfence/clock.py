"""The time of day and the passing of time, as arguments.

Nothing else in Ringfence reads a clock: what is due is computed from a `Clock` that the caller hands in, so that a test
can walk through months in a moment.
"""

import datetime as dt
import time
from typing import Final, Protocol, final

__all__ = ["DAY", "HOUR", "Clock", "ManualClock", "SystemClock", "day_of"]

HOUR: Final = 3_600.0  # seconds
DAY: Final = 24 * HOUR


class Clock(Protocol):
    """Two readings: wall time for what is promised in dates, monotonic time for timers."""

    def time(self) -> float:
        """Seconds since 1970-01-01T00:00Z; may jump when the machine's clock is set."""
        ...

    def monotonic(self) -> float:
        """Seconds since an arbitrary start; never goes back."""
        ...


def day_of(instant: float) -> dt.date:
    """The calendar day (UTC) of an instant in epoch seconds."""
    return dt.datetime.fromtimestamp(instant, dt.UTC).date()


@final
class SystemClock:
    """The machine's own clocks."""

    __slots__ = ()

    def time(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()


@final
class ManualClock:
    """A clock that stands still until told otherwise; both readings move together."""

    __slots__ = ("_monotonic", "_time")

    def __init__(self, start: float = 1_800_000_000.0) -> None:
        self._time = start
        self._monotonic = 0.0

    def time(self) -> float:
        return self._time

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Move both readings forward by `seconds` (>= 0)."""
        if seconds < 0:
            raise ValueError(seconds)
        self._time += seconds
        self._monotonic += seconds
