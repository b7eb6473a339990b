"""Header field values (RFC 3261 section 20), parsed when asked for.

Values come as `Message.get` gives them: unfolded and stripped. Everything here knows quoted strings and angle brackets,
so a comma or semicolon in a display name separates nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from ringfence.protocols.sip.errors import BadMessage
from ringfence.protocols.sip.message import Message
from ringfence.protocols.sip.uri import HOST, Uri, host_of, scheme_of

__all__ = [
    "COMMON_HOST",
    "COMMON_VIA",
    "AuthParams",
    "CSeq",
    "NameAddr",
    "Via",
    "contacts",
    "cseq",
    "params",
    "parse_challenge",
    "parse_credentials",
    "quote",
    "split_values",
    "tag_of",
    "top_branch",
    "top_via",
    "unquote",
]

_TOKEN = rb"[A-Za-z0-9.!%*_+`'~-]++"
_QUOTED = rb'"(?:[^"\\]++|\\.)*+"'
_LWS = rb"[ \t]*+"
_VALUE = re.compile(rb'(?:[^,"<]++|' + _QUOTED + rb"|<[^>]*+>)*+", re.DOTALL)
_PARAM = re.compile(
    _LWS + rb";" + _LWS + rb"(" + _TOKEN + rb")(?:" + _LWS + rb"=" + _LWS
    # A value is a token, a host or a quoted string; what phones also send there (slashes, a bare URN) breaks nothing.
    + rb"(" + _QUOTED + rb'|[^\s;,"<>=?][^\s;,"<>]*+))?' + _LWS,
    re.DOTALL,
)  # fmt: skip
_VIA = re.compile(
    rb"SIP" + _LWS + rb"/" + _LWS + rb"2\.0" + _LWS + rb"/" + _LWS + rb"(" + _TOKEN + rb")[ \t]++"
    rb"(" + HOST + rb")(?:" + _LWS + rb":" + _LWS + rb"([0-9]{1,5}))?" + _LWS,
    re.IGNORECASE,
)  # fmt: skip
_BRANCH = re.compile(rb"^[^,\"]*?;[ \t]*+branch[ \t]*+=[ \t]*+([^\s;,\"]++)", re.IGNORECASE)
_TAG = re.compile(rb";[ \t]*+tag[ \t]*+=[ \t]*+([^\s;,\"]++)", re.IGNORECASE)
_QUOTED_NAME = re.compile(_QUOTED, re.DOTALL)
_NAME_ADDR = re.compile(rb"(" + _QUOTED + rb"|(?:" + _TOKEN + rb"[ \t]*+)*+)" + _LWS + rb"<([^\s<>\"]++)>", re.DOTALL)
_ADDR_SPEC = re.compile(rb"[^\s;,?<>\"]++")
_CSEQ = re.compile(rb"([0-9]{1,10})[ \t]++(" + _TOKEN + rb")")
_AUTH = re.compile(rb"(" + _TOKEN + rb")[ \t]++(.+)", re.DOTALL)
_AUTH_PARAM = re.compile(
    _LWS + rb"(?:(" + _TOKEN + rb")" + _LWS + rb"=" + _LWS + rb"(" + _QUOTED + rb'|[^\s,"]++))?+' + _LWS + rb"(?:,|\Z)",
    re.DOTALL,
)
_QUOTED_PAIR = re.compile(rb"\\(.)", re.DOTALL)
COMMON_HOST = rb"(?:[A-Za-z0-9-]++\.?+)++(?::[1-5]?[0-9]{1,4}+)?"
"""A pattern: a name or IPv4 address, and perhaps a port that is one beyond doubt."""
_COMMON_BRANCH = rb";branch=z9hG4bK[A-Za-z0-9.!%*_+`'~-]++"
_COMMON_RPORT = rb";rport(?:=[0-9]++)?+"
COMMON_VIA = (
    rb"SIP/2\.0/[A-Z]++ " + COMMON_HOST
    + rb"(?:" + _COMMON_RPORT + _COMMON_BRANCH + rb"|" + _COMMON_BRANCH + rb"(?:" + _COMMON_RPORT + rb")?+)"
)  # fmt: skip
"""A pattern for one Via value of the usual shape: what it matches, `Via.parse` takes."""


def split_values(value: bytes) -> list[bytes]:
    """The comma-separated values of one header line, stripped; empty ones are left out.

    Raises `BadMessage` where a quote or bracket never closes.
    """
    if b"," not in value:
        return [value] if value else []
    if b'"' not in value and b"<" not in value:
        return [part for part in map(bytes.strip, value.split(b",")) if part]
    values: list[bytes] = []
    at = 0
    while at <= len(value):
        found = _VALUE.match(value, at)
        if not found or (found.end() < len(value) and value[found.end()] != 0x2C):
            raise BadMessage("unbalanced_quotes", 400)
        if part := found[0].strip():
            values.append(part)
        at = found.end() + 1
    return values


def params(text: bytes) -> dict[bytes, bytes | None]:
    """Header parameters: `;name=value;name` with or without the first semicolon.

    Names are lower case, values as written (quoted ones in their quotes, see `unquote`), a name without `=` is None.
    Raises `BadMessage` for anything else, and for a name that comes twice (7.3.1).
    """
    text = text.strip()
    if not text:
        return {}
    return _params(text if text.startswith(b";") else b";" + text, 0)


def _params(text: bytes, at: int) -> dict[bytes, bytes | None]:
    found_all: dict[bytes, bytes | None] = {}
    while at < len(text):
        found = _PARAM.match(text, at)
        if not found:
            raise BadMessage("bad_parameter", 400)
        name = found[1].lower()
        if name in found_all:
            raise BadMessage("repeated_parameter", 400)
        found_all[name] = found[2]
        at = found.end()
    return found_all


def _write_params(items: Mapping[bytes, bytes | None]) -> bytes:
    return b"".join([b";%b" % name if value is None else b";%b=%b" % (name, value) for name, value in items.items()])


def unquote(value: bytes) -> bytes:
    """The text of a quoted string, its escapes undone; anything else as it is."""
    if value[:1] != b'"' or len(value) < 2:
        return value
    inner = value[1:-1]
    return _QUOTED_PAIR.sub(rb"\1", inner) if b"\\" in inner else inner


def quote(text: bytes) -> bytes:
    """`text` as a quoted string."""
    return b'"%b"' % text.replace(b"\\", b"\\\\").replace(b'"', b'\\"')


@dataclass(frozen=True, slots=True)
class Via:
    """One Via value. `transport` is upper case, `host` lower case, an IPv6 literal in its brackets."""

    transport: bytes
    host: bytes
    port: int | None = None
    params: Mapping[bytes, bytes | None] = field(default_factory=dict)

    @classmethod
    def parse(cls, value: bytes) -> Self:
        """One value (not a comma-joined line); raises `BadMessage`."""
        found = _VIA.match(value)
        if not found:
            raise BadMessage("bad_via", 400)
        port = int(found[3]) if found[3] else None
        if port is not None and port > 65535:
            raise BadMessage("bad_port", 400)
        return cls(found[1].upper(), host_of(found[2]), port, _params(value, found.end()))

    @property
    def branch(self) -> bytes:
        """Empty where there is none."""
        return self.params.get(b"branch") or b""

    @property
    def address(self) -> str:
        """The host as sockets take it: an IPv6 literal without brackets."""
        return self.host.strip(b"[]").decode("ascii")

    def with_param(self, name: bytes, value: bytes | None = None) -> Self:
        """Set one parameter (`received`, `rport`); None writes it without `=`."""
        return replace(self, params={**self.params, name: value})

    def to_bytes(self) -> bytes:
        sent_by = self.host if self.port is None else b"%b:%d" % (self.host, self.port)
        return b"SIP/2.0/%b %b%b" % (self.transport, sent_by, _write_params(self.params))


@dataclass(frozen=True, slots=True)
class NameAddr:
    """A value of From, To, Contact, Route, Record-Route, P-Asserted-Identity, ...

    `display` is as written, quotes included, empty where there is none; `uri` is as written, of any scheme, or `*` in
    a Contact that means all bindings. Parameters belong to the field, never to a URI without brackets (20.10).
    """

    display: bytes
    uri: bytes
    params: Mapping[bytes, bytes | None] = field(default_factory=dict)

    @classmethod
    def parse(cls, value: bytes) -> Self:
        """One value (not a comma-joined line); raises `BadMessage`. The URI itself is looked at by `address`."""
        found = _NAME_ADDR.match(value)
        if found:
            display, uri = found[1].rstrip(), found[2]
        else:
            found = _ADDR_SPEC.match(value)
            display, uri = b"", found[0] if found else b""
        if not found:
            raise BadMessage("bad_address", 400)
        if uri != b"*":
            scheme_of(uri)
        return cls(display, uri, _params(value, found.end()))

    @property
    def tag(self) -> bytes | None:
        return self.params.get(b"tag")

    @property
    def name(self) -> bytes:
        """The display name as people read it."""
        return unquote(self.display)

    @property
    def address(self) -> Uri:
        """The URI, parsed now; raises `BadMessage` for what is no SIP URI."""
        return Uri.parse(self.uri)

    def with_param(self, name: bytes, value: bytes | None = None) -> Self:
        return replace(self, params={**self.params, name: value})

    def to_bytes(self) -> bytes:
        if self.uri == b"*":
            return b"*"
        start = b"%b <%b>" % (self.display, self.uri) if self.display else b"<%b>" % self.uri
        return start + _write_params(self.params)


@dataclass(frozen=True, slots=True)
class CSeq:
    number: int
    method: bytes

    @classmethod
    def parse(cls, value: bytes) -> Self:
        """Raises `BadMessage`, also for a number of 2**31 or more (8.1.1.5)."""
        found = _CSEQ.fullmatch(value)
        if not found:
            raise BadMessage("bad_cseq", 400)
        number = int(found[1])
        if number >= 2**31:
            raise BadMessage("cseq_too_large", 400)
        return cls(number, found[2])

    def to_bytes(self) -> bytes:
        return b"%d %b" % (self.number, self.method)


@dataclass(frozen=True, slots=True)
class AuthParams:
    """Credentials or a challenge: scheme and names lower case, values without their quotes (RFC 7616: unq)."""

    scheme: bytes
    params: Mapping[bytes, bytes]

    def get(self, name: bytes) -> bytes:
        """Empty where there is none."""
        return self.params.get(name, b"")


def parse_credentials(value: bytes) -> AuthParams:
    """An Authorization or Proxy-Authorization value; raises `BadMessage`."""
    found = _AUTH.fullmatch(value)
    if not found:
        raise BadMessage("bad_credentials", 400)
    items: dict[bytes, bytes] = {}
    at = found.start(2)
    while at < len(value):
        item = _AUTH_PARAM.match(value, at)
        if not item:
            raise BadMessage("bad_credentials", 400)
        at = item.end()
        if item[1] is None:
            continue  # nothing between two commas: lists may have such (7.3.1)
        name, text = item[1].lower(), item[2]
        if name in items:
            raise BadMessage("bad_credentials", 400)
        items[name] = text[1:-1] if text.startswith(b'"') else text
    return AuthParams(found[1].lower(), items)


def parse_challenge(value: bytes) -> AuthParams:
    """A WWW-Authenticate or Proxy-Authenticate value: one challenge (20.27); raises `BadMessage`."""
    return parse_credentials(value)


def top_via(message: Message) -> Via:
    """Raises `BadMessage` where there is none or it can't be read."""
    values = split_values(message.get(b"via") or b"")
    if not values:
        raise BadMessage("no_via", 400)
    return Via.parse(values[0])


def top_branch(message: Message) -> bytes:
    """The topmost Via's branch, empty where it has none; raises `BadMessage` as `top_via` does."""
    line = message.get(b"via") or b""
    found = _BRANCH.match(line)
    return found[1] if found else top_via(message).branch


def tag_of(value: bytes) -> bytes | None:
    """The tag of a From or To value, read without parsing the rest where that is safe; raises `BadMessage`."""
    end = 0
    if value[:1] == b'"':
        name = _QUOTED_NAME.match(value)
        end = name.end() if name else 0
    if b'"' in value[end:]:
        return NameAddr.parse(value).tag
    found = _TAG.search(value, value.find(b">", end) + 1)
    return found[1] if found else None


def cseq(message: Message) -> CSeq:
    """Raises `BadMessage` where it is missing or can't be read."""
    return CSeq.parse(message.get(b"cseq") or b"")


def contacts(message: Message) -> list[NameAddr]:
    """All Contact values of all lines; `Contact: *` is one whose `uri` is `*`. Raises `BadMessage`."""
    return [NameAddr.parse(value) for line in message.get_all(b"contact") for value in split_values(line)]
