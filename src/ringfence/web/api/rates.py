"""How often a source may ask for what could be guessed. Addresses stay in memory, minutes at most, and in no log."""

from typing import final

from ringfence.clock import Clock
from ringfence.errors import PeerFault
from ringfence.web.api.settings import Rate

__all__ = ["RateLimit", "TooManyRequests"]


class TooManyRequests(PeerFault):
    """Too many tries from one place, or of one device; `retry_after` in seconds."""

    code = "too_many_requests"
    http_status = 429


@final
class RateLimit:
    """Token buckets, one a source, kept as the instant at which the bucket is full again."""

    __slots__ = ("_clock", "_full_at", "_most", "_rate")

    def __init__(self, rate: Rate, clock: Clock, *, sources: int) -> None:
        self._rate = rate
        self._clock = clock
        self._most = sources
        self._full_at: dict[str, float] = {}

    def take(self, source: str) -> float:
        """0 if the source may go on, else how many seconds it has to wait; a refused try costs nothing."""
        now = self._clock.monotonic()
        full_at = max(now, self._full_at.pop(source, now)) + self._rate.seconds
        wait = full_at - now - self._rate.burst * self._rate.seconds
        if wait > 0:
            self._full_at[source] = full_at - self._rate.seconds
            return wait
        self._make_room(now)
        self._full_at[source] = full_at
        return 0.0

    def charge(self, source: str) -> None:
        """As `take`; raises TooManyRequests."""
        wait = self.take(source)
        if wait > 0:
            raise TooManyRequests(retry_after=wait)

    def blocked(self, source: str) -> float:
        """As `take`, without taking."""
        full_at = self._full_at.get(source, 0.0) + self._rate.seconds
        return max(0.0, full_at - self._clock.monotonic() - self._rate.burst * self._rate.seconds)

    def _make_room(self, now: float) -> None:
        """Forgets the sources that asked longest ago; those whose bucket is full again need not be remembered."""
        while self._full_at:
            oldest = next(iter(self._full_at))
            if self._full_at[oldest] > now and len(self._full_at) < self._most:
                return
            del self._full_at[oldest]
