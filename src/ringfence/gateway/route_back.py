"""Where a response goes whose connection is gone (RFC 3261 section 18.2.2)."""

from collections.abc import Callable
from typing import Protocol, final

from ringfence.protocols.sip.errors import BadMessage
from ringfence.protocols.sip.fields import top_via
from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.message import Request

__all__ = ["Dialer", "WayBack", "return_address"]


class Dialer(Protocol):
    """The way to a peer that we speak to first; the listeners have it."""

    async def connect(self, transport: bytes, host: str, port: int, name: str = "") -> Flow:
        """A flow within a bounded time, or a `RingfenceError`; `name` is what a TLS certificate must bear."""
        ...


@final
class WayBack:
    """Finds another way to a PBX whose connection broke before it had our answer; to nobody else."""

    def __init__(self, dialer: Dialer, leads: Callable[[Flow], bool], line_to: Callable[[str], Flow | None]) -> None:
        """`leads` is true for a PBX's flow; `line_to` gives our own encrypted connection to a PBX's address."""
        self._dialer = dialer
        self._leads = leads
        self._line_to = line_to

    async def find(self, request: Request, lost: Flow) -> Flow | None:
        """A flow for the responses to `request`, None where there is none; raises what the dialer raises.

        A phone behind its NAT can't be reached, and where its Via says to go is nothing that it proves. To a PBX that
        came by TLS nothing is opened either: whose certificate it ought to show, its Via does not prove. It may have
        the answer on the connection that we keep to it, whose certificate we know.
        """
        if not self._leads(lost):
            return None
        if lost.secure:
            return self._line_to(lost.peer[0])
        address = return_address(request)
        return await self._dialer.connect(*address) if address is not None else None


def return_address(request: Request) -> tuple[bytes, str, int] | None:
    """Transport, host and port that the top Via names; None where it names nothing that can be connected to.

    `received` goes before the sent-by host; the port is the sent-by's, since that of `rport` was the lost connection's.
    """
    try:
        via = top_via(request)
    except BadMessage:
        return None
    if via.transport.upper() != b"TCP":
        return None
    host = via.params.get(b"received") or via.host
    return b"TCP", host.decode("ascii").strip("[]"), via.port or 5060
