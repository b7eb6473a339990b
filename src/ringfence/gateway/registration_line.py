"""What a registration asks of the line to its PBX."""

import enum
from typing import TYPE_CHECKING, Protocol

from ringfence.gateway.register_request import RegisterWording
from ringfence.gateway.upstream import UpstreamSettings
from ringfence.protocols.sip.digest import Challenge
from ringfence.protocols.sip.message import Response
from ringfence.protocols.sip.transaction import ClientTransaction
from ringfence.services.reachability import State

if TYPE_CHECKING:
    from ringfence.gateway.registration import Registration

__all__ = ["Intent", "Line"]


class Intent(enum.Enum):
    """What one exchange with the PBX is for."""

    BIND = enum.auto()
    """Our binding, for a while."""
    ASK = enum.auto()
    """No Contact: which bindings are there?"""
    REMOVE = enum.auto()
    """The end of our binding, and of nobody else's."""


class Line(Protocol):
    """The way to one PBX, as its registrations see it."""

    settings: UpstreamSettings
    expires: int

    @property
    def wording(self) -> RegisterWording: ...
    def send(self, registration: "Registration", tail: bytes) -> ClientTransaction | None: ...
    def abandon(self, transaction: ClientTransaction) -> None: ...
    def settle(self, transaction: ClientTransaction) -> None:
        """Nothing more is expected of it."""
        ...

    def challenges(self, response: Response) -> list[Challenge]: ...
    def common(self, challenge: Challenge) -> Challenge:
        """One that asks the same, to be kept in its stead; its nonce is not to be used."""
        ...

    def now(self) -> float: ...
    def wall(self) -> float: ...
    def chance(self) -> float: ...
    def cnonce(self) -> bytes: ...
    def heard(self) -> None:
        """The PBX answered."""
        ...

    def ended(self) -> None:
        """An exchange is over."""
        ...

    def after(self, registration: "Registration", seconds: float) -> None:
        """Have `Registration.fire` called then, and at no other time."""
        ...

    def turn(self, registration: "Registration") -> None:
        """Put it in the queue for a turn."""
        ...

    def charge(self) -> None: ...
    def refused(self) -> None:
        """The PBX saw a wrong digest."""
        ...

    def entered(self, registration: "Registration", state: State) -> None:
        """Count a change of state."""
        ...

    def missing(self, registration: "Registration") -> None:
        """A query showed no binding at all where we believed in one."""
        ...

    def present(self, registration: "Registration") -> None:
        """A query showed our binding."""
        ...
