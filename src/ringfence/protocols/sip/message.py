"""SIP messages (RFC 3261 section 7), parsed lazily and kept byte for byte.

A message is its start line, its header lines and its body, all bytes. Splitting is done once; a field is looked at when
somebody asks. What nobody touches is serialized exactly as it came in.
"""

import re
from collections.abc import Collection, Iterator
from typing import ClassVar, Self

from ringfence.protocols.sip.errors import BadMessage
from ringfence.protocols.sip.names import LONG_NAMES, SPELLED

__all__ = ["Message", "Request", "Response", "parse"]

_TOKEN = re.compile(rb"[A-Za-z0-9.!%*_+`'~-]++")
_STATUS_LINE = re.compile(rb"SIP/2\.0 [1-6][0-9]{2}(?: .*+)?", re.IGNORECASE)
_CONTROLS = bytes((*range(9), *range(10, 13), *range(14, 32), 127))
"""What no header line may hold: controls but TAB (a fold's CRLF is counted apart, in `_split`)."""
_FOLD = b""
"""The name of what continues the line before."""
# The closing quote is optional in the pattern, so that one that never closes is passed over once and not tried again
# from each of its escaped quotes: that would be quadratic.
_QUOTED = re.compile(rb'"(?:[^"\\\0-\x08\x0a-\x1f\x7f]++|\\[\0-\x09\x0b\x0c\x0e-\x7f])*+("?)')


class Message:
    """What requests and responses share. Header names are lower-case bytes in their long form.

    Writing a value with a line break in it raises ValueError: it would write headers of somebody else's choice.
    """

    __slots__ = ("_lines", "_names", "body", "start")

    is_request: ClassVar[bool]

    def __init__(self, start: bytes, names: list[bytes], lines: list[bytes], body: bytes) -> None:
        self.start = start
        self._names = names
        self._lines = lines
        self.body = body

    def get(self, name: bytes) -> bytes | None:
        """The value of the first line of that name, unfolded and stripped; None where there is none."""
        if name not in self._names:  # half of all questions; an exception would cost more than the second look
            return None
        return _value(self._lines[self._names.index(name)])

    def get_all(self, name: bytes) -> list[bytes]:
        """The values of all lines of that name, in order; comma-joined values stay joined."""
        if name not in self._names:
            return []
        return [_value(line) for found, line in zip(self._names, self._lines, strict=True) if found == name]

    def has(self, name: bytes) -> bool:
        return name in self._names

    def count(self, name: bytes) -> int:
        """How many lines have that name."""
        return self._names.count(name)

    @property
    def names(self) -> list[bytes]:
        """All header names in order, repeated ones repeated."""
        return list(self._names)

    def pairs(self) -> Iterator[tuple[bytes, bytes]]:
        """Name and whole line of each header, in order, the line as it came."""
        return zip(self._names, self._lines, strict=True)

    @property
    def content_length(self) -> int | None:
        """What Content-Length says, None where there is none; raises `BadMessage` where it is no single number."""
        value = self.get(b"content-length")
        if value is None:
            return None
        if not value.isdigit() or len(value) > 10 or self.count(b"content-length") > 1:
            raise BadMessage("bad_content_length", 400, self)
        return int(value)

    def add(self, name: bytes, value: bytes) -> None:
        """Append one line after the last of that name, else at the end."""
        self._insert(self._after_last(name) if name in self._names else len(self._names), name, value)

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

    def copy_fields(self, source: "Message", names: Collection[bytes]) -> None:
        """Append the lines of those names as `source` has them, in its order and byte for byte."""
        for name, line in zip(source._names, source._lines, strict=True):  # noqa: SLF001 - a message knows messages
            if name in names:
                self._names.append(name)
                self._lines.append(line)

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
        self._lines.insert(at, _line(name, value))
        self._names.insert(at, name)

    def _after_last(self, name: bytes) -> int:
        """Where the next line of that name goes; there is one."""
        return len(self._names) - self._names[::-1].index(name)


class Request(Message):
    """A request: `method` and `uri` as on the request line, which `validate.check` judges."""

    __slots__ = ()
    is_request = True

    @classmethod
    def make(cls, method: bytes, uri: bytes) -> Self:
        """An empty request; the caller adds every header."""
        return cls(_one_line(b"%b %b SIP/2.0" % (method, uri)), [], [], b"")

    @property
    def method(self) -> bytes:
        return self.start.partition(b" ")[0]

    @property
    def uri(self) -> bytes:
        """What stands between the method and the version, odd white space included."""
        return self.start.partition(b" ")[2].rpartition(b" ")[0]

    def set_uri(self, uri: bytes) -> None:
        """Writes the whole request line anew, so an odd one becomes regular."""
        self.start = _one_line(b"%b %b SIP/2.0" % (self.method, uri))


class Response(Message):
    """A response: `status` is 100 to 699, `reason` may be empty and any UTF-8."""

    __slots__ = ()
    is_request = False

    @classmethod
    def make(cls, status: int, reason: bytes) -> Self:
        """An empty response; see `response_to` for one that answers a request."""
        return cls(_one_line(b"SIP/2.0 %d %b" % (status, reason)), [], [], b"")

    @property
    def status(self) -> int:
        return int(self.start[8:11])

    @property
    def reason(self) -> bytes:
        return self.start[12:]


def parse(data: bytes, *, max_head: int = 65_536, max_headers: int = 512) -> Request | Response:
    """One whole message from `data` (a datagram, or a frame cut out of a stream); raises `BadMessage`.

    Only the frame is checked here: a start line, header lines with a name each, CRLF at every line's end, no control
    bytes but escaped ones, the empty line. What the lines say is judged by `validate.check`, and can be answered.
    """
    head, gap, body = data.partition(b"\r\n\r\n")
    if not gap:
        raise BadMessage("no_end_of_headers", 400)
    if len(head) > max_head:
        raise BadMessage("head_too_large", 513)
    start, *lines = _split(head)
    if len(lines) > max_headers:
        raise BadMessage("too_many_headers", 513)
    names = [LONG_NAMES.get(line[: line.find(b":") + 1]) or _name(line) for line in lines]
    if _FOLD in names:
        names, lines = _whole_lines(names, lines)
    if start[:4].upper() != b"SIP/":
        if not _TOKEN.match(start) or b" " not in start:
            raise BadMessage("bad_request_line", 400)
        return Request(start, names, lines, body)
    if not _STATUS_LINE.fullmatch(start):
        raise BadMessage("bad_status_line", 400)
    return Response(start, names, lines, body)


def _split(head: bytes) -> list[bytes]:
    """The lines of a head, pieces of folded ones still apart.

    A CR or LF alone ends no line for us but does for others, so it could hide a header from one of the two: refused.
    """
    lines = head.split(b"\r\n")
    breaks = len(lines) - 1
    if head.count(b"\n") != breaks or head.count(b"\r") != breaks:
        raise BadMessage("bare_line_break", 400)
    if len(head.translate(None, _CONTROLS)) != len(head) - breaks and _has_bare_controls(head):
        raise BadMessage("control_byte", 400)
    return lines


def _has_bare_controls(head: bytes) -> bool:
    """False where every control byte is escaped in a quoted string, as the grammar's quoted-pair allows."""
    rest = _QUOTED.sub(lambda found: b"" if found[1] else found[0], head).replace(b"\n", b"")
    return len(rest.translate(None, _CONTROLS)) != len(rest)


def _whole_lines(names: list[bytes], lines: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Names and lines with every folded line made one again, its line breaks kept (7.3.1)."""
    whole: list[list[bytes]] = []
    for name, line in zip(names, lines, strict=True):
        if name != _FOLD:
            whole.append([line])
        elif whole:
            whole[-1].append(line)
        else:
            raise BadMessage("folded_start_line", 400)
    return [name for name in names if name != _FOLD], [b"\r\n".join(pieces) for pieces in whole]


def _name(line: bytes) -> bytes:
    """The long lower-case name of a line whose spelling is not among the usual ones, `_FOLD` for a piece of a line."""
    if line[:1] in (b" ", b"\t"):
        return _FOLD
    name, colon, _ = line.partition(b":")
    name = name.rstrip(b" \t").lower()
    if not colon or not _TOKEN.fullmatch(name):
        raise BadMessage("bad_header_line", 400)
    return LONG_NAMES.get(name + b":", name)


def _value(line: bytes) -> bytes:
    value = line[line.find(b":") + 1 :].strip()
    if b"\r" in value:  # only as part of a fold
        return b" ".join([part.strip() for part in value.split(b"\r\n")]).strip()
    return value


def _line(name: bytes, value: bytes) -> bytes:
    return _one_line(b"%b: %b" % (SPELLED.get(name) or _spelled(name), value))


def _spelled(name: bytes) -> bytes:
    return b"-".join([word.capitalize() for word in name.split(b"-")])


def _one_line(line: bytes) -> bytes:
    if b"\n" in line or b"\r" in line:
        raise ValueError("line_break_in_a_line")
    return line
