"""As much SIP as a rehearsal needs, written on its own.

The phones and the PBX of the demo must not share a mistake with the server that they show, so nothing here comes from
`ringfence.protocols`: messages are text, headers are pairs, and a URI is read only as far as an address is needed.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self, final

__all__ = [
    "Address",
    "Gibberish",
    "Message",
    "address_of",
    "answer_challenge",
    "auth_params",
    "bare",
    "digest",
    "param",
    "user_of",
]

Address = tuple[str, int]
"""Host and port of an IPv4 peer."""

_COMPACT = {
    "v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact",
    "l": "content-length", "c": "content-type", "k": "supported", "s": "subject", "e": "content-encoding",
}  # fmt: skip
"""RFC 3261 section 7.3.3."""

_URI = re.compile(r"sips?:(?:(?P<user>[^@;?>\s]*)@)?(?P<host>\[[^\]]*\]|[^:;?>\s]+)(?::(?P<port>\d+))?", re.IGNORECASE)
_AUTH_PARAM = re.compile(r'([a-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^,\s]+))', re.IGNORECASE)
_ECHOED = frozenset({"realm", "nonce", "algorithm", "opaque"})
_HASHES = {"MD5": "md5", "SHA-256": "sha256"}


class Gibberish(ValueError):
    """What came in is no SIP message."""


@final
@dataclass(slots=True)
class Message:
    """A request or a response: its first line, its headers in order, its body."""

    start: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read one whole message; raises Gibberish."""
        head, blank, body = data.partition(b"\r\n\r\n")
        start, *lines = re.sub(r"\r\n[ \t]+", " ", head.decode("utf-8", "surrogateescape")).split("\r\n")
        if not blank or "SIP/2.0" not in start or any(":" not in line for line in lines):
            raise Gibberish
        named = (line.partition(":") for line in lines)
        message = cls(start, [(name.strip(), value.strip()) for name, _, value in named])
        length = message.first("content-length") or str(len(body))
        if not re.fullmatch(r"[0-9]{1,9}", length):
            raise Gibberish
        message.body = body[: int(length)]
        return message

    @classmethod
    def request(cls, method: str, uri: str, headers: Iterable[tuple[str, str]], body: bytes = b"") -> Self:
        return cls(f"{method} {uri} SIP/2.0", list(headers), body)

    def response(
        self, status: int, reason: str, *headers: tuple[str, str], tag: str = "", body: bytes = b""
    ) -> "Message":
        """An answer to this request (RFC 3261 section 8.2.6), with `tag` on its To unless one is there."""
        kept = [pair for pair in self.headers if _long(pair[0]) in {"via", "from", "to", "call-id", "cseq"}]
        answer = Message(f"SIP/2.0 {status} {reason}", kept, body)
        to = answer.first("to")
        if tag and not param(to, "tag"):
            answer.replace("To", f"{to};tag={tag}")
        answer.headers.extend(headers)
        return answer

    def to_bytes(self) -> bytes:
        pairs = [pair for pair in self.headers if _long(pair[0]) != "content-length"]
        lines = [self.start, *(f"{name}: {value}" for name, value in pairs), f"Content-Length: {len(self.body)}"]
        return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + self.body

    def copy(self) -> "Message":
        return Message(self.start, list(self.headers), self.body)

    @property
    def is_request(self) -> bool:
        return not self.start.startswith("SIP/2.0")

    @property
    def method(self) -> str:
        """The method of a request, or of the request that a response answers."""
        return self.start.split(" ", 1)[0] if self.is_request else self.first("cseq").split()[-1]

    @property
    def uri(self) -> str:
        return self.start.split(" ")[1]

    @property
    def status(self) -> int:
        return int(self.start.split(" ")[1])

    @property
    def branch(self) -> str:
        return param(next(self.values("via"), ""), "branch")

    def first(self, name: str) -> str:
        """The first line with this name, or an empty text."""
        return next(self.lines(name), "")

    def lines(self, name: str) -> Iterator[str]:
        """Each header line of that name, whole."""
        return (value for known, value in self.headers if _long(known) == name)

    def values(self, name: str) -> Iterator[str]:
        """Each value of a comma-separated header (Via, Contact, Route, Record-Route)."""
        return (value for line in self.lines(name) for value in _split(line))

    def replace(self, name: str, *values: str) -> None:
        """Put these lines where the header stood; none takes it away."""
        at = next((i for i, (known, _) in enumerate(self.headers) if _long(known) == name.lower()), len(self.headers))
        rest = [pair for pair in self.headers[at:] if _long(pair[0]) != name.lower()]
        self.headers[at:] = [*((name, value) for value in values), *rest]


def _long(name: str) -> str:
    return _COMPACT.get(name.lower(), name.lower())


def _split(line: str) -> Iterator[str]:
    """Cut at the commas that stand outside of quotes and angle brackets."""
    for part in re.findall(r'(?:"(?:[^"\\]|\\.)*"|<[^>]*>|[^,])+', line):
        yield part.strip()


def bare(value: str) -> str:
    """The URI of a name-addr or addr-spec, without display name and header parameters."""
    inside = re.search(r"<([^>]*)>", value)
    return inside[1] if inside else value.partition(";")[0].strip()


def param(value: str, name: str) -> str:
    """A header parameter (what stands after the angle brackets), unquoted; empty when absent."""
    found = re.search(rf";\s*{re.escape(name)}\s*=\s*\"?([^;,\"\s]*)", value.rpartition(">")[2], re.IGNORECASE)
    return found[1] if found else ""


def user_of(uri: str) -> str:
    found = _URI.search(uri)
    return found["user"] or "" if found else ""


def address_of(uri: str, default_port: int = 5060) -> Address:
    """Host and port to which a request for this URI goes; names are not resolved. Raises Gibberish."""
    found = _URI.search(uri)
    if not found:
        raise Gibberish
    return found["host"], int(found["port"] or default_port)


def auth_params(value: str) -> dict[str, str]:
    """The parameters of a challenge or of credentials, keys in lower case."""
    scheme, _, rest = value.partition(" ")
    if scheme.lower() != "digest":
        return {}
    return {name.lower(): quoted or plain for name, quoted, plain in _AUTH_PARAM.findall(rest)}


def digest(values: Mapping[str, str], *, password: str, method: str) -> str:
    """The `response` that these credentials should carry (RFC 7616 section 3.4.1, qop=auth)."""

    def hashed(text: str) -> str:
        name = _HASHES[values.get("algorithm", "MD5").upper()]
        return hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()

    secret = hashed(f"{values['username']}:{values['realm']}:{password}")
    asked = hashed(f"{method}:{values['uri']}")
    return hashed(f"{secret}:{values['nonce']}:{values['nc']}:{values['cnonce']}:auth:{asked}")


def answer_challenge(challenges: Iterable[str], *, user: str, password: str, method: str, uri: str, cnonce: str) -> str:
    """The credentials that answer the first challenge that can be; raises Gibberish when there is none."""
    for challenge in map(auth_params, challenges):
        if challenge.get("algorithm", "MD5").upper() not in _HASHES or "auth" not in challenge.get("qop", ""):
            continue
        values = {key: value for key, value in challenge.items() if key in _ECHOED}
        values |= {"username": user, "uri": uri, "cnonce": cnonce, "nc": "00000001", "qop": "auth"}
        values["response"] = digest(values, password=password, method=method)
        return "Digest " + ", ".join(f"{key}={_quoted(key, value)}" for key, value in values.items())
    raise Gibberish


def _quoted(key: str, value: str) -> str:
    return value if key in {"algorithm", "nc", "qop"} else f'"{value}"'
