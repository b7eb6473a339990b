"""Requests of our own (RFC 3261 section 8.1.1)."""

from collections.abc import Iterable

from ringfence.protocols.sip.message import Request

__all__ = ["new_request"]

_MAX_FORWARDS = b"70"  # section 8.1.1.6


def new_request(
    method: bytes, uri: bytes, *, sender: bytes, to: bytes, call_id: bytes, number: int, routes: Iterable[bytes] = ()
) -> Request:
    """What every request needs but its Via, which the transaction layer puts on; without body.

    `sender` and `to` are whole From and To values, `number` is the CSeq's, `routes` are Route values in order.
    """
    request = Request.make(method, uri)
    for value in routes:
        request.add(b"route", value)
    request.add(b"max-forwards", _MAX_FORWARDS)
    request.add(b"from", sender)
    request.add(b"to", to)
    request.add(b"call-id", call_id)
    request.add(b"cseq", b"%d %b" % (number, method))
    request.add(b"content-length", b"0")
    return request
