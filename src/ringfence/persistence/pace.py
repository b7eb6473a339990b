"""How many rows one transaction may touch, so that other writers hardly wait, nor a million rows for ever."""

from typing import Final, final

from ringfence.clock import Clock

__all__ = ["Pace"]

_FIRST: Final = 500  # rows: some milliseconds on any machine
_MOST: Final = 8_000
_LONG: Final = 0.030  # seconds that a writer of calls may wait; half of what a call's push can spare
_SHORT: Final = 0.012


@final
class Pace:
    """Learns from the last transaction: twice as many rows while they are quick, half as many when they are slow."""

    __slots__ = ("_began", "_clock", "rows")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began = 0.0
        self.rows = _FIRST
        """How many the next transaction may touch."""

    def begin(self) -> int:
        """A transaction begins; how many rows it may touch."""
        self._began = self._clock.monotonic()
        return self.rows

    def end(self) -> None:
        """It was committed."""
        took = self._clock.monotonic() - self._began
        if took > _LONG:
            self.rows = max(_FIRST, self.rows // 2)
        elif took < _SHORT:
            self.rows = min(_MOST, self.rows * 2)
