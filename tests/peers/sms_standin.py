"""A text message gateway's stand-in: HTTPS on loopback; it keeps what it is asked and answers as it is told."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ringfence.clock import SystemClock
from tests.doubles.certificate import self_signed

__all__ = ["SmsStandIn", "texting"]


@dataclass
class SmsStandIn:
    """`asked` are headers and body of each request; `status` is the answer."""

    status: int = 201
    asked: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii").splitlines()
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers["content-length"]))
        self.asked.append((headers, body))
        writer.write(f"HTTP/1.1 {self.status} x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}".encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def texting(folder: Path) -> AsyncIterator[SmsStandIn]:
    """One on a port of its own; its certificate is `sms.pem` in the folder."""
    pair = self_signed(["127.0.0.1"], SystemClock())
    (folder / "sms.pem").write_bytes(pair.certificate)
    (folder / "sms.key").write_bytes(pair.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "sms.pem", folder / "sms.key")
    made = SmsStandIn()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=context)
    made.url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
        await server.wait_closed()
