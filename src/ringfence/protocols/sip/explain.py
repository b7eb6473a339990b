"""What an element like ours does with a message, and why: a proxy, and the registrar of the devices behind it.

The message is judged as a datagram: first its form (`framing`, `validate`), then what RFC 3261 asks of a proxy (16.3),
of a registrar (10.3) and of whoever forwards a response (16.7). Questions of a user agent (does it know this body, this
SDP?) are none of ours: such a message passes. Whether credentials are right is not asked; whether they can be read is.
"""

import ipaddress
import re
from dataclasses import dataclass
from typing import Literal

from ringfence.protocols.sip.errors import BadMessage
from ringfence.protocols.sip.fields import NameAddr, Via, parse_credentials, split_values
from ringfence.protocols.sip.framing import datagram
from ringfence.protocols.sip.message import Message, Request, Response
from ringfence.protocols.sip.proxy import validate_request
from ringfence.protocols.sip.uri import Uri, scheme_of
from ringfence.protocols.sip.validate import check

__all__ = ["Explanation", "explain"]

_OURS = frozenset((b"outbound", b"path"))
"""Extensions that a registration may require of us."""

_START = re.compile(rb"(?:SIP/[^ \r\n]*+ ([0-9]{1,20})|([A-Za-z0-9.!%*_+`'~-]++) )", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Explanation:
    """`status` is the answer to a rejected request, None where nothing is answered: a response is dropped.

    `reason` is a stable word, `ok` for what is accepted. `method` of a request or `code` of a response is as written,
    None where the start line does not show it.
    """

    verdict: Literal["accept", "reject"]
    status: int | None
    reason: str
    method: str | None = None
    code: int | None = None


def explain(data: bytes) -> Explanation:
    """Judge one datagram; never raises."""
    method, code = _start_of(data)
    try:
        message = datagram(data)
        check(message)
        if isinstance(message, Response):
            _judge_response(message)
        elif message.method == b"REGISTER":
            _judge_registration(message)
        else:
            validate_request(message)
    except BadMessage as error:
        return Explanation("reject", error.status if code is None else None, error.reason, method, code)
    return Explanation("accept", None, "ok", method, code)


def _start_of(data: bytes) -> tuple[str | None, int | None]:
    found = _START.match(data.lstrip(b"\r\n"))
    if not found:
        return None, None
    if found[1]:
        return None, int(found[1])
    return found[2].decode("ascii"), None


def _judge_registration(request: Request) -> None:
    """RFC 3261 section 10.3, up to the point where the credentials' truth is asked."""
    Uri.parse(request.uri)
    if (_options(request, b"require") | _options(request, b"proxy-require")) - _OURS:
        raise BadMessage("unknown_extension", 420)
    if scheme_of(NameAddr.parse(request.get(b"to") or b"").uri) not in (b"sip", b"sips"):
        raise BadMessage("address_of_record_is_no_sip_uri", 400)
    offered = [parse_credentials(value).scheme for value in request.get_all(b"authorization")]
    if offered and b"digest" not in offered:
        raise BadMessage("unknown_authorization_scheme", 401)


def _judge_response(response: Response) -> None:
    """A response goes back to one place only: broadcast or multicast would make us an amplifier (RFC 4475, 3.3.10)."""
    vias = [value for line in response.get_all(b"via") for value in split_values(line)]
    if len(vias) > 1 and _is_for_many(Via.parse(vias[1])):
        raise BadMessage("response_to_many", 400)


def _is_for_many(via: Via) -> bool:
    received = via.params.get(b"received")
    try:
        target = ipaddress.ip_address(received.decode("latin-1") if received else via.address)
    except ValueError:
        return False
    return target.is_multicast or target == ipaddress.IPv4Address("255.255.255.255")


def _options(message: Message, name: bytes) -> set[bytes]:
    return {value.lower() for line in message.get_all(name) for value in split_values(line)}
