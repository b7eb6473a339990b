"""Which transaction a message belongs to (RFC 3261 sections 17.1.3, 17.2.3 and 8.2.2.2), and where it came from.

Keys are single `bytes`, so that a look-up is one hash. All functions expect messages that `validate.check` has passed,
and raise `BadMessage` where a needed header can't be read.
"""

import re

from ringfence.protocols.sip.fields import COMMON_VIA, split_values, tag_of, top_branch, top_via
from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.message import Message, Request

__all__ = ["COOKIE", "client_key", "cseq_method", "merge_key", "note_source", "server_key"]

_ASKING = re.compile(rb"(?=" + COMMON_VIA + rb"\Z)([^,]*?;rport)((?:;[^,]*)?)").fullmatch
"""The usual single Via that asks for its port, cut where the port belongs. Nothing in it asks for parsing."""

COOKIE = b"z9hG4bK"  # what the branch of an RFC 3261 element starts with (section 8.1.1.7)


def cseq_method(message: Message) -> bytes:
    """The method in CSeq, which in a response names the request it answers; empty where there is none."""
    words = (message.get(b"cseq") or b"").split()
    return words[-1] if words else b""


def client_key(branch: bytes, method: bytes) -> bytes:
    """A CANCEL shares its INVITE's branch, everything else has one of its own."""
    return branch + b" CANCEL" if method == b"CANCEL" else branch


def server_key(request: Request, method: bytes) -> bytes:
    """The transaction of `request`, looked up as `method`: ACK and CANCEL ask with INVITE for the one they are about.

    Without the magic cookie the peer is of RFC 2543 and its branch may repeat; then the fields of section 17.2.3 are
    taken, but for the To tag: it differs between an INVITE and its ACK, and the CSeq number already tells a re-INVITE.
    """
    branch = top_branch(request)
    if branch[:7].lower() != b"z9hg4bk":
        return _old_key(request, method)
    hop = (request.get(b"via") or b"").partition(b";")[0].lower()
    return b" ".join((branch, hop, method))


def merge_key(request: Request) -> bytes | None:
    """Equal for two requests that are one request forked on its way; None within a dialog (section 8.2.2.2).

    A user agent that still works on one answers 482 to the other. A proxy does not ask: to it both are legal.
    """
    if tag_of(request.get(b"to") or b"") is not None:
        return None
    tag = tag_of(request.get(b"from") or b"") or b""
    return b"\n".join((request.get(b"call-id") or b"", tag, b" ".join((request.get(b"cseq") or b"").split())))


def note_source(request: Request, flow: Flow) -> None:
    """Write into the top Via where the request really came from (RFC 3261 section 18.2.1, RFC 3581 section 4).

    A Via that tells the truth and asks for nothing stays byte for byte. A `received` in it is never believed: it names
    where an answer goes whose connection is gone. All others go back by the flow.
    """
    host, port = flow.peer
    plain = _ASKING(value := request.get(b"via") or b"")
    if plain is not None:
        request.replace_first(b"via", b"%b=%d%b;received=%b" % (plain[1], port, plain[2], host.encode("ascii")))
        return
    via = top_via(request)
    asks = b"rport" in via.params
    if not asks and via.address.lower() == host and b"received" not in via.params:
        return
    if asks:
        via = via.with_param(b"rport", b"%d" % port)
    via = via.with_param(b"received", host.encode("ascii"))
    first, *others = split_values(value)
    del first
    request.replace_first(b"via", b", ".join((via.to_bytes(), *others)))


def _old_key(request: Request, method: bytes) -> bytes:
    number = (request.get(b"cseq") or b"").partition(b" ")[0]
    tag = tag_of(request.get(b"from") or b"") or b""
    via = split_values(request.get(b"via") or b"")[0]
    return b"\n".join((request.uri, tag, request.get(b"call-id") or b"", number, via, method))
