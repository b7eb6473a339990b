"""Header field names: compact forms, usual spellings (RFC 3261 section 7.3.3 and the IANA registry)."""

from collections.abc import Mapping
from typing import Final

__all__ = ["COMPACT", "LONG_NAMES", "SPELLED"]

COMPACT: Final[Mapping[bytes, bytes]] = {
    b"a": b"accept-contact", b"b": b"referred-by", b"c": b"content-type", b"d": b"request-disposition",
    b"e": b"content-encoding", b"f": b"from", b"i": b"call-id", b"j": b"reject-contact", b"k": b"supported",
    b"l": b"content-length", b"m": b"contact", b"n": b"identity-info", b"o": b"event", b"r": b"refer-to",
    b"s": b"subject", b"t": b"to", b"u": b"allow-events", b"v": b"via", b"x": b"session-expires", b"y": b"identity",
}  # fmt: skip

_USUAL = (
    b"Accept", b"Accept-Contact", b"Accept-Encoding", b"Accept-Language", b"Alert-Info", b"Allow", b"Allow-Events",
    b"Authentication-Info", b"Authorization", b"Call-ID", b"Call-Info", b"Contact", b"Content-Disposition",
    b"Content-Encoding", b"Content-Language", b"Content-Length", b"Content-Type", b"CSeq", b"Date", b"Diversion",
    b"Error-Info", b"Event", b"Expires", b"Feature-Caps", b"Flow-Timer", b"From", b"Geolocation", b"History-Info",
    b"Identity", b"Identity-Info", b"In-Reply-To", b"Join", b"Max-Breadth", b"Max-Forwards", b"MIME-Version",
    b"Min-Expires", b"Min-SE", b"Organization", b"P-Access-Network-Info", b"P-Asserted-Identity",
    b"P-Associated-URI", b"P-Preferred-Identity", b"Path", b"Priority", b"Privacy", b"Proxy-Authenticate",
    b"Proxy-Authorization", b"Proxy-Require", b"RAck", b"Reason", b"Record-Route", b"Refer-To", b"Referred-By",
    b"Reject-Contact", b"Remote-Party-ID", b"Replaces", b"Reply-To", b"Request-Disposition", b"Require",
    b"Retry-After", b"Route", b"RSeq", b"Server", b"Service-Route", b"Session-Expires", b"SIP-ETag", b"SIP-If-Match",
    b"Subject", b"Subscription-State", b"Supported", b"Timestamp", b"To", b"Unsupported", b"User-Agent", b"Via",
    b"Warning", b"WWW-Authenticate",
)  # fmt: skip

SPELLED: Final[Mapping[bytes, bytes]] = {name.lower(): name for name in _USUAL}
"""How we write a lower-case name."""


def _long_names() -> dict[bytes, bytes]:
    names: dict[bytes, bytes] = {}
    for lower in SPELLED:
        for spelling in (SPELLED[lower], lower, lower.upper(), lower.title()):
            names[spelling + b":"] = lower
    for short, lower in COMPACT.items():
        names[short + b":"] = names[short.upper() + b":"] = lower
    return names


LONG_NAMES: Final[Mapping[bytes, bytes]] = _long_names()
"""A name with its colon, in the spellings met in practice, to the long lower-case one: one look-up, not three calls."""
