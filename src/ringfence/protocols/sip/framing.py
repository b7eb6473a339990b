"""Cutting messages out of datagrams and byte streams (RFC 3261 sections 7.5 and 18.3), within limits.

    datagram --> datagram() --> message
    stream   --> Stream.feed() --> Frame (bytes of one message), Ping, Pong

Where a message ends must be beyond doubt on a stream: two elements that cut differently can be made to see different
messages. So a missing, repeated or odd Content-Length breaks the stream, and the owner closes the connection.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ringfence.protocols.sip.errors import BadMessage
from ringfence.protocols.sip.message import Request, Response, parse

__all__ = ["Event", "Frame", "Limits", "Ping", "Pong", "Stream", "datagram", "is_keep_alive"]

_LENGTH = re.compile(
    rb"\r\n(?:content-length|l)[ \t]*+:[ \t]*+(?:\r\n[ \t]++)?([^\r\n]*+)(?=\r\n(?![ \t]))", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one peer may make us hold, in bytes; `headers` is a count of lines."""

    head: int = 32_768
    """Start line and headers. Real ones stay under 8 kB, long Path and identity headers included."""

    body: int = 131_072
    """SDP stays under 10 kB, MESSAGE texts under 1.3 kB (RFC 3428); the rest is room for pictures in a text."""

    headers: int = 256
    """More lines than any message needs; bounds the cost of look-ups."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The bytes of exactly one message, for `parse`."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Ping:
    """A double CRLF between messages (RFC 5626 section 3.5.1): answer with one CRLF."""


@dataclass(frozen=True, slots=True)
class Pong:
    """A single CRLF between messages: the answer to our ping."""


Event = Frame | Ping | Pong
DEFAULT = Limits()


def is_keep_alive(data: bytes) -> bool:
    """True for a datagram that only holds a NAT binding open: empty, CRLFs or NULs."""
    return len(data) <= 8 and not data.strip(b"\r\n\0 ")


def datagram(data: bytes, limits: Limits = DEFAULT) -> Request | Response:
    """The message that fills a datagram.

    Bytes after Content-Length are dropped; fewer than Content-Length, or more than `limits`, raise `BadMessage`, which
    carries the message where enough could be read to answer it (18.3).
    """
    message = parse(data.lstrip(b"\r\n"), max_head=limits.head, max_headers=limits.headers)
    length = message.content_length
    if length is not None and length != len(message.body):
        if length > len(message.body):
            raise BadMessage("body_shorter_than_content_length", 400, message)
        message.body = message.body[:length]
    if len(message.body) > limits.body:
        raise BadMessage("body_too_large", 513, message)
    return message


class Stream:
    """One connection's incoming bytes. After a `BadMessage` it is broken for good: close the connection."""

    __slots__ = ("_buffer", "_limits", "_need", "_ponged", "_scanned")

    def __init__(self, limits: Limits = DEFAULT) -> None:
        self._limits = limits
        self._buffer = bytearray()
        self._scanned = 0
        """How far the end of the headers has been looked for: bytes that come one by one are looked at once."""
        self._need = 0
        """The length of the message at the front, once its headers are here; 0 before."""
        self._ponged = False

    def feed(self, data: bytes) -> Iterator[Event]:
        """Take bytes in and give what they complete, in order; raises `BadMessage` after what came before the fault.

        The events must be consumed. A ping that comes in two pieces shows as a Pong and a Ping.
        """
        self._buffer += data
        return self._events()

    @property
    def held(self) -> int:
        """Bytes kept for a message that is not whole yet."""
        return len(self._buffer)

    def _events(self) -> Iterator[Event]:
        while self._buffer:
            event = self._frame() if self._need or self._buffer[0] not in b"\r\n" else self._keep_alive()
            if event is None:
                return
            yield event

    def _keep_alive(self) -> Event | None:
        """CRLFs between messages. One at the end of what came is a pong at once, and may yet become half a ping."""
        front = bytes(self._buffer[:4])
        if front == b"\r" or (front == b"\r\n\r" and not self._ponged):
            return None
        if front[:2] != b"\r\n":
            raise BadMessage("bare_line_break", 400)
        if self._ponged or front == b"\r\n\r\n":
            del self._buffer[: 2 if self._ponged else 4]
            self._ponged = False
            return Ping()
        del self._buffer[:2]
        self._ponged = not self._buffer
        return Pong()

    def _frame(self) -> Frame | None:
        self._ponged = False
        self._need = self._need or self._length()
        if not self._need or len(self._buffer) < self._need:
            return None
        data = bytes(self._buffer[: self._need])
        del self._buffer[: self._need]
        self._need = self._scanned = 0
        return Frame(data)

    def _length(self) -> int:
        """The length of the message at the front, 0 while its headers are not all here."""
        end = self._buffer.find(b"\r\n\r\n", max(0, self._scanned - 3), self._limits.head + 4)
        self._scanned = len(self._buffer)
        if end >= 0:
            return end + 4 + self._body_length(bytes(self._buffer[: end + 2]))
        if len(self._buffer) >= self._limits.head + 4:
            raise BadMessage("head_too_large", 513)
        return 0

    def _body_length(self, head: bytes) -> int:
        found = _LENGTH.findall(head)
        if len(found) != 1:
            raise BadMessage("repeated_content_length" if found else "no_content_length", 400)
        digits = found[0].strip()
        if not digits.isdigit() or len(digits) > 10:
            raise BadMessage("bad_content_length", 400)
        if int(digits) > self._limits.body:
            raise BadMessage("body_too_large", 513)
        return int(digits)
