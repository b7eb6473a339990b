"""What a PBX's answer to a REGISTER says, read no further than needed.

Answers to our REGISTERs are most of what a PBX sends us, and of each we want the status and one or two fields.
Splitting and judging the whole message would cost more than everything else about a registration.
"""

import re
from collections.abc import Callable
from typing import NamedTuple, final

from ringfence.protocols.sip.digest import Challenge, challenges
from ringfence.protocols.sip.message import Response, parse

__all__ = ["Bindings", "ChallengeReader", "Reply", "bindings_in", "min_expires", "retry_after"]

_EXPIRES = re.compile(rb";[ \t]*expires[ \t]*=[ \t]*(\d{1,9})", re.IGNORECASE)
_FIELDS: dict[bytes, Callable[[bytes], list[bytes]]] = {
    name: re.compile(rb"\r\n(?:" + spellings + rb")[ \t]*:[ \t]*([^\r\n]*)", re.IGNORECASE).findall
    for name, spellings in {
        b"contact": rb"contact|m",
        b"expires": rb"expires",
        b"www-authenticate": rb"www-authenticate",
        b"proxy-authenticate": rb"proxy-authenticate",
        b"min-expires": rb"min-expires",
        b"retry-after": rb"retry-after",
    }.items()
}
_SHAPES = 32  # kinds of challenges remembered: a PBX has one or two, one with a changing opaque has ever new ones


@final
class Reply(Response):
    """A response whose fields are looked for in its bytes when asked for; everything else it parses first."""

    __slots__ = ("_data",)

    def __init__(self, data: bytes) -> None:
        super().__init__(data[: data.index(b"\r\n")], [], [], b"")
        self._data = data

    def get(self, name: bytes) -> bytes | None:
        return next(iter(self.get_all(name)), None)

    def get_all(self, name: bytes) -> list[bytes]:
        find = _FIELDS.get(name)
        if find is None or b"\r\n " in self._data or b"\r\n\t" in self._data:
            return parse(self._data).get_all(name)
        return [value.rstrip() for value in find(self._data)]


@final
class ChallengeReader:
    """Reads challenges that differ from earlier ones in nothing but the nonce without taking them apart again."""

    __slots__ = ("_last", "_shapes")

    def __init__(self) -> None:
        self._last: Challenge | None = None
        self._shapes: dict[tuple[bytes, bytes], Challenge] = {}

    def read(self, response: Response) -> list[Challenge]:
        """As `challenges`: those that we can answer, in order."""
        values = response.get_all(b"proxy-authenticate" if response.status == 407 else b"www-authenticate")
        if len(values) != 1:
            return challenges(response)
        before, start, rest = values[0].partition(b' nonce="')
        nonce, end, after = rest.partition(b'"')
        known = self._shapes.get((before, after)) if start and end else None
        if known is not None:
            return [Challenge(known.realm, nonce, known.algorithm, known.qop, known.opaque, known.stale)]
        found = challenges(response)
        if len(found) == 1 and found[0].nonce == nonce and len(self._shapes) < _SHAPES:
            self._shapes[before, after] = found[0]
        return found

    def common(self, challenge: Challenge) -> Challenge:
        """The last one that came by here if it asks the same with another nonce, so that accounts share one object."""
        last = self._last
        if last is None or not _alike(last, challenge):
            last = self._last = challenge
        return last


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


def _alike(one: Challenge, other: Challenge) -> bool:
    """Stale is no difference: that is about the nonce."""
    return (one.realm, one.opaque, one.qop) == (other.realm, other.opaque, other.qop) and (
        one.algorithm is other.algorithm
    )


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
