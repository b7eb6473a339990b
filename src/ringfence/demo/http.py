"""HTTP/1.1 as far as the story needs it: a client for the phone and a server for the push stand-in.

The client is the standard library's, in a thread, with the server's certificate verified; it is not the client that
Ringfence itself uses, so both can't be wrong in the same way.
"""

import asyncio
import http.client
import json
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from email.message import Message as Headers
from http import HTTPStatus
from typing import Final, final
from urllib.parse import urlsplit

from ringfence.demo.assertion import NotHeld

__all__ = ["Answer", "Json", "Listener", "OddAnswer", "Request", "call"]

Json = dict[str, object]
_LIMIT: Final = 65_536  # bytes of head and of body; the largest thing sent here is an enrolment with its keys
_TIMEOUT: Final = 10.0  # seconds


@final
class OddAnswer(NotHeld):
    """The server answered with something else than a JSON object."""

    def __init__(self, status: int) -> None:
        super().__init__("odd_answer", status=status)


@final
@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Json:
        """The body as a JSON object; raises OddAnswer when it is something else."""
        try:
            found = json.loads(self.body)
        except ValueError:
            raise OddAnswer(self.status) from None
        if not isinstance(found, dict):
            raise OddAnswer(self.status)
        return found


async def call(
    method: str,
    url: str,
    *,
    context: ssl.SSLContext,
    body: Json | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """One request over a verified TLS connection of its own; raises OSError (SSLError among them)."""
    return await asyncio.to_thread(_call, method, url, context, body, headers or {})


def _call(method: str, url: str, context: ssl.SSLContext, body: Json | None, headers: Mapping[str, str]) -> Answer:
    where = urlsplit(url)
    connection = http.client.HTTPSConnection(where.hostname or "", where.port, timeout=_TIMEOUT, context=context)
    content = None if body is None else json.dumps(body).encode()
    sent = dict(headers) | ({"Content-Type": "application/json"} if content is not None else {})
    path = where.path + (f"?{where.query}" if where.query else "")
    try:
        connection.request(method, path or "/", content, sent)
        answer = connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()


@final
@dataclass(frozen=True, slots=True)
class Request:
    """What a client asked of a `Listener`."""

    method: str
    path: str
    headers: Headers
    body: bytes


Handler = Callable[[Request], Awaitable[tuple[int, Json]]]


@final
class Listener:
    """Answers JSON over plain HTTP on loopback; connections are kept."""

    def __init__(self, handler: Handler) -> None:
        self.url = ""
        self._handler = handler
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def open(self, host: str = "127.0.0.1") -> None:
        self._server = await asyncio.start_server(self._connected, host, 0, limit=_LIMIT)
        self.url = f"http://{host}:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        if self._server:
            self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:  # asyncio runs every connection in a task
            return
        self._open.add(task)
        try:
            while request := await _read(reader):
                status, body = await self._handler(request)
                writer.write(_rendered(status, body))
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError, asyncio.CancelledError):
            pass  # the client went away, spoke no HTTP, or we are closing: nothing is owed to it
        finally:
            self._open.discard(task)
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Request | None:
    """The next request, or None when the client is done."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    line, _, rest = head.decode("latin-1").partition("\r\n")
    method, path, _ = line.split(" ")
    headers = Headers()
    for field in rest.strip().split("\r\n"):
        name, _, value = field.partition(":")
        headers[name.strip()] = value.strip()
    length = min(int(headers.get("content-length", "0")), _LIMIT)
    return Request(method, path, headers, await reader.readexactly(length))


def _rendered(status: int, body: Json) -> bytes:
    content = json.dumps(body).encode()
    head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content
