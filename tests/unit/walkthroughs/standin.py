"""A watch's push service on loopback: takes what is posted and answers with one status."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

__all__ = ["PushService", "push_service"]


@dataclass
class PushService:
    """Where it is, what it answers, what it was sent."""

    origin: str
    status: int = 200
    bodies: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        lengths = [line.removeprefix(b"content-length:") for line in head.splitlines() if b"content-length:" in line]
        self.bodies.append(await reader.readexactly(int(lengths[0])))
        writer.write(b"HTTP/1.1 %d Answer\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % self.status)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def push_service() -> AsyncIterator[PushService]:
    """One on a free port; closed at the end."""
    service = PushService("")
    listening = await asyncio.start_server(service.serve, "127.0.0.1", 0)
    service.origin = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield service
    finally:
        listening.close()
        await listening.wait_closed()
