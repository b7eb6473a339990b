"""The words of a held call: its phases, how a device's part in it ends, and why a branch is given up."""

from enum import Enum

__all__ = ["EndState", "Phase", "Why"]


class Phase(Enum):
    """Where a held call stands; see docs/call-states.md for what happens in each."""

    WAKING = "waking"
    """No branch is open: devices were pushed and nobody has the INVITE."""
    RINGING = "ringing"
    """At least one branch is open; no final answer is decided."""
    CANCELLING = "cancelling"
    """The final answer is decided and waits for the open branches to end, at most 64*T1; a 2xx that crosses wins."""
    ANSWERED = "answered"
    """A 2xx went to the caller; other branches may still be open."""
    REFUSED = "refused"
    """Another final answer went to the caller; a 2xx that comes now is acknowledged and hung up by us."""


class EndState(Enum):
    """How a call ends for one device: exactly one of these for each device that was pushed or invited."""

    ANSWERED = "answered"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    MISSED = "missed"


class Why(Enum):
    """Why a branch is cancelled, or what a quiet push tells: the reason that the device may show."""

    ANSWERED_ELSEWHERE = "answered_elsewhere"
    DECLINED_ELSEWHERE = "declined_elsewhere"
    CANCELLED = "cancelled"
    MISSED = "missed"
