"""At most so many requests a second, whatever happens."""

from typing import final

__all__ = ["Pace"]

_BURST = 0.05  # seconds' worth of requests that may leave at once: the loop's timers are no finer

_ROUNDING = 1e-6  # of a request: else a bucket that is full but for a rounding error is asked again at the same instant


@final
class Pace:
    """A bucket that fills at `rate` a second. It may go into debt: what must be sent now is paid for later."""

    __slots__ = ("_at", "_filled", "_most", "rate")

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._most = max(1.0, rate * _BURST)
        self._filled = self._most
        self._at = 0.0

    def take(self, now: float, cost: float = 1.0) -> bool:
        """True, and paid for, where there is at least one; the rest may be debt."""
        self._fill(now)
        if self._filled < 1.0 - _ROUNDING:
            return False
        self._filled -= cost
        return True

    def charge(self, cost: float = 1.0) -> None:
        """Pay for what was sent anyway."""
        self._filled -= cost

    def ready_at(self, now: float) -> float:
        """When to `take` again: at half a bucket, so that a fast line does not wake up for each request."""
        self._fill(now)
        return now + max(0.0, max(1.0, self._most / 2) - self._filled) / self.rate

    def _fill(self, now: float) -> None:
        if now > self._at:
            self._filled = min(self._most, self._filled + (now - self._at) * self.rate)
            self._at = now
