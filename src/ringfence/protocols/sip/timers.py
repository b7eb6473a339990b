"""The timers of RFC 3261 (table 4) and RFC 6026, and the one queue that they all wait in."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Generic, Protocol, TypeVar

__all__ = ["NEVER", "Agenda", "Timed", "Timers"]

NEVER = float("inf")
_FEW = 256  # so many dead entries are cheaper to keep than to sort out


@dataclass(frozen=True, slots=True)
class Timers:
    """Seconds. The names of the derived ones are the letters of RFC 3261 table 4 and RFC 6026 section 8.

    A and E start at T1; G starts at T1 and is capped by T2, as E is; K and I last T4 on UDP and nothing on a transport
    that repeats by itself. Timer C belongs to the proxy (section 16.6 step 11), not to a transaction.
    """

    t1: float = 0.5  # estimate of a round trip; section 17.1.1.1 allows more on slow links, less only on closed ones
    t2: float = 4.0  # longest pause between two copies of a non-INVITE request or of an INVITE's final response
    t4: float = 5.0  # how long a message may live in the network

    @property
    def patience(self) -> float:
        """64*T1: timers B, D, F, H, J, L and M."""
        return 64 * self.t1


class Timed(Protocol):
    """Something that waits. Both fields are the agenda's: `due` may be read, neither may be set outside."""

    due: float
    queued: float

    def fire(self, now: float) -> None:
        """Its time has come; it may ask for another one."""
        ...


T = TypeVar("T", bound=Timed)


class Agenda(Generic[T]):
    """Who is due when: one heap with lazy deletion, O(log n) an appointment.

    Each thing has one appointment at most. Moving it later costs nothing until the earlier entry surfaces, which is the
    usual case (a response arrives and the next retransmission becomes a longer wait). Entries of things that have
    ended are dropped when they surface, or all at once when they are the greater part, so that memory follows what
    lives and not what has been.
    """

    __slots__ = ("_dead", "_heap", "_order")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, T]] = []
        self._order = count()
        self._dead = 0

    def __len__(self) -> int:
        """Entries held, dead ones included."""
        return len(self._heap)

    def set(self, thing: T, due: float) -> None:
        """Make `due` the one appointment of `thing`; NEVER for none."""
        thing.due = due
        if due < thing.queued:
            if thing.queued != NEVER:
                self._dead += 1
            thing.queued = due
            heapq.heappush(self._heap, (due, next(self._order), thing))

    def drop(self, thing: T) -> None:
        """Forget `thing`, which has ended."""
        thing.due = NEVER
        if thing.queued != NEVER:
            thing.queued = NEVER
            self._dead += 1
            if self._dead > _FEW and self._dead * 2 > len(self._heap):
                self._compact()

    def next(self) -> float | None:
        """When to call `due` again; None where nothing waits."""
        self._surface()
        return self._heap[0][0] if self._heap else None

    def due(self, now: float) -> Iterator[T]:
        """Each thing whose time has come, once, in order of time; those set to `now` or before meanwhile as well."""
        while True:
            self._surface()
            if not self._heap or self._heap[0][0] > now:
                return
            thing = heapq.heappop(self._heap)[2]
            thing.due = thing.queued = NEVER
            yield thing

    def _surface(self) -> None:
        """Bring a true appointment to the top: dead entries go, moved ones go to where they belong."""
        heap = self._heap
        while heap:
            when, _, thing = heap[0]
            if when != thing.queued:
                heapq.heappop(heap)
                self._dead -= 1
            elif thing.due == NEVER:
                heapq.heappop(heap)
                thing.queued = NEVER
            elif thing.due > when:
                self._move(thing)
            else:
                return

    def _move(self, thing: T) -> None:
        """Put the topmost where it belongs by now."""
        thing.queued = thing.due
        heapq.heapreplace(self._heap, (thing.due, next(self._order), thing))

    def _compact(self) -> None:
        self._heap = [entry for entry in self._heap if entry[0] == entry[2].queued]
        heapq.heapify(self._heap)
        self._dead = 0
