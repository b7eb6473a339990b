"""Calls that are held until a device wakes, and what is kept of those that nobody took.

    gateway.calls --Event, now--> HeldCall --Action--> gateway.calls --> SIP, push, MissedCalls

Invariants: each device of a call reaches exactly one end state; the caller gets one final answer that is no 2xx, or
every 2xx that devices send; no device is pushed twice for one call.
Refuses: to know a header field, a socket, a clock, or who calls (except sealed, in a missed call).
"""

from ringfence.services.calls.held_call import HeldCall
from ringfence.services.calls.ports import Binding, Caller, Waker
from ringfence.services.calls.service import MissedCalls, MissedCallSettings
from ringfence.services.calls.states import EndState, Phase, Why

__all__ = [
    "Binding",
    "Caller",
    "EndState",
    "HeldCall",
    "MissedCallSettings",
    "MissedCalls",
    "Phase",
    "Waker",
    "Why",
]
