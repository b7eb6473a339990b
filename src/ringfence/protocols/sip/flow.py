"""A flow: the way to one peer (RFC 5626 section 2) as the SIP core sees it.

The core never opens or reads a flow; it hands messages to one and is told when one is lost. The asyncio side implements
it, tests use a list.
"""

from typing import Protocol

__all__ = ["Flow"]


class Flow(Protocol):
    """A UDP peer as seen from one of our sockets, or one connection. Compared by identity."""

    @property
    def transport(self) -> bytes:
        """As in Via: UDP, TCP, TLS, WSS."""
        ...

    @property
    def reliable(self) -> bool:
        """True where the transport itself repeats and orders (everything but UDP)."""
        ...

    @property
    def secure(self) -> bool:
        """True where the transport encrypts (TLS, WSS)."""
        ...

    @property
    def peer(self) -> tuple[str, int]:
        """Address and port of the other end, an IP literal without brackets."""
        ...

    @property
    def local(self) -> tuple[str, int]:
        """Address and port of our end."""
        ...

    def send(self, data: bytes) -> None:
        """Hand bytes to the network; returns at once and never raises. A broken flow is told as lost, later."""
        ...

    def close(self) -> None:
        """Give the flow up; it is then told as lost, once."""
        ...
