"""What a PBX's answer to a REGISTER says, read no further than needed."""

import re
from typing import NamedTuple

from ringfence.protocols.sip.message import Response

__all__ = ["Bindings", "bindings_in", "min_expires", "retry_after"]

_EXPIRES = re.compile(rb";[ \t]*expires[ \t]*=[ \t]*(\d{1,9})", re.IGNORECASE)


class Bindings(NamedTuple):
    """The bindings that a 2xx lists."""

    ours: int | None
    """Seconds that ours will last; None where it is not there."""
    others: bool
    """Whether there are any but ours."""


def bindings_in(response: Response, contact_user: bytes, asked: int) -> Bindings:
    """Find ours by its opaque user: a PBX may rewrite every other part of the Contact.

    Where it names no term, that of the Expires header counts, else what was `asked` (RFC 3261 section 10.2.4).
    """
    lines = response.get_all(b"contact")
    ours = None
    others = len(lines) > 1
    for line in lines:
        at = line.find(contact_user)
        if at < 0:
            others = True
            continue
        others = others or b"," in line
        ours = _term(line, at, response, asked)
    return Bindings(ours, others)


def min_expires(response: Response) -> int | None:
    """Of a 423; None where it is missing or no number."""
    return _number(response.get(b"min-expires"))


def retry_after(response: Response) -> float:
    """Seconds to wait as Retry-After asks, 0 where it does not."""
    return float(_number((response.get(b"retry-after") or b"").partition(b";")[0].partition(b"(")[0].strip()) or 0)


def _term(line: bytes, at: int, response: Response, asked: int) -> int:
    end = line.find(b",", at)
    found = _EXPIRES.search(line, at, len(line) if end < 0 else end)
    if found is not None:
        return int(found[1])
    return _number(response.get(b"expires")) or asked


def _number(value: bytes | None) -> int | None:
    return int(value) if value and value.isdigit() and len(value) < 10 else None
