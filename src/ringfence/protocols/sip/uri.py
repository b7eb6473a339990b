"""SIP and SIPS URIs (RFC 3261 section 19.1): parsed, compared and written."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from ringfence.protocols.sip.errors import BadMessage

__all__ = ["HOST", "Uri", "check_uri", "host_of", "scheme_of"]

# The grammar's user part, and "#": phones dial feature codes unescaped and PBXs take them, so a gateway that answered
# 400 would break calls that work without it. Every other character must be escaped as the RFC says.
_USER = rb"[A-Za-z0-9_.!~*'()&=+$,;?/%#-]"
_PASSWORD = rb"[A-Za-z0-9_.!~*'()&=+$,%-]"
# Underscores are no host name characters; they are in many an internal one.
HOST = rb"(?:\[[0-9A-Fa-f:.]++\]|(?:[A-Za-z0-9_-]++\.?+)++)"
_BRACKET = ord("[")
_SIP_URI = re.compile(
    rb"(sips?):"
    rb"(?:(" + _USER + rb"++)(?::(" + _PASSWORD + rb"*+))?@)?"
    rb"(" + HOST + rb")"
    rb"(?::([0-9]{1,5}))?"
    rb"(;[A-Za-z0-9_.!~*'()\[\]/:&+$%;=-]++)?"
    rb"(?:\?([A-Za-z0-9_.!~*'()\[\]/?:+$%&=-]++))?",
    re.IGNORECASE,
)
_PLAIN = re.compile(
    rb"sips?:(?:[A-Za-z0-9_.!~*'()&=+$,-]++@)?(?:[A-Za-z0-9-]++\.?+)++(?::[1-5]?[0-9]{1,4}+)?(?:;transport=[a-z]++)?(?:;lr)?"
)
_SCHEME = re.compile(rb"([A-Za-z][A-Za-z0-9+.-]*+):.", re.DOTALL)
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_TELLING_ALONE = frozenset((b"user", b"ttl", b"method", b"maddr", b"transport"))
"""Parameters that make two URIs different when only one has them (19.1.4; transport by its examples)."""


def scheme_of(uri: bytes) -> bytes:
    """The lower-case scheme of any absolute URI; raises `BadMessage` (400) where there is none."""
    found = _SCHEME.match(uri)
    if not found:
        raise BadMessage("bad_uri", 400)
    return found[1].lower()


def check_uri(text: bytes) -> None:
    """Raise what `Uri.parse` would raise; for a URI of the usual shape it costs a fifth."""
    if not _PLAIN.fullmatch(text):
        Uri.parse(text)


def host_of(text: bytes) -> bytes:
    """What matched `HOST`, in lower case; raises `BadMessage` for an IPv6 literal that is none."""
    if text[0] == _BRACKET:
        try:
            ipaddress.IPv6Address(text[1:-1].decode("ascii"))
        except ValueError:
            raise BadMessage("bad_ipv6_address", 400) from None
    return text.lower()


@dataclass(frozen=True, slots=True, eq=False)
class Uri:
    """One SIP or SIPS URI.

    `user` and `password` are as written (escapes stay); `host` is lower case, an IPv6 literal in its brackets. Names of
    `params` and `headers` are lower case, their values as written; a parameter without `=` is None. Two are equal by
    RFC 3261 section 19.1.4, which is not transitive: don't group by it, compare.
    """

    scheme: bytes
    user: bytes | None
    host: bytes
    port: int | None = None
    params: Mapping[bytes, bytes | None] = field(default_factory=dict)
    headers: Mapping[bytes, bytes] = field(default_factory=dict)
    password: bytes | None = None

    @classmethod
    def parse(cls, text: bytes) -> Self:
        """Raises `BadMessage`: 416 for another scheme, 400 for what the grammar does not allow."""
        found = _SIP_URI.fullmatch(text)
        if not found:
            raise BadMessage("unknown_uri_scheme", 416) if _is_foreign(text) else BadMessage("bad_uri", 400)
        if b"%" in text and _BAD_ESCAPE.search(text):
            raise BadMessage("bad_escape_in_uri", 400)
        scheme, user, password, host, port, params, headers = found.groups()
        return cls(
            scheme=scheme.lower(),
            user=user,
            host=host_of(host),
            port=_port(port),
            params=_params(params) if params else {},
            headers=_headers(headers) if headers else {},
            password=password,
        )

    @property
    def address(self) -> str:
        """The host as resolvers and sockets take it: an IPv6 literal without brackets."""
        return self.host.strip(b"[]").decode("ascii")

    @property
    def secure(self) -> bool:
        return self.scheme == b"sips"

    def to_bytes(self) -> bytes:
        parts = [self.scheme, b":"]
        if self.user is not None:
            parts += (self.user, b"@") if self.password is None else (self.user, b":", self.password, b"@")
        parts.append(self.host)
        if self.port is not None:
            parts.append(b":%d" % self.port)
        for name, value in self.params.items():
            parts.append(b";%b" % name if value is None else b";%b=%b" % (name, value))
        if self.headers:
            parts.append(b"?" + b"&".join(b"%b=%b" % header for header in self.headers.items()))
        return b"".join(parts)

    def with_user(self, user: bytes | None) -> Self:
        """Same place, other user; a password goes with the old one."""
        return replace(self, user=user, password=None)

    def with_host(self, host: bytes, port: int | None = None) -> Self:
        return replace(self, host=host.lower(), port=port)

    def with_param(self, name: bytes, value: bytes | None = None) -> Self:
        """Set one parameter; None writes it without `=`."""
        return replace(self, params={**self.params, name: value})

    def without_params(self, *names: bytes) -> Self:
        """Take out the named parameters; all of them when none is named."""
        kept = {name: value for name, value in self.params.items() if names and name not in names}
        return replace(self, params=kept)

    def without_headers(self) -> Self:
        return replace(self, headers={})

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Uri):
            return NotImplemented
        return (
            self._place() == other._place()
            and _same_params(self.params, other.params)
            and _folded(self.headers) == _folded(other.headers)
        )

    def __hash__(self) -> int:
        return hash(self._place())

    def _place(self) -> tuple[bytes, bytes | None, bytes | None, bytes, int | None]:
        return self.scheme, _plain(self.user), _plain(self.password), self.host, self.port


def _is_foreign(text: bytes) -> bool:
    found = _SCHEME.match(text)
    return found is not None and found[1].lower() not in (b"sip", b"sips")


def _port(digits: bytes | None) -> int | None:
    if digits is None:
        return None
    port = int(digits)
    if port > 65535:
        raise BadMessage("bad_port", 400)
    return port


def _params(text: bytes) -> dict[bytes, bytes | None]:
    """An unescaped `=` in a value is let through: push tokens end on it, and the first `=` is beyond doubt."""
    params: dict[bytes, bytes | None] = {}
    for part in text[1:].split(b";"):
        name, equals, value = part.partition(b"=")
        name = name.lower()
        if not name or name in params or (equals and not value):
            raise BadMessage("bad_uri_parameter", 400)
        params[name] = value if equals else None
    return params


def _headers(text: bytes) -> dict[bytes, bytes]:
    headers: dict[bytes, bytes] = {}
    for part in text.split(b"&"):
        name, equals, value = part.partition(b"=")
        if not name or not equals:
            raise BadMessage("bad_uri_header", 400)
        headers[name.lower()] = value
    return headers


def _plain(text: bytes | None) -> bytes | None:
    """Escapes undone, for comparing: %61 is "a" (19.1.4)."""
    if text is None or b"%" not in text:
        return text
    return _ESCAPE.sub(lambda found: bytes((int(found[1], 16),)), text)


def _folded(items: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    return {name: (_plain(value) or b"").lower() for name, value in items.items()}


def _same_params(ours: Mapping[bytes, bytes | None], theirs: Mapping[bytes, bytes | None]) -> bool:
    for name in ours.keys() | theirs.keys():
        if name in ours and name in theirs:
            if (_plain(ours[name]) or b"").lower() != (_plain(theirs[name]) or b"").lower():
                return False
        elif name in _TELLING_ALONE:
            return False
    return True
