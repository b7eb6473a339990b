"""A small IMAP server for tests: one mailbox, TLS, and just the commands that a reader of new mail says."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ringfence.clock import SystemClock
from tests.doubles.certificate import self_signed

__all__ = ["Mailbox", "imap_server"]


@dataclass
class Mailbox:
    """Mails by unique id, with their flags. `sizes` lie about a mail's size; `breaks_at` hangs up at that command."""

    mails: dict[int, bytes] = field(default_factory=dict)
    flags: dict[int, set[str]] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    breaks_at: str = ""
    port: int = 0
    trust: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def put(self, uid: int, mail: bytes) -> None:
        self.mails[uid] = mail
        self.flags.setdefault(uid, set())

    def answer(self, command: str, line: str) -> list[bytes]:
        if command == "CAPABILITY":
            return [b"* CAPABILITY IMAP4rev1"]
        if command == "SELECT":
            return [b"* %d EXISTS" % len(self.mails)] if '"INBOX"' in line else []
        if "SEARCH" in line:
            new = [uid for uid, flags in self.flags.items() if not flags]
            return [b"* SEARCH " + b" ".join(str(uid).encode() for uid in new)]
        uid = int(re.findall(r"\d+", line)[0])
        if "RFC822.SIZE" in line:
            size = self.sizes.get(uid, len(self.mails[uid]))
            return [b"* 1 FETCH (UID %d RFC822.SIZE %d)" % (uid, size)]
        if "BODY.PEEK" in line:
            mail = self.mails[uid]
            return [b"* 1 FETCH (UID %d BODY[] {%d}" % (uid, len(mail)), mail + b")"]
        self.flags[uid].update(re.findall(r"\\\w+", line))
        return []


async def _serve(box: Mailbox, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"* OK ready\r\n")
    while line := (await reader.readline()).decode().strip():
        tag, _, rest = line.partition(" ")
        command = rest.split(" ")[0].upper()
        box.said.append(rest)
        if box.breaks_at and box.breaks_at in rest:
            break
        if command == "LOGIN" and '"right"' not in rest:
            writer.write(f"{tag} NO wrong\r\n".encode())
            continue
        if command == "LOGOUT":
            writer.write(f"* BYE\r\n{tag} OK done\r\n".encode())
            break
        known = "INBOX" in rest or command != "SELECT"
        lines = box.answer(command, rest) if command != "LOGIN" else []
        writer.write(b"".join(each + b"\r\n" for each in lines) + f"{tag} {'OK' if known else 'NO'} done\r\n".encode())
    await writer.drain()
    writer.close()


@asynccontextmanager
async def imap_server(folder: Path, names: tuple[str, ...] = ("127.0.0.1",)) -> AsyncIterator[Mailbox]:
    """`Mailbox.trust` knows its certificate, which is for `names`."""
    pair = self_signed(names, SystemClock())
    (folder / "server.pem").write_bytes(pair.certificate + pair.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    box = Mailbox()
    box.trust = ssl.create_default_context(cadata=pair.certificate.decode())

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _serve(box, reader, writer)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=context)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
        await server.wait_closed()
