"""SIP (RFC 3261 and friends) without IO: bytes and `now` in, messages, events and bytes out.

    bytes --framing--> one message --message.parse--> Request | Response --validate.check--> may be acted on
                                                        |  fields, uri: read when asked for
                                                        v
    flow <-- bytes -- transaction (timers, keepalive) <--> proxy, digest, locate <--> whoever decides about calls

Invariants
- What nobody touches goes out byte for byte as it came in; a header is split once and parsed only when asked for.
- Wrong bytes raise `BadMessage` and nothing else, with the status to answer; their cost is linear in their size.
- A value with a line break in it can't be written: no peer writes our headers.

Refused: lone CR or LF as a line's end, bare control bytes, a folded start line, two Content-Lengths, white space inside
a URI. Each is read differently by different elements, and what two elements read differently can be hidden from one.

Nothing here opens a socket, reads a clock, asks for chance, or logs.
"""

from ringfence.protocols.sip.errors import BadMessage
from ringfence.protocols.sip.explain import Explanation, explain
from ringfence.protocols.sip.fields import AuthParams, CSeq, NameAddr, Via
from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.framing import Frame, Limits, Ping, Pong, Stream, datagram
from ringfence.protocols.sip.message import Message, Request, Response, parse
from ringfence.protocols.sip.response import response_to
from ringfence.protocols.sip.uri import Uri
from ringfence.protocols.sip.validate import check

__all__ = [
    "AuthParams",
    "BadMessage",
    "CSeq",
    "Explanation",
    "Flow",
    "Frame",
    "Limits",
    "Message",
    "NameAddr",
    "Ping",
    "Pong",
    "Request",
    "Response",
    "Stream",
    "Uri",
    "Via",
    "check",
    "datagram",
    "explain",
    "parse",
    "response_to",
]
