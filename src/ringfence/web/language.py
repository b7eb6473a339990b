"""Which language a reader prefers (RFC 9110 section 12.5.4), among those that we speak."""

import re

from ringfence.privacy.notices import DEFAULT

__all__ = ["preferred"]

_RANGE = re.compile(r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9-]+)?\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?$")
_LOOKED_AT = 1_000  # characters of the header; no browser sends more than a hundred


def preferred(accept: str, known: tuple[str, ...]) -> str:
    """The known language that the reader likes best; `accept` is the Accept-Language header as it came."""
    best, weight = DEFAULT, 0.0
    for part in accept[:_LOOKED_AT].split(","):
        found = _RANGE.match(part)
        if found and found[1].lower() in known and float(found[2] or 1) > weight:
            best, weight = found[1].lower(), float(found[2] or 1)
    return best
