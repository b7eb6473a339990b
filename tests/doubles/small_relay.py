"""A mail relay, small: SMTP (RFC 5321) with STARTTLS or TLS and AUTH PLAIN; it keeps what it is given."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ringfence.clock import SystemClock
from tests.doubles.certificate import self_signed

__all__ = ["Envelope", "SmallRelay", "relaying"]


@dataclass
class Envelope:
    sender: str
    to: list[str]
    data: bytes
    encrypted: bool


@dataclass
class SmallRelay:
    """`offers_tls`: whether EHLO names STARTTLS; `refuses`: the answer to RCPT, if not 250."""

    context: ssl.SSLContext
    implicit: bool = False
    offers_tls: bool = True
    refuses: str = ""
    hangs_up: bool = False
    user: str = ""
    password: str = ""
    port: int = 0
    mails: list[Envelope] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _Talk(self, reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()


class _Talk:
    """One connection."""

    def __init__(self, relay: SmallRelay, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.relay, self.reader, self.writer = relay, reader, writer
        self.encrypted = relay.implicit
        self.sender, self.to = "", list[str]()

    async def run(self) -> None:
        await self.say("220 relay.test ESMTP")
        while line := await self.reader.readline():
            word, _, rest = line.decode("ascii", "replace").strip().partition(" ")
            if word.upper() == "QUIT":
                await self.say("221 bye")
                return
            await self.answer(word.upper(), rest)

    async def answer(self, word: str, rest: str) -> None:
        if word == "EHLO":
            self.relay.names.append(rest)
            await self.say(*self.greeting())
        elif word == "STARTTLS":
            await self.say("220 go ahead")
            await self.writer.start_tls(self.relay.context)
            self.encrypted = True
        elif word == "AUTH":
            await self.log_in(rest)
        elif word == "MAIL":
            self.sender, self.to = _address(rest), []
            await self.say("250 ok")
        elif word == "RCPT":
            self.to.append(_address(rest))
            await self.say(self.relay.refuses or "250 ok")
        elif word == "DATA":
            await self.take()
        else:
            await self.say("250 ok" if word in {"RSET", "NOOP"} else "502 what?")

    def greeting(self) -> list[str]:
        lines = ["250-relay.test"]
        if self.relay.offers_tls and not self.encrypted:
            lines.append("250-STARTTLS")
        if self.relay.user:
            lines.append("250-AUTH PLAIN")
        return [*lines, "250 8BITMIME"]

    async def log_in(self, rest: str) -> None:
        _, user, password = base64.b64decode(rest.partition(" ")[2]).decode().split("\0")
        self.relay.logins.append(user)
        right = (user, password) == (self.relay.user, self.relay.password)
        await self.say("235 welcome" if right else "535 no")

    async def take(self) -> None:
        if self.relay.hangs_up:
            raise ConnectionError
        await self.say("354 go on")
        data = await self.reader.readuntil(b"\r\n.\r\n")
        self.relay.mails.append(Envelope(self.sender, self.to, data[:-3], self.encrypted))
        await self.say("250 taken")

    async def say(self, *lines: str) -> None:
        self.writer.write("".join(f"{line}\r\n" for line in lines).encode("ascii"))
        await self.writer.drain()


def _address(rest: str) -> str:
    return rest[rest.index("<") + 1 : rest.index(">")]


@asynccontextmanager
async def relaying(folder: Path, *, name: str = "127.0.0.1", **how: object) -> AsyncIterator[SmallRelay]:
    """A relay on a port of its own; its certificate, for `name`, is `relay.pem` in the folder."""
    pair = self_signed([name], SystemClock())
    (folder / "relay.pem").write_bytes(pair.certificate)
    (folder / "relay.key").write_bytes(pair.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "relay.pem", folder / "relay.key")
    relay = SmallRelay(context, **how)  # type: ignore[arg-type]  # each test names what is different
    server = await asyncio.start_server(relay.serve, "127.0.0.1", 0, ssl=context if relay.implicit else None)
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        server.close()
        await server.wait_closed()
