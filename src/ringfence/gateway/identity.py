"""Who calls, and who may know it (RFC 3323, RFC 3325).

A device is outside the PBX's trust domain: what it asserts about itself is taken out, and what the PBX asserts about a
caller who asked for privacy does not reach it, neither in a header nor in the box of a push.
"""

from ringfence.protocols.sip.errors import BadMessage
from ringfence.protocols.sip.fields import NameAddr, split_values
from ringfence.protocols.sip.message import Message, Request
from ringfence.services.calls import Caller

__all__ = ["CALL_HEADER", "PAIRING_HEADER", "caller_of", "withhold", "without_claims"]

CALL_HEADER = b"x-ringfence-call"
"""The reference of a pushed call, on every INVITE to a device; the same as in its push."""

PAIRING_HEADER = b"x-push-id"
"""The same, where builds of Acrobits look for it, so that their push need not say the Call-ID."""

_OURS = b"x-ringfence-"
_ASSERTED = (b"p-asserted-identity", b"remote-party-id")
_HIDING = frozenset({b"id", b"user", b"header", b"session"})
_ANONYMOUS_HOST = "anonymous.invalid"


def caller_of(request: Request) -> Caller:
    """The caller as the device may know them; empty where privacy was asked for or nothing can be read."""
    if _wants_privacy(request) & _HIDING:
        return Caller()
    asserted = request.get(b"p-asserted-identity")
    try:
        value = split_values(asserted)[0] if asserted else request.get(b"from") or b""
        party = NameAddr.parse(value)
    except (BadMessage, IndexError):
        return Caller()
    uri = party.uri.decode("utf-8", "replace")
    if _ANONYMOUS_HOST in uri.lower():
        return Caller()
    return Caller(name=party.name.decode("utf-8", "replace"), uri=uri)


def withhold(message: Message) -> None:
    """Take out of a message to a device what it may not see of the other side."""
    _drop_ours(message)
    if b"id" in _wants_privacy(message):
        for name in _ASSERTED:
            message.remove(name)


def without_claims(message: Message) -> None:
    """Take out of a message from a device what only a trusted element may say."""
    _drop_ours(message)
    for name in _ASSERTED:
        message.remove(name)


def _drop_ours(message: Message) -> None:
    for name in message.names:
        if name.startswith(_OURS):
            message.remove(name)


def _wants_privacy(message: Message) -> frozenset[bytes]:
    if not message.has(b"privacy"):
        return frozenset()
    words = b";".join(message.get_all(b"privacy")).lower().replace(b",", b";").split(b";")
    return frozenset(word.strip() for word in words)
