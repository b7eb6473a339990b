"""The appointments of held calls and relayed requests: one agenda, one timer of the loop."""

from collections import deque
from collections.abc import Callable
from typing import Protocol, final

from ringfence.clock import Clock
from ringfence.gateway.alarm import Alarm, Scheduler
from ringfence.protocols.sip.timers import Agenda

__all__ = ["Appointment", "Timetable"]


class Appointment(Protocol):
    """Whatever waits; the two fields are the agenda's and start at `NEVER`."""

    due: float
    queued: float

    def fire(self, now: float) -> None:
        """Its time has come; monotonic seconds."""
        ...


@final
class Timetable:
    """Who is to be woken when; each has one appointment at most."""

    def __init__(self, scheduler: Scheduler, clock: Clock) -> None:
        self._clock = clock
        self._agenda: Agenda[Appointment] = Agenda()
        self._alarm = Alarm(scheduler, clock, self.tick)
        self._soon: deque[Callable[[], None]] = deque()

    def set(self, thing: Appointment, due: float) -> None:
        """Make `due` (monotonic seconds) its one appointment."""
        self._agenda.set(thing, due)
        self._alarm.set(self._agenda.next())

    def drop(self, thing: Appointment) -> None:
        self._agenda.drop(thing)

    def soon(self, errand: Callable[[], None]) -> None:
        """Run it in the loop's next turn, after whatever is being answered now."""
        self._soon.append(errand)
        self._alarm.set(self.now())

    def now(self) -> float:
        """Monotonic seconds."""
        return self._clock.monotonic()

    def tick(self) -> None:
        """Do what is due; the alarm calls it."""
        while self._soon:
            self._soon.popleft()()
        now = self._clock.monotonic()
        for thing in self._agenda.due(now):
            thing.fire(now)
        self._alarm.set(self._agenda.next())

    def close(self) -> None:
        self._alarm.stop()
