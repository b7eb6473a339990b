"""What all four machines share: their states, their fields, and what they need of the layer that holds them."""

import enum
from abc import abstractmethod
from typing import Protocol

from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.timers import NEVER, Agenda, Timers
from ringfence.protocols.sip.transaction_events import Lost, TimedOut, Unacknowledged

__all__ = ["Holder", "State", "Transaction"]


class State(enum.Enum):
    """RFC 3261 section 17 and RFC 6026; which machine knows which is drawn in `transaction_client` and `..._server`."""

    CALLING = enum.auto()
    TRYING = enum.auto()
    PROCEEDING = enum.auto()
    ACCEPTED = enum.auto()
    COMPLETED = enum.auto()
    CONFIRMED = enum.auto()
    TERMINATED = enum.auto()


class Holder(Protocol):
    """The layer as its transactions see it."""

    @property
    def timers(self) -> Timers: ...

    @property
    def agenda(self) -> "Agenda[Transaction]": ...

    def emit(self, event: TimedOut | Unacknowledged | Lost) -> None:
        """Keep an event that no caller waits for until it is drained."""
        ...

    def withdraw(self, invite: "Transaction", cancel: bytes, now: float) -> None:
        """Send a CANCEL as a transaction of its own, whose answer nobody waits for."""
        ...

    def ended(self, transaction: "Transaction") -> None:
        """Forget a transaction that has just terminated."""
        ...


class Transaction:
    """One hop's share of a request and its responses. `owner` is the user's to set; the rest is to be read."""

    __slots__ = ("due", "flow", "holder", "key", "method", "owner", "queued", "state")

    def __init__(self, holder: Holder, key: bytes, method: bytes, flow: Flow, state: State) -> None:
        self.holder = holder
        self.key = key
        self.method = method
        self.flow = flow
        self.state = state
        self.owner: object = None
        self.due = self.queued = NEVER

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.method.decode('ascii', 'replace')} {self.state.name.lower()}>"

    @abstractmethod
    def fire(self, now: float) -> None:
        """A timer ran out."""

    @abstractmethod
    def flow_lost(self) -> None:
        """The flow broke."""

    def end(self) -> None:
        self.state = State.TERMINATED
        self.holder.ended(self)
