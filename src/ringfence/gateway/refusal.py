"""What a request is told that no handler can take (RFC 3261 sections 8.2.1 and 8.2.2.3)."""

from collections.abc import Collection

from ringfence.protocols.sip.fields import split_values
from ringfence.protocols.sip.message import Request, Response
from ringfence.protocols.sip.response import response_to

__all__ = ["allowing", "not_extensions", "required"]

_OWN = frozenset({b"ACK", b"CANCEL", b"OPTIONS"})  # what the endpoint itself takes


def allowing(request: Request, status: int, handled: Collection[bytes], tag: bytes) -> Response:
    """An answer that lists the methods that are taken; `*` is no method."""
    response = response_to(request, status, to_tag=tag)
    response.add(b"allow", b", ".join(sorted({*handled, *_OWN} - {b"*"})))
    return response


def required(request: Request) -> frozenset[bytes]:
    """The option tags that the request insists on, in lower case."""
    return frozenset(tag.lower() for value in request.get_all(b"require") for tag in split_values(value))


def not_extensions(request: Request, unknown: Collection[bytes], tag: bytes) -> Response:
    response = response_to(request, 420, to_tag=tag)
    response.add(b"unsupported", b", ".join(sorted(unknown)))
    return response
