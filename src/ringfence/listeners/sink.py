"""Who takes what the listeners receive: the port that the gateway's endpoint implements."""

from typing import Protocol

from ringfence.protocols.sip.errors import BadMessage
from ringfence.protocols.sip.flow import Flow

__all__ = ["Sink"]


class Sink(Protocol):
    """Called in the loop's own turn; no call may block, and none may raise."""

    def received(self, data: bytes, flow: Flow) -> None:
        """One datagram, or the bytes of exactly one message of a stream."""
        ...

    def malformed(self, fault: BadMessage, flow: Flow) -> None:
        """A stream whose messages can't be told apart any more; answer if you can, the flow is closed right after."""
        ...

    def alive(self, flow: Flow) -> bool:
        """The peer sent a keep-alive or answered one (RFC 5626); False where it is not to be answered."""
        ...

    def lost(self, flow: Flow) -> None:
        """The flow is gone, for whatever reason; told once per connection, never for a datagram flow."""
        ...
