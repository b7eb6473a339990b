"""How many failures are allowed: of wrong digests that a PBX may see from us, of guesses at a password or PIN."""

from collections import deque
from collections.abc import Hashable
from typing import final

__all__ = ["FailureCaps"]

_REMEMBERED = 10_000  # keys; whoever fails most recently is kept. `altogether` below it: nobody is forgotten too soon


@final
class FailureCaps:
    """Failures within a sliding window, per key and altogether. `now` is monotonic, in seconds.

    A try is counted when it is made and given back when it succeeds, so that tries under way at the same time can't
    pass the cap together.
    """

    __slots__ = ("_all", "_by_key", "_most_all", "_most_each", "_window")

    def __init__(self, each: int, altogether: int, window: float) -> None:
        self._most_each = each
        self._most_all = altogether
        self._window = window
        self._all: deque[float] = deque()
        self._by_key: dict[Hashable, deque[float]] = {}

    def allows(self, key: Hashable, now: float) -> bool:
        """Whether one more failure of this key would stay within both caps."""
        return self.wait(key, now) <= 0.0

    def wait(self, key: Hashable, now: float) -> float:
        """Seconds until one more is allowed; 0 where it is."""
        self._forget(key, now)
        own = self._by_key.get(key)
        waits = [0.0]
        if len(self._all) >= self._most_all:
            waits.append(self._all[0] + self._window - now)
        if own and len(own) >= self._most_each:
            waits.append(own[0] + self._window - now)
        return max(waits)

    def room(self, now: float) -> int:
        """How many more failures there may be altogether."""
        self._forget(None, now)
        return self._most_all - len(self._all)

    def count(self, key: Hashable, now: float) -> float:
        """Count a try; returns its mark for `forgive`."""
        self._all.append(now)
        own = self._by_key.pop(key, None) or deque()
        own.append(now)
        self._by_key[key] = own
        if len(self._by_key) > _REMEMBERED:
            del self._by_key[next(iter(self._by_key))]
        return now

    def forgive(self, key: Hashable, mark: float) -> None:
        """The try was right after all."""
        own = self._by_key.get(key)
        if own is not None and mark in own:
            own.remove(mark)
            if not own:
                del self._by_key[key]
        if mark in self._all:
            self._all.remove(mark)

    def _forget(self, key: Hashable, now: float) -> None:
        oldest = now - self._window
        while self._all and self._all[0] <= oldest:
            self._all.popleft()
        own = self._by_key.get(key)
        while own and own[0] <= oldest:
            own.popleft()
        while self._by_key:
            longest_silent, marks = next(iter(self._by_key.items()))
            if marks and marks[-1] > oldest:
                return
            del self._by_key[longest_silent]
