"""A small HTTP/2 server that misbehaves as it is told: it goes away, refuses, falls silent, breaks off."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import final

from h2 import events
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.settings import SettingCodes, Settings

from ringfence.clock import SystemClock
from tests.doubles.certificate import self_signed

__all__ = ["Asked", "Http2Server", "Reply", "serving_http2"]

AUTHORITY = "http2.pem"


@final
@dataclass(frozen=True)
class Asked:
    """A whole request; `connection` counts from 1 in the order in which they were opened."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int


@final
@dataclass(frozen=True)
class Reply:
    """An answer. `goaway` says first which stream was the last one looked at (0: none; None: no GOAWAY at all).

    `reset` ends the stream instead of answering, `hang_up` the connection, `silent` does nothing.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    goaway: int | None = None
    reset: ErrorCodes | None = None
    hang_up: bool = False
    silent: bool = False


@final
class Http2Server:
    """What it is asked goes to `answer`; `streams` is how many requests it takes at a time."""

    def __init__(self, answer: Callable[[Asked], Reply], *, streams: int = 100) -> None:
        self.answer = answer
        self.streams = streams
        self.asked: list[Asked] = []
        self.arrivals = asyncio.Queue[Asked]()
        """The same, for who waits for them."""
        self.opened = 0
        self.most_at_once = 0
        self.goodbyes = asyncio.Queue[int]()
        """Connections that the client ended by a GOAWAY of its own."""
        self.empty = asyncio.Event()
        self.deaf = False
        self.port = 0
        self.living: list[_Connection] = []

    def accept(self) -> asyncio.Protocol:
        return _Connection(self)

    def leave(self, last: int | None = 0) -> None:
        """Go away from every connection; None: without a word."""
        for connection in list(self.living):
            connection.leave(last)


@final
class _Connection(asyncio.Protocol):
    def __init__(self, server: Http2Server) -> None:
        self._server = server
        self._h2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self._requests: dict[int, tuple[dict[str, str], bytearray]] = {}
        self._transport: asyncio.Transport
        self._number = 0
        self.deaf = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._server.opened += 1
        self._number = self._server.opened
        self._server.living.append(self)
        self._server.empty.clear()
        self._h2.local_settings = Settings(
            client=False, initial_values={SettingCodes.MAX_CONCURRENT_STREAMS: self._server.streams}
        )
        self._h2.initiate_connection()
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.living.remove(self)
        if not self._server.living:
            self._server.empty.set()

    def data_received(self, data: bytes) -> None:
        if self.deaf or self._server.deaf:
            return
        for event in self._h2.receive_data(data):
            match event:
                case events.RequestReceived():
                    headers = {str(name): str(value) for name, value in event.headers or ()}
                    self._requests[event.stream_id or 0] = headers, bytearray()
                    self._server.most_at_once = max(self._server.most_at_once, len(self._requests))
                case events.DataReceived():
                    self._requests[event.stream_id or 0][1].extend(event.data or b"")
                    self._h2.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id or 0)
                case events.StreamEnded():
                    asyncio.get_running_loop().call_soon(self._asked, event.stream_id or 0)
                case events.StreamReset():
                    self._requests.pop(event.stream_id or 0, None)
                case events.ConnectionTerminated():
                    self._server.goodbyes.put_nowait(self._number)
        self._flush()

    def leave(self, last: int | None) -> None:
        if last is not None:
            self._going(last)
        self._transport.close()

    def _asked(self, stream: int) -> None:
        if stream not in self._requests or self._transport.is_closing():
            return
        headers, body = self._requests[stream]
        fields = {name: value for name, value in headers.items() if not name.startswith(":")}
        asked = Asked(headers[":method"], headers[":path"], fields, bytes(body), self._number)
        self._server.asked.append(asked)
        self._server.arrivals.put_nowait(asked)
        self._reply(stream, self._server.answer(asked))

    def _reply(self, stream: int, reply: Reply) -> None:
        if reply.goaway is not None:
            self._going(reply.goaway)
        if reply.hang_up:
            self._transport.close()
        if reply.hang_up or reply.silent:
            return
        del self._requests[stream]
        if reply.reset is not None:
            self._h2.reset_stream(stream, reply.reset)
        else:
            answer = [(":status", str(reply.status)), *reply.headers.items()]
            self._h2.send_headers(stream, answer, end_stream=not reply.body)
            if reply.body:
                self._h2.send_data(stream, reply.body, end_stream=True)
        self._flush()

    def _going(self, last: int) -> None:
        """A GOAWAY by hand (RFC 9113 section 6.8): h2 would say nothing more after one of its own."""
        payload = last.to_bytes(4, "big") + int(ErrorCodes.NO_ERROR).to_bytes(4, "big")
        self._transport.write(len(payload).to_bytes(3, "big") + b"\x07\x00" + bytes(4) + payload)

    def _flush(self) -> None:
        self._transport.write(self._h2.data_to_send())


@asynccontextmanager
async def serving_http2(folder: Path, server: Http2Server, *, alpn: str = "h2") -> AsyncIterator[Path]:
    """Serves on a free port of loopback, over TLS, for `localhost`; yields the authority to trust."""
    certificate, key = folder / AUTHORITY, folder / "http2.key"
    if not certificate.exists():  # several servers of one test are of one authority
        pair = self_signed(["localhost"], SystemClock())
        certificate.write_bytes(pair.certificate)
        key.write_bytes(pair.key)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols([alpn])
    listening = await asyncio.get_running_loop().create_server(server.accept, "127.0.0.1", 0, ssl=context)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield certificate
    finally:
        listening.close()
        server.leave(None)
