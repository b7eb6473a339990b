"""An agenda for a hundred thousand things that are due in the hour to come.

    set --> due soon: Agenda (a heap, an entry of 0.1 kB each)
        '-> due later: a page (a list, 8 bytes each) --its time begins--> Agenda

Nothing fires later or in another order for it: a page is taken into the agenda before the first of its things is due.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterator
from typing import Final, TypeVar, final

from ringfence.protocols.sip.timers import NEVER, Agenda, Timed

__all__ = ["Calendar"]

_PAGE: Final = 8.0  # seconds; a power of two, so that page numbers are exact
_FEW: Final = 256  # so many void places are cheaper to keep than to sort out

T = TypeVar("T", bound=Timed)


@final
class Calendar(Agenda[T]):
    """Pages from `_soon` on are closed: what is due before lies in the agenda."""

    __slots__ = ("_numbers", "_on_pages", "_pages", "_soon", "_void")

    def __init__(self) -> None:
        super().__init__()
        self._soon = 0.0
        self._pages: defaultdict[int, list[T]] = defaultdict(list)
        self._numbers: list[int] = []
        """Of the pages, as a heap."""
        self._on_pages = 0
        self._void = 0
        """Places on pages whose thing has moved or ended."""

    def __len__(self) -> int:
        return super().__len__() + self._on_pages

    def set(self, thing: T, due: float) -> None:
        if due < thing.queued and self._is_on_page(thing):
            self._leave(thing)
        if self._soon <= due < thing.queued:
            thing.due = thing.queued = due
            self._write(thing)
        else:
            super().set(thing, due)

    def drop(self, thing: T) -> None:
        if self._is_on_page(thing):
            thing.due = NEVER
            self._leave(thing)
            if self._void > _FEW and self._void * 2 > self._on_pages:
                self._rewrite()
        else:
            super().drop(thing)

    def next(self) -> float | None:
        """When to call `due` again: a thing's time, or that of a page to be taken in."""
        first = super().next()
        if not self._numbers:
            return first
        page = self._numbers[0] * _PAGE
        return page if first is None else min(first, page)

    def due(self, now: float) -> Iterator[T]:
        self._soon = (now // _PAGE + 1) * _PAGE
        while self._numbers and self._numbers[0] * _PAGE <= now:
            self._take_in(heapq.heappop(self._numbers))
        return super().due(now)

    def _move(self, thing: T) -> None:
        heapq.heappop(self._heap)
        thing.queued = NEVER
        self.set(thing, thing.due)

    def _is_on_page(self, thing: T) -> bool:
        return self._soon <= thing.queued < NEVER

    def _write(self, thing: T) -> None:
        number = int(thing.queued // _PAGE)
        if number not in self._pages:
            heapq.heappush(self._numbers, number)
        self._pages[number].append(thing)
        self._on_pages += 1

    def _leave(self, thing: T) -> None:
        thing.queued = NEVER
        self._void += 1

    def _take_in(self, number: int) -> None:
        for thing in self._off(number):
            thing.queued = NEVER
            self.set(thing, thing.due)

    def _off(self, number: int) -> list[T]:
        """Whatever is still due on this page, which goes; a thing that came back to it is there twice."""
        page = self._pages.pop(number)
        kept = [thing for thing in dict.fromkeys(page) if thing.queued // _PAGE == number]
        self._on_pages -= len(page)
        self._void -= len(page) - len(kept)
        return kept

    def _rewrite(self) -> None:
        """Let go of what has ended, so that memory follows what lives."""
        numbers, self._numbers = self._numbers, []
        for thing in [thing for number in numbers for thing in self._off(number)]:
            self._write(thing)
