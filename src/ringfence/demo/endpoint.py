"""Sockets and the few transaction rules that two programs on one machine need to understand each other.

    PBX, phones ── ask() ──> Endpoint ── datagrams (UDP) or a connection (TLS) ──> peer
         ^                      │
         └── Received, Asked <──┘   requests that came in; answers to what was asked

Kept: requests are repeated over UDP until answered, a repeated request gets its last answer again, and a refused INVITE
is acknowledged by the transaction (RFC 3261 section 17). Left out: what only matters on a lossy network.
"""

import asyncio
import re
import ssl
from collections.abc import Callable, Sequence
from typing import Final, Protocol, cast, final

from ringfence.demo.sip import Address, Gibberish, Message
from ringfence.randomness import Randomness

__all__ = ["Asked", "Endpoint", "Received", "open_tls", "open_udp", "whole"]

_T1: Final = 0.5  # seconds; RFC 3261 section 17.1.1.1
_ATTEMPTS: Final = 6  # 0.5 + 1 + 2 + 4 + 8 + 16 s: a rehearsal has given up long before


class _Channel(Protocol):
    """Where bytes go; `via` is the transport and address to write into a Via."""

    via: str
    reliable: bool

    def send(self, data: bytes, to: Address, /) -> None: ...

    def close(self) -> None: ...


@final
class Asked:
    """A request that was sent, and the answers as they come (final ones too, as often as they come)."""

    def __init__(self, endpoint: "Endpoint", request: Message, to: Address) -> None:
        self.request, self.to = request, to
        self.answers: asyncio.Queue[Message] = asyncio.Queue()
        self.answered = False
        self.ended = False
        self._endpoint = endpoint

    async def final(self, within: float, on_ringing: Callable[[Message], None] | None = None) -> Message:
        """The first final answer; raises TimeoutError after `within` seconds."""
        async with asyncio.timeout(within):
            while True:
                answer = await self.answers.get()
                if answer.status >= 200:
                    return answer
                if on_ringing:
                    on_ringing(answer)

    def cancel(self, *headers: tuple[str, str]) -> "Asked":
        """Send CANCEL for this INVITE (RFC 3261 section 9.1)."""
        return self._endpoint.submit(self._same_branch("CANCEL", headers), self.to)

    def took(self, answer: Message) -> None:
        """What the endpoint does with an answer of ours."""
        self.answered = True
        self.ended = self.ended or answer.status >= 200
        if self.request.method == "INVITE" and answer.status >= 300:
            self._endpoint.send(self._same_branch("ACK", [], to=answer.first("to")), self.to)
        self.answers.put_nowait(answer)

    def _same_branch(self, method: str, headers: Sequence[tuple[str, str]], to: str = "") -> Message:
        asked = self.request
        return Message.request(
            method,
            asked.uri,
            [
                ("Via", next(asked.values("via"))),
                ("Max-Forwards", "70"),
                ("From", asked.first("from")),
                ("To", to or asked.first("to")),
                ("Call-ID", asked.first("call-id")),
                ("CSeq", f"{asked.first('cseq').split()[0]} {method}"),
                *(("Route", route) for route in asked.lines("route")),
                *headers,
            ],
        )


@final
class Received:
    """A request that came in and waits for an answer."""

    def __init__(self, endpoint: "Endpoint", request: Message, source: Address, tag: str) -> None:
        self.request, self.source, self.tag = request, source, tag
        self.last: Message | None = None
        self._endpoint = endpoint

    def reply(self, status: int, reason: str, *headers: tuple[str, str], body: bytes = b"") -> Message:
        tag = self.tag if status > 100 else ""
        return self.send(self.request.response(status, reason, *headers, tag=tag, body=body))

    def send(self, response: Message) -> Message:
        """Answer with this message as it is."""
        self.last = response
        self._endpoint.send(response, self.source)
        return response


@final
class Endpoint:
    """One SIP speaker: sends, repeats, and matches answers to what was asked."""

    def __init__(self, randomness: Randomness, on_request: Callable[[Received], None]) -> None:
        self._randomness, self._on_request = randomness, on_request
        self._asked: dict[tuple[str, str], Asked] = {}
        self._received: dict[tuple[str, str, str], Received] = {}
        self._timers: set[asyncio.TimerHandle] = set()
        self._channel: _Channel | None = None
        self.lost = asyncio.Event()
        self.sent: list[Message] = []
        """Everything that left, in order: what a story may show."""

    def attach(self, channel: _Channel) -> None:
        self._channel = channel

    @property
    def via(self) -> str:
        return self._open_channel().via

    @property
    def address(self) -> Address:
        """Where this endpoint can be reached."""
        host, _, port = self.via.split()[1].rpartition(":")
        return host, int(port)

    def token(self) -> str:
        """A fresh text for tags, branches and Call-IDs."""
        return self._randomness.bytes(8).hex()

    def ask(self, request: Message, to: Address) -> Asked:
        """Send a request as a transaction of its own, under a fresh Via."""
        request.headers.insert(0, ("Via", f"{self.via};rport;branch=z9hG4bK{self.token()}"))
        return self.submit(request, to)

    def submit(self, request: Message, to: Address) -> Asked:
        """Send a request whose Via is already ours."""
        asked = Asked(self, request, to)
        self._asked[request.branch, request.method] = asked
        self._repeat(asked, _T1, _ATTEMPTS)
        return asked

    def send(self, message: Message, to: Address) -> None:
        """Send once, no transaction (responses, and the ACK of a 2xx)."""
        self.sent.append(message)
        self._open_channel().send(message.to_bytes(), to)

    def took(self, data: bytes, source: Address) -> None:
        """Bytes of one message arrived."""
        try:
            message = Message.parse(data)
        except Gibberish:
            return
        if message.is_request:
            self._took_request(message, source)
        elif asked := self._asked.get((message.branch, message.method)):
            asked.took(message)

    def close(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._open_channel().close()

    def _took_request(self, request: Message, source: Address) -> None:
        key = (request.branch, next(request.values("via"), "").split(";")[0], request.method)
        known = self._received.get(key)
        if known is None:
            received = self._received[key] = Received(self, request, source, self.token())
            self._on_request(received)
        elif known.last:
            known.send(known.last)

    def _repeat(self, asked: Asked, wait: float, attempts: int) -> None:
        if asked.answered or self.lost.is_set() or not attempts:
            return
        self.send(asked.request, asked.to)
        if not self._open_channel().reliable:
            self._later(wait, lambda: self._repeat(asked, wait * 2, attempts - 1))

    def _later(self, wait: float, action: Callable[[], None]) -> None:
        def act() -> None:
            self._timers.discard(timer)
            action()

        timer = asyncio.get_running_loop().call_later(wait, act)
        self._timers.add(timer)

    def _open_channel(self) -> _Channel:
        if self._channel is None:
            raise ConnectionError
        return self._channel


@final
class _Datagrams(asyncio.DatagramProtocol):
    reliable = False

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._transport: asyncio.DatagramTransport
        self.via = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)
        host, port = transport.get_extra_info("sockname")[:2]
        self.via = f"SIP/2.0/UDP {host}:{port}"

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._endpoint.took(data, addr[:2])

    def send(self, data: bytes, to: Address) -> None:
        self._transport.sendto(data, to)

    def close(self) -> None:
        self._transport.close()


@final
class _Stream(asyncio.Protocol):
    reliable = True

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._transport: asyncio.Transport
        self._buffer = b""
        self._peer: Address = ("", 0)
        self.via = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._peer = transport.get_extra_info("peername")[:2]
        host, port = transport.get_extra_info("sockname")[:2]
        self.via = f"SIP/2.0/TLS {host}:{port}"

    def data_received(self, data: bytes) -> None:
        self._buffer = (self._buffer + data).lstrip(b"\r\n")  # keep-alives stand between messages (RFC 5626)
        while (length := whole(self._buffer)) and len(self._buffer) >= length:
            message, self._buffer = self._buffer[:length], self._buffer[length:].lstrip(b"\r\n")
            self._endpoint.took(message, self._peer)

    def connection_lost(self, _exc: Exception | None) -> None:
        self._endpoint.lost.set()

    def send(self, data: bytes, _to: Address) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)

    def close(self) -> None:
        self._transport.close()


def whole(buffer: bytes) -> int:
    """The length of the message that begins here, 0 while its head is incomplete (RFC 3261 section 18.3)."""
    head, blank, _ = buffer.partition(b"\r\n\r\n")
    length = re.search(rb"^(?:content-length|l)\s*:\s*(\d+)", head, re.IGNORECASE | re.MULTILINE)
    return len(head) + 4 + (int(length[1]) if length else 0) if blank else 0


async def open_udp(endpoint: Endpoint, host: str = "127.0.0.1", port: int = 0) -> None:
    """Give the endpoint a datagram socket; port 0 takes a free one."""
    loop = asyncio.get_running_loop()
    _, channel = await loop.create_datagram_endpoint(lambda: _Datagrams(endpoint), local_addr=(host, port))
    endpoint.attach(channel)


async def open_tls(endpoint: Endpoint, server: Address, context: ssl.SSLContext, server_name: str) -> None:
    """Connect the endpoint to a TLS server whose certificate `context` verifies for `server_name`."""
    loop = asyncio.get_running_loop()
    _, channel = await loop.create_connection(
        lambda: _Stream(endpoint), *server, ssl=context, server_hostname=server_name
    )
    endpoint.attach(channel)
