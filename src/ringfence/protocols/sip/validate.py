"""What a message must have before anybody acts on it (RFC 3261 sections 7, 8.1.1, 8.2 and 16.3 step 1).

`parse` has split the message; `check` judges what every element needs: start line, mandatory fields, numbers. What only
some element can't do (a scheme, an extension, a body type) is no matter of form and is judged by that element.
"""

import re

from ringfence.protocols.sip.errors import BadMessage
from ringfence.protocols.sip.fields import COMMON_HOST, COMMON_VIA, CSeq, NameAddr, contacts, top_via
from ringfence.protocols.sip.message import Message, Request, Response
from ringfence.protocols.sip.uri import Uri, scheme_of

__all__ = ["METHODS", "check"]

METHODS = frozenset((
    b"INVITE", b"ACK", b"OPTIONS", b"BYE", b"CANCEL", b"REGISTER", b"PRACK", b"SUBSCRIBE", b"NOTIFY", b"PUBLISH",
    b"INFO", b"REFER", b"MESSAGE", b"UPDATE",
))  # fmt: skip
"""The methods of the IANA registry. A proxy forwards others too."""

_REQUEST_LINE = re.compile(rb"[A-Za-z0-9.!%*_+`'~-]++ ([^\s<>\"]++) SIP/([0-9]++\.[0-9]++)", re.IGNORECASE)
_MANDATORY = (b"call-id", b"from", b"to", b"cseq")
_SINGLE = frozenset((*_MANDATORY, b"max-forwards", b"content-length", b"content-type", b"expires"))
# The common shapes, for which one match replaces the parser; everything else is parsed. For an address: a name, a
# bracketed URI, at most a tag.
_COMMON_ADDRESS = (
    rb"(?:\"[^\"\\]*+\"[ \t]*+|[A-Za-z0-9.!%*_+`'~ -]*+)<(?:sips?|tel):[^\s<>\"]++>(?:;tag=[^\s;,\"<>=?]++)?"
)
_COMMON_CONTACT = (
    rb"(?:\"[^\"\\]*+\"[ \t]*+)?<(?:sips?|tel):[^\s<>\"]++>"
    rb"(?:;\+sip\.instance=\"[^\"\\]*+\")?(?:;reg-id=[0-9]++)?(?:;expires=[0-9]++)?"
)
_COMMON_REQUEST_LINE = re.compile(
    rb"([A-Z]++) sips?:(?:[A-Za-z0-9_.!~*'()+-]++@)?" + COMMON_HOST + rb"(?:;transport=[a-z]++)?(?:;lr)? SIP/2\.0"
)
_COOKIE = b"z9hG4bK"
# Whole lines, so that nothing is cut out of them. Of a number the groups give the digits, of CSeq also the method.
_COMMON_LINES = {
    name: re.compile(shape).fullmatch
    for name, shape in {
        b"via": rb"Via: " + COMMON_VIA + rb"(?:;received=[0-9.]++)?",
        b"from": rb"From: " + _COMMON_ADDRESS,
        b"to": rb"To: " + _COMMON_ADDRESS,
        b"contact": rb"Contact: (?:" + _COMMON_CONTACT + rb"|" + _COMMON_ADDRESS + rb")",
        b"call-id": rb"Call-ID: [^\s]++",
        b"cseq": rb"CSeq: [0-9]{1,9} ([A-Z]++)",
        b"max-forwards": rb"Max-Forwards: [0-9]{1,2}",
        b"content-length": rb"Content-Length: ([0-9]{1,7})",
        b"content-type": rb"Content-Type: [^\r\n]*+",
        b"expires": rb"Expires: [^\r\n]*+",
    }.items()
}
_NEEDED = {*_MANDATORY, b"via", b"content-length"}


def check(message: Request | Response) -> None:
    """Raise `BadMessage` with the status to answer (and the message in it) where the message breaks the rules.

    A response that fails is dropped: there is nobody to answer (18.1.2).
    """
    if _is_common(message):
        return
    try:
        if isinstance(message, Request):
            _check_request_line(message)
        _check_counts(message)
        _check_numbers(message)
        _check_addresses(message)
        _check_via(message)
    except BadMessage as error:
        error.message = message
        raise


def _is_common(message: Request | Response) -> bool:
    """True for a message of the usual shape, told in one pass; of any other it says nothing."""
    found: dict[bytes, re.Match[bytes]] = {}
    for name, line in message.pairs():
        shape = _COMMON_LINES.get(name)
        if shape is None:
            continue
        if name in found:
            if name != b"via":  # only the topmost is judged
                return False
            continue
        match = shape(line)
        if match is None:
            return False
        found[name] = match
    if not found.keys() >= _NEEDED or int(found[b"content-length"][1]) != len(message.body):
        return False
    if isinstance(message, Request):
        start = _COMMON_REQUEST_LINE.fullmatch(message.start)
        return start is not None and start[1] == found[b"cseq"][1]
    return True


def _check_request_line(request: Request) -> None:
    found = _REQUEST_LINE.fullmatch(request.start)
    if not found:
        raise BadMessage("bad_request_line", 400)
    if found[2] != b"2.0":
        raise BadMessage("version_not_supported", 505)
    if scheme_of(found[1]) in (b"sip", b"sips") and Uri.parse(found[1]).headers:
        raise BadMessage("headers_in_request_uri", 400)


def _check_counts(message: Message) -> None:
    found = [name for name in message.names if name in _SINGLE]
    distinct = set(found)
    if len(distinct) != len(found):
        raise BadMessage("repeated_" + _word(next(name for name in found if found.count(name) > 1)), 400)
    for name in _MANDATORY:
        if name not in distinct:
            raise BadMessage("missing_" + _word(name), 400)


def _word(name: bytes) -> str:
    return name.decode("ascii").replace("-", "_")


def _check_numbers(message: Request | Response) -> None:
    cseq = CSeq.parse(message.get(b"cseq") or b"")
    if isinstance(message, Request) and cseq.method != message.method:
        # For a method nobody knows 501 is the better answer (RFC 4475 section 3.1.2.18).
        raise BadMessage("cseq_method_mismatch", 400 if message.method in METHODS else 501)
    hops = message.get(b"max-forwards")
    if hops is not None and not (hops.isdigit() and len(hops) <= 8 and int(hops) <= 255):
        raise BadMessage("bad_max_forwards", 400)
    length = message.content_length
    if length is not None and length != len(message.body):
        raise BadMessage("body_is_not_content_length", 400)


def _check_addresses(message: Message) -> None:
    for name in (b"from", b"to"):
        value = message.get(name) or b""
        if NameAddr.parse(value).uri == b"*":
            raise BadMessage("bad_address", 400)
    contacts(message)
    if not message.get(b"call-id"):
        raise BadMessage("missing_call_id", 400)


def _check_via(message: Message) -> None:
    """Only the topmost: the others are for those who put them there."""
    if top_via(message).branch == _COOKIE:
        # The sender promises unique branches and sends an empty one: two of its transactions would be one.
        raise BadMessage("empty_branch", 400)
