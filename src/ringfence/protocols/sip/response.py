"""Answers to requests (RFC 3261 section 8.2.6)."""

from ringfence.protocols.sip.fields import tag_of
from ringfence.protocols.sip.message import Request, Response

__all__ = ["REASONS", "reason_of", "response_to"]

REASONS: dict[int, bytes] = {
    100: b"Trying", 110: b"Push Sent", 180: b"Ringing", 181: b"Call Is Being Forwarded", 182: b"Queued",
    183: b"Session Progress", 199: b"Early Dialog Terminated",
    200: b"OK", 202: b"Accepted", 204: b"No Notification",
    300: b"Multiple Choices", 301: b"Moved Permanently", 302: b"Moved Temporarily", 305: b"Use Proxy",
    380: b"Alternative Service",
    400: b"Bad Request", 401: b"Unauthorized", 402: b"Payment Required", 403: b"Forbidden", 404: b"Not Found",
    405: b"Method Not Allowed", 406: b"Not Acceptable", 407: b"Proxy Authentication Required", 408: b"Request Timeout",
    410: b"Gone", 412: b"Conditional Request Failed", 413: b"Request Entity Too Large", 414: b"Request-URI Too Long",
    415: b"Unsupported Media Type", 416: b"Unsupported URI Scheme", 417: b"Unknown Resource-Priority",
    420: b"Bad Extension", 421: b"Extension Required", 422: b"Session Interval Too Small", 423: b"Interval Too Brief",
    424: b"Bad Location Information", 425: b"Bad Alert Message", 428: b"Use Identity Header",
    429: b"Provide Referrer Identity", 430: b"Flow Failed", 433: b"Anonymity Disallowed", 436: b"Bad Identity Info",
    437: b"Unsupported Credential", 438: b"Invalid Identity Header", 439: b"First Hop Lacks Outbound Support",
    440: b"Max-Breadth Exceeded", 469: b"Bad Info Package", 470: b"Consent Needed", 480: b"Temporarily Unavailable",
    481: b"Call/Transaction Does Not Exist", 482: b"Loop Detected", 483: b"Too Many Hops", 484: b"Address Incomplete",
    485: b"Ambiguous", 486: b"Busy Here", 487: b"Request Terminated", 488: b"Not Acceptable Here", 489: b"Bad Event",
    491: b"Request Pending", 493: b"Undecipherable", 494: b"Security Agreement Required",
    500: b"Server Internal Error", 501: b"Not Implemented", 502: b"Bad Gateway", 503: b"Service Unavailable",
    504: b"Server Time-out", 505: b"Version Not Supported", 513: b"Message Too Large",
    555: b"Push Notification Service Not Supported", 580: b"Precondition Failure",
    600: b"Busy Everywhere", 603: b"Decline", 604: b"Does Not Exist Anywhere", 606: b"Not Acceptable",
    607: b"Unwanted", 608: b"Rejected",
}  # fmt: skip
"""The IANA registry's default phrases, and Flexisip's 110."""

_COPIED = (b"via", b"from", b"to", b"call-id", b"cseq")


def reason_of(status: int) -> bytes:
    """The phrase for a status, by its class where it is unknown (8.1.3.2)."""
    return REASONS.get(status) or REASONS.get(status // 100 * 100, b"Unknown")


def response_to(request: Request, status: int, reason: bytes | None = None, to_tag: bytes | None = None) -> Response:
    """An answer without body: every Via, From, To, Call-ID and CSeq as they came.

    `to_tag` is added where the request's To has no tag yet; a 100 needs none. A 100 also repeats Timestamp (8.2.6.1).
    """
    response = Response.make(status, reason if reason is not None else reason_of(status))
    response.copy_fields(request, _COPIED if status != 100 else (*_COPIED, b"timestamp"))
    if to_tag is not None:
        to = response.get(b"to")
        if to is not None and tag_of(to) is None:
            response.replace_first(b"to", b"%b;tag=%b" % (to, to_tag))
    response.add(b"content-length", b"0")
    return response
