"""One timer of the loop, moved about."""

from collections.abc import Callable
from typing import Protocol, final

from ringfence.clock import Clock

__all__ = ["Alarm", "Cancellable", "Scheduler"]


class Cancellable(Protocol):
    def cancel(self) -> None: ...


class Scheduler(Protocol):
    """What we use of an asyncio loop."""

    def call_later(self, delay: float, callback: Callable[[], None], /) -> Cancellable:
        """Call back once, `delay` seconds from now, in the loop's own turn."""
        ...


@final
class Alarm:
    """Rings at the time it was last set to, or at an earlier one: whoever is rung looks for what is due and sets anew.

    Setting it later is free, which is the usual case (each answer moves a deadline away); only earlier costs a timer.
    """

    __slots__ = ("_callback", "_clock", "_due", "_handle", "_scheduler")

    def __init__(self, scheduler: Scheduler, clock: Clock, callback: Callable[[], None]) -> None:
        self._scheduler = scheduler
        self._clock = clock
        self._callback = callback
        self._handle: Cancellable | None = None
        self._due = float("inf")

    def set(self, due: float | None) -> None:
        """`due` in monotonic seconds; None where nothing waits."""
        if due is None or due >= self._due:
            return
        if self._handle is not None:
            self._handle.cancel()
        self._due = due
        self._handle = self._scheduler.call_later(max(0.0, due - self._clock.monotonic()), self._ring)

    def stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._handle = None
        self._due = float("inf")

    def _ring(self) -> None:
        self._handle = None
        self._due = float("inf")
        self._callback()
