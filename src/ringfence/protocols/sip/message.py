"""SIP messages (RFC 3261 section 7), parsed lazily and kept byte for byte.

A message is its start line, its header lines and its body, all bytes. Splitting is done once; a field is looked at when
somebody asks. What nobody touches is serialized exactly as it came in.
"""

from typing import ClassVar, Self

from ringfence.protocols.sip.errors import BadMessage

__all__ = ["Message", "Request", "Response", "parse"]

_COMPACT = {
    b"a": b"accept-contact", b"b": b"referred-by", b"c": b"content-type", b"d": b"request-disposition",
    b"e": b"content-encoding", b"f": b"from", b"i": b"call-id", b"j": b"reject-contact", b"k": b"supported",
    b"l": b"content-length", b"m": b"contact", b"n": b"identity-info", b"o": b"event", b"r": b"refer-to",
    b"s": b"subject", b"t": b"to", b"u": b"allow-events", b"v": b"via", b"x": b"session-expires", b"y": b"identity",
}  # fmt: skip
_SPELLED = {
    b"call-id": b"Call-ID", b"cseq": b"CSeq", b"www-authenticate": b"WWW-Authenticate", b"mime-version": b"MIME-Version",
    b"rack": b"RAck", b"rseq": b"RSeq",
}  # fmt: skip


class Message:
    """What requests and responses share. Header names are lower-case bytes in their long form."""

    __slots__ = ("_lines", "_names", "body", "start")

    is_request: ClassVar[bool]

    def __init__(self, start: bytes, names: list[bytes], lines: list[bytes], body: bytes) -> None:
        self.start = start
        self._names = names
        self._lines = lines
        self.body = body

    def get(self, name: bytes) -> bytes | None:
        """The value of the first line of that name, unfolded and stripped; None where there is none."""
        try:
            return _value(self._lines[self._names.index(name)])
        except ValueError:
            return None

    def get_all(self, name: bytes) -> list[bytes]:
        """The values of all lines of that name, in order; comma-joined values stay joined."""
        return [_value(line) for found, line in zip(self._names, self._lines, strict=True) if found == name]

    def has(self, name: bytes) -> bool:
        return name in self._names

    @property
    def names(self) -> list[bytes]:
        """All header names in order, repeated ones repeated."""
        return list(self._names)

    def add(self, name: bytes, value: bytes) -> None:
        """Append one line after the last of that name, else at the end."""
        self._insert(self._after_last(name), name, value)

    def push(self, name: bytes, value: bytes) -> None:
        """Put one line before the first of that name, else at the top (Via, Route, Record-Route)."""
        self._insert(self._names.index(name) if name in self._names else 0, name, value)

    def set(self, name: bytes, value: bytes) -> None:
        """Make this the only line of that name, where the first one stood."""
        if name not in self._names:
            self._insert(len(self._names), name, value)
            return
        at = self._names.index(name)
        self._lines[at] = _line(name, value)
        for later in range(len(self._names) - 1, at, -1):
            if self._names[later] == name:
                del self._names[later], self._lines[later]

    def replace_first(self, name: bytes, value: bytes) -> None:
        """Give the first line of that name another value; ValueError where there is none."""
        self._lines[self._names.index(name)] = _line(name, value)

    def remove(self, name: bytes) -> None:
        """Take out every line of that name; nothing happens where there is none."""
        if name in self._names:
            kept = [pair for pair in zip(self._names, self._lines, strict=True) if pair[0] != name]
            self._names = [pair[0] for pair in kept]
            self._lines = [pair[1] for pair in kept]

    def remove_first(self, name: bytes) -> None:
        """Take out the first line of that name; ValueError where there is none."""
        at = self._names.index(name)
        del self._names[at], self._lines[at]

    def copy(self) -> Self:
        return type(self)(self.start, list(self._names), list(self._lines), self.body)

    def to_bytes(self) -> bytes:
        """The message as it goes on the wire; Content-Length is as the lines say (see `set_body`)."""
        return b"\r\n".join((self.start, *self._lines, b"", self.body))

    def set_body(self, body: bytes, content_type: bytes | None = None) -> None:
        """Replace the body and keep Content-Length true."""
        self.body = body
        if content_type is not None:
            self.set(b"content-type", content_type)
        self.set(b"content-length", b"%d" % len(body))

    def _insert(self, at: int, name: bytes, value: bytes) -> None:
        self._names.insert(at, name)
        self._lines.insert(at, _line(name, value))

    def _after_last(self, name: bytes) -> int:
        for at in range(len(self._names) - 1, -1, -1):
            if self._names[at] == name:
                return at + 1
        return len(self._names)


class Request(Message):
    """A request: `method` and `uri` as on the request line."""

    __slots__ = ()
    is_request = True

    @classmethod
    def make(cls, method: bytes, uri: bytes) -> Self:
        """An empty request; the caller adds every header."""
        return cls(b"%b %b SIP/2.0" % (method, uri), [], [], b"")

    @property
    def method(self) -> bytes:
        return self.start.partition(b" ")[0]

    @property
    def uri(self) -> bytes:
        return self.start.partition(b" ")[2].rpartition(b" ")[0].strip()

    def set_uri(self, uri: bytes) -> None:
        self.start = b"%b %b SIP/2.0" % (self.method, uri)


class Response(Message):
    """A response: `status` and `reason` as on the status line."""

    __slots__ = ()
    is_request = False

    @classmethod
    def make(cls, status: int, reason: bytes) -> Self:
        """An empty response; see `response_to` for one that answers a request."""
        return cls(b"SIP/2.0 %d %b" % (status, reason), [], [], b"")

    @property
    def status(self) -> int:
        return int(self.start[8:11])

    @property
    def reason(self) -> bytes:
        return self.start[12:]


def parse(data: bytes) -> Request | Response:
    """One whole message from `data` (a datagram, or a frame cut out of a stream); raises `BadMessage`.

    Only the frame is checked here: a start line, header lines with a name each, the empty line.
    """
    head, gap, body = data.partition(b"\r\n\r\n")
    if not gap:
        raise BadMessage("no_end_of_headers", 400)
    start, _, rest = head.partition(b"\r\n")
    lines = rest.split(b"\r\n") if rest else []
    if b"\r\n " in rest or b"\r\n\t" in rest:
        lines = _unsplit_folds(lines)
    names = [_name(line) for line in lines]
    if start.startswith(b"SIP/"):
        return Response(start, names, lines, body)
    return Request(start, names, lines, body)


def _unsplit_folds(lines: list[bytes]) -> list[bytes]:
    whole: list[bytes] = []
    for line in lines:
        if line[:1] in (b" ", b"\t") and whole:
            whole[-1] += b"\r\n" + line
        else:
            whole.append(line)
    return whole


def _name(line: bytes) -> bytes:
    name, colon, _ = line.partition(b":")
    name = name.strip().lower()
    if not colon or not name:
        raise BadMessage("bad_header_line", 400)
    return _COMPACT.get(name, name)


def _value(line: bytes) -> bytes:
    value = line.partition(b":")[2].strip()
    if b"\r\n" in value:
        return b" ".join(part.strip() for part in value.split(b"\r\n"))
    return value


def _line(name: bytes, value: bytes) -> bytes:
    spelled = _SPELLED.get(name) or b"-".join(word.capitalize() for word in name.split(b"-"))
    return b"%b: %b" % (spelled, value)
