"""SIP over UDP: one socket, and a flow for each peer that it hears or speaks to.

The socket is read directly, many datagrams a turn: a datagram transport of the loop costs twice as much, and this is
where 100,000 registrations are refreshed.
"""

import asyncio
import socket
from collections import OrderedDict
from typing import Any, final

from ringfence.listeners.settings import UdpSettings
from ringfence.listeners.sink import Sink
from ringfence.protocols.sip.framing import is_keep_alive
from ringfence.protocols.sip.keepalive import PING, PONG

__all__ = ["UdpFlow", "UdpSocket"]

_LARGEST = 65_535


@final
class UdpSocket:
    """An open socket. `dropped` counts datagrams that the kernel would not take."""

    def __init__(self, sink: Sink, settings: UdpSettings | None = None) -> None:
        self._sink = sink
        self._settings = settings or UdpSettings()
        self._flows: OrderedDict[tuple[Any, ...], UdpFlow] = OrderedDict()
        self._socket: socket.socket | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.local: tuple[str, int] = ("", 0)
        self.dropped = 0

    async def open(self, host: str, port: int) -> None:
        """Bind to an IP literal; port 0 takes a free one, shown in `local`. Raises OSError."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        opened = socket.socket(family, socket.SOCK_DGRAM)
        if family == socket.AF_INET6:  # as streams do it: IPv4 has a socket of its own, and peers keep their addresses
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.setblocking(False)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._settings.receive_buffer)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self._settings.send_buffer)
        try:
            opened.bind((host, port))
        except OSError:
            opened.close()
            raise
        self._socket, self.local = opened, opened.getsockname()[:2]
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(opened.fileno(), self._readable)

    def close(self) -> None:
        """Stop at once; what is sent afterwards goes nowhere."""
        if self._socket is not None and self._loop is not None:
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()
        self._socket = None
        self._flows.clear()

    def reaches(self, host: str) -> bool:
        """True where this is the socket for an IP literal of this version."""
        return self._socket is not None and (self._socket.family == socket.AF_INET6) == (":" in host)

    def flow_to(self, host: str, port: int) -> "UdpFlow":
        """The flow to a peer (an IP literal); the same one each time while the peer is remembered."""
        address: tuple[Any, ...] = (host, port, 0, 0) if ":" in host else (host, port)
        return self._flows.get(address) or self._new_flow(address)

    def send(self, data: bytes, address: tuple[Any, ...]) -> None:
        if self._socket is None:
            return
        try:
            self._socket.sendto(data, address)
        except OSError:
            self.dropped += 1  # full buffer, no route, refused: to UDP all the same, the transaction repeats or ends

    def _readable(self) -> None:
        for _ in range(self._settings.batch):
            if self._socket is None:
                return
            try:
                data, address = self._socket.recvfrom(_LARGEST)
            except OSError:
                return  # nothing more, or an ICMP error about something that was sent
            flow = self._flows.get(address)
            if flow is None:
                flow = self._new_flow(address)
            else:
                self._flows.move_to_end(address)
            if len(data) <= 8 and is_keep_alive(data):
                self._kept_alive(data, flow)
            else:
                self._sink.received(data, flow)

    def _kept_alive(self, data: bytes, flow: "UdpFlow") -> None:
        if self._sink.alive(flow) and data == PING:
            flow.send(PONG)

    def _new_flow(self, address: tuple[Any, ...]) -> "UdpFlow":
        if len(self._flows) >= self._settings.max_flows:
            self._flows.popitem(last=False)
        flow = self._flows[address] = UdpFlow(self, address)
        return flow


@final
class UdpFlow:
    """A peer as seen from one of our sockets. Closing it means nothing."""

    __slots__ = ("__weakref__", "_address", "_socket", "peer")

    transport = b"UDP"
    reliable = False
    secure = False

    def __init__(self, owner: UdpSocket, address: tuple[Any, ...]) -> None:
        self._socket = owner
        self._address = address
        self.peer: tuple[str, int] = (address[0], address[1])

    @property
    def local(self) -> tuple[str, int]:
        return self._socket.local

    def send(self, data: bytes) -> None:
        self._socket.send(data, self._address)

    def close(self) -> None:
        """Datagrams need no goodbye."""
