"""One request over HTTP/2 and what comes of it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import final

__all__ = ["Exchange", "Http2Answer", "Http2Request", "Http2Settings", "Interrupted", "NotProcessed", "Refused"]


class NotProcessed(Exception):
    """The request certainly was not processed; it may be repeated."""


class Interrupted(Exception):
    """No answer came, and the request may have been processed."""


class Refused(NotProcessed):
    """Another connection may take it."""


@final
@dataclass(frozen=True, slots=True)
class Http2Settings:
    """How connections are kept.

    idle_seconds: an unused connection is closed after this time; middleboxes forget them after a few minutes, and then
        swallow what is sent. Apple counts quick reconnects as an attack, so not at once.
    probe_after: seconds of silence after which a connection is asked whether it lives, before a request is put on it.
    probe_seconds: for that answer; a caller is waiting, and a new connection takes about a quarter of a second.
    answer_bytes: what of an answer's body is read.
    """

    connect_seconds: float = 3.0
    answer_seconds: float = 10.0
    idle_seconds: float = 60.0
    probe_after: float = 10.0
    probe_seconds: float = 1.0
    answer_bytes: int = 65_536
    connections: int = 8


@final
@dataclass(frozen=True, slots=True)
class Http2Request:
    """`headers` by lower-case name, without those that HTTP/2 has no use for."""

    method: str
    scheme: str
    host: str
    port: int
    path: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(default=b"", repr=False)

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == 443 and self.scheme == "https" else f"{host}:{self.port}"

    def fields(self) -> list[tuple[str, str]]:
        """What the HEADERS frame says."""
        return [
            (":method", self.method),
            (":scheme", self.scheme),
            (":authority", self.authority),
            (":path", self.path),
            *self.headers.items(),
        ]


@final
@dataclass(frozen=True, slots=True)
class Http2Answer:
    """Header names are lower case; of a body that is too long, just more than was asked for."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@final
class Exchange:
    """A request under way. `rest` is what of its content has not been handed over yet."""

    __slots__ = ("answer", "body", "ended", "headers", "rest", "sent", "status")

    def __init__(self, content: bytes) -> None:
        self.answer: asyncio.Future[Http2Answer] = asyncio.get_running_loop().create_future()
        self.rest = content
        self.sent = False  # whether its end has been handed over
        self.ended = False  # whether the peer will say nothing more
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = bytearray()

    def succeed(self) -> None:
        if not self.answer.done():
            self.answer.set_result(Http2Answer(self.status, self.headers, bytes(self.body)))

    def fail(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)
