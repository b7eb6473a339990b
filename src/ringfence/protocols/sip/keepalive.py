"""Keep-alives on connections (RFC 5626 sections 4.4.1, 4.5 and 5.4): when to ping, when a flow is dead, when to retry.

    our end asks:   Pinger.tick() --PING--> peer --PONG--> Pinger.pong()
    our end is asked: `framing.Stream` tells a Ping, the listener sends PONG and notes when it heard the flow last

What we know of the other end is when we last heard it say something *itself*. That a TCP connection accepts our bytes
proves nothing: the kernel of a sleeping phone does that too.
"""

import enum

from ringfence.protocols.sip.chance import Chance, fraction
from ringfence.protocols.sip.message import Response
from ringfence.protocols.sip.timers import NEVER

__all__ = ["AWAKE", "PING", "PONG", "Pinger", "Step", "flow_timer_of", "is_awake", "is_dead", "recovery_delay"]

PING = b"\r\n\r\n"
PONG = b"\r\n"

AWAKE = 5.0  # seconds since the last sign of life for which a push is not needed; a phone suspends within some more
_PONG_WAIT = 10.0  # section 4.4.1
_EVERY = (95.0, 120.0)  # section 4.4.1, without Flow-Timer: below the usual 2 minutes of NATs
_SHARE = (0.8, 1.0)  # section 4.4.1, of Flow-Timer
_GRACE = 10.0  # section 5.4 leaves "a few seconds" to us: as long as the peer waits for a pong
_RETRY, _RETRY_MOST = 30.0, 1800.0  # section 4.5: base-time when every flow has failed, and max-time


def is_awake(heard_at: float, now: float, within: float = AWAKE) -> bool:
    """True where the peer has given a sign of life in the last `within` seconds."""
    return now - heard_at <= within


def is_dead(heard_at: float, now: float, flow_timer: float) -> bool:
    """True where a peer that was told `flow_timer` seconds has missed its turn (section 5.4)."""
    return now - heard_at > flow_timer + _GRACE


def flow_timer_of(response: Response) -> float | None:
    """Seconds of Flow-Timer in a registrar's 2xx; None where there is none that makes sense."""
    value = response.get(b"flow-timer")
    if value is None or not value.isdigit() or len(value) > 6 or int(value) == 0:
        return None
    return float(int(value))


def recovery_delay(failures: int, chance: Chance) -> float:
    """Seconds to wait before opening a flow again after so many failures in a row, at least 1 (section 4.5).

    Half of it to all of it is left to chance, so that the clients of a registrar that restarts don't all come at once.
    """
    longest = min(_RETRY_MOST, _RETRY * (1 << min(failures, 16)))
    return longest * (0.5 + fraction(chance) / 2)


class Step(enum.Enum):
    """What a tick asks for."""

    NOTHING = "it was not time yet"
    PING = "send PING"
    DEAD = "no pong came in time: close the flow"


class Pinger:
    """Our turn to keep one connection alive. `due` is when to call `tick` next, NEVER once it is dead."""

    __slots__ = ("_chance", "_least", "_span", "_waiting", "due")

    def __init__(self, now: float, chance: Chance, flow_timer: float | None = None) -> None:
        least, most = _EVERY if flow_timer is None else (_SHARE[0] * flow_timer, _SHARE[1] * flow_timer)
        self._chance = chance
        self._least = least
        self._span = most - least
        self._waiting = False
        self.due = NEVER
        self._rest(now)

    def tick(self, now: float) -> Step:
        if now < self.due:
            return Step.NOTHING
        if self._waiting:
            self.due = NEVER
            return Step.DEAD
        self._waiting = True
        self.due = now + _PONG_WAIT
        return Step.PING

    def pong(self, now: float) -> None:
        """The peer answered; an answer that nobody asked for changes nothing."""
        if self._waiting and self.due != NEVER:
            self._waiting = False
            self._rest(now)

    def _rest(self, now: float) -> None:
        self.due = now + self._least + self._span * fraction(self._chance)
