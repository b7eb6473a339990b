"""How many rows one transaction may touch, so that other writers hardly wait, nor a million rows for ever."""

from typing import Final, final

from ringfence.clock import Clock

__all__ = ["Pace"]

_LONG: Final = 0.300  # seconds that another writer of SQLite may wait; a call itself never waits for the database
_SHORT: Final = 0.150
_SQLITE: Final = (4_000, 16_000, 32_000)  # rows: at least, at first, at most
_POSTGRESQL: Final = (100_000, 100_000, 200_000)


@final
class Pace:
    """Learns from the last transaction: twice as many rows while they are quick, half as many when they are slow.

    On SQLite every writer waits for the one at work. Ids are random, so whatever is deleted lies all over the index by
    id: most of it is written once in a transaction, however few rows that touches. On PostgreSQL none waits for rows of
    others, and many small deletions in a row step over one another's dead rows. So it takes many at once.
    """

    __slots__ = ("_began", "_clock", "_least", "_most", "rows")

    def __init__(self, clock: Clock, dialect: str) -> None:
        self._clock = clock
        self._began = 0.0
        bounds = _POSTGRESQL if dialect == "postgresql" else _SQLITE
        self._least, self.rows, self._most = bounds
        """How many the next transaction may touch."""

    def begin(self) -> int:
        """A transaction holds its locks now, so that waiting for others' does not count; how many rows it may touch."""
        self._began = self._clock.monotonic()
        return self.rows

    def end(self) -> None:
        """It was committed."""
        took = self._clock.monotonic() - self._began
        if took > _LONG:
            self.rows = max(self._least, self.rows // 2)
        elif took < _SHORT:
            self.rows = min(self._most, self.rows * 2)
