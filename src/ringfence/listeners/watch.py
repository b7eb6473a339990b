"""Deadlines of connections: silent ones, slow ones, strangers', forgotten ones. One timer for all."""

import asyncio
from collections import OrderedDict
from itertools import takewhile
from typing import Protocol, final

from ringfence.clock import Clock
from ringfence.listeners.settings import StreamSettings

__all__ = ["Watch", "Watched"]

_ROUND = 1.0  # seconds between two looks: deadlines are of the order of ten seconds


class Watched(Protocol):
    def abort(self) -> None: ...

    def is_known(self) -> bool:
        """Whether somebody whom we serve has spoken on it."""
        ...


@final
class Watch:
    """Cuts off who keeps us waiting.

    Idle waits are equally long, and so are those for somebody known: such a queue is in order of its ends and is looked
    at only as far as needed. Few connections are incomplete at any time.
    """

    def __init__(self, settings: StreamSettings, clock: Clock) -> None:
        self.settings = settings
        self._clock = clock
        self._incomplete: dict[Watched, float] = {}
        self._unproved: OrderedDict[Watched, float] = OrderedDict()
        self._idle: OrderedDict[Watched, float] = OrderedDict()
        self._timer: asyncio.TimerHandle | None = None
        self.cut = 0
        """Connections cut off so far."""

    def start(self) -> None:
        """Look once a second from now on; needs a running loop."""
        self._timer = asyncio.get_running_loop().call_later(_ROUND, self._round)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def opened(self, connection: Watched) -> None:
        """It has `first_message_timeout` to send its first whole message, and `stranger_timeout` to be known."""
        now = self._clock.monotonic()
        self._incomplete[connection] = now + self.settings.first_message_timeout
        self._unproved[connection] = now + self.settings.stranger_timeout
        self._idle[connection] = now + self.settings.idle_timeout

    def heard(self, connection: Watched) -> None:
        """Bytes came."""
        self._idle[connection] = self._clock.monotonic() + self.settings.idle_timeout
        self._idle.move_to_end(connection)

    def settled(self, connection: Watched, *, whole: bool, partial: bool) -> None:
        """All that came is handed on; `whole`: a message was in it; `partial`: the beginning of one is left.

        A partial message has `message_timeout` from its first byte: more bytes do not wind it up again, nor do
        keep-alives stand for a first message.
        """
        if whole:
            self._incomplete.pop(connection, None)
        if partial and connection not in self._incomplete:
            self._incomplete[connection] = self._clock.monotonic() + self.settings.message_timeout

    def closed(self, connection: Watched) -> None:
        self._incomplete.pop(connection, None)
        self._unproved.pop(connection, None)
        self._idle.pop(connection, None)

    def look(self) -> None:
        """Cut off every connection whose deadline has passed."""
        now = self._clock.monotonic()
        late = [connection for connection, deadline in self._incomplete.items() if deadline <= now]
        late += _due(self._idle, now)
        for connection in _due(self._unproved, now):
            del self._unproved[connection]  # looked at once: who was known then is no stranger any more
            if not connection.is_known():
                late.append(connection)
        for connection in dict.fromkeys(late):
            self.closed(connection)
            self.cut += 1
            connection.abort()

    def _round(self) -> None:
        self.look()
        self.start()


def _due(queue: OrderedDict[Watched, float], now: float) -> list[Watched]:
    return [connection for connection, _ in takewhile(lambda entry: entry[1] <= now, queue.items())]
