"""Where a response goes whose connection is gone (RFC 3261 section 18.2.2)."""

from ringfence.protocols.sip.errors import BadMessage
from ringfence.protocols.sip.fields import top_via
from ringfence.protocols.sip.message import Request

__all__ = ["return_address"]


def return_address(request: Request) -> tuple[bytes, str, int] | None:
    """Transport, host and port that the top Via names; None where it names nothing that can be connected to.

    `received` goes before the sent-by host; the port is the sent-by's, since that of `rport` was the lost connection's.
    """
    try:
        via = top_via(request)
    except BadMessage:
        return None
    transport = via.transport.upper()
    if transport not in {b"TCP", b"TLS"}:
        return None
    host = via.params.get(b"received") or via.host
    port = via.port or (5061 if transport == b"TLS" else 5060)
    return transport, host.decode("ascii").strip("[]"), port
