"""SIP over TCP and TLS: one connection is one flow.

    bytes --> Stream (framing) --> Sink.received | alive | malformed
    Flow.send --> transport, cut off when the peer leaves too much unread

A peer that connects and says nothing, sends a message a byte at a time, or stays a stranger, is cut off by the `Watch`:
one timer for all connections of a listener, none per connection.
"""

import asyncio
import ssl
from typing import Any, Protocol, cast, final

from ringfence.listeners.settings import StreamSettings
from ringfence.listeners.sink import Sink
from ringfence.listeners.watch import Watch
from ringfence.protocols.sip.errors import BadMessage
from ringfence.protocols.sip.framing import Frame, Ping, Stream
from ringfence.protocols.sip.keepalive import PONG

__all__ = ["Doorkeeper", "StreamFlow"]


class Doorkeeper(Protocol):
    """Counts a listener's connections, and tells friends from strangers."""

    def admit(self, flow: "StreamFlow") -> bool:
        """False where there are too many; the connection is then cut."""
        ...

    def gone(self, flow: "StreamFlow") -> None: ...

    def knows(self, flow: "StreamFlow") -> bool:
        """False where nobody whom we serve has spoken on it."""
        ...


@final
class StreamFlow(asyncio.Protocol):
    """One connection; the loop calls the `asyncio.Protocol` side, the gateway the `Flow` side."""

    __slots__ = ("__weakref__", "_door", "_lost", "_sink", "_stream", "_transport", "_watch", "local", "peer", "secure")

    reliable = True

    def __init__(self, sink: Sink, settings: StreamSettings, watch: Watch, door: Doorkeeper | None = None) -> None:
        self._sink = sink
        self._stream = Stream(settings.limits)
        self._watch = watch
        self._door = door
        self._transport: asyncio.Transport | None = None
        self._lost = False
        self.secure = False
        self.peer: tuple[str, int] = ("", 0)
        self.local: tuple[str, int] = ("", 0)

    @property
    def transport(self) -> bytes:
        return b"TLS" if self.secure else b"TCP"

    @property
    def protocol(self) -> str | None:
        """The TLS version that was agreed on, None without TLS."""
        secured = self._transport and self._transport.get_extra_info("ssl_object")
        return secured.version() if isinstance(secured, ssl.SSLObject | ssl.SSLSocket) else None

    @property
    def certificate(self) -> dict[str, Any]:
        """What the peer showed and we verified, as `SSLSocket.getpeercert` tells it; empty without."""
        shown = self._transport and self._transport.get_extra_info("ssl_object")
        return (shown.getpeercert() or {}) if isinstance(shown, ssl.SSLObject | ssl.SSLSocket) else {}

    def send(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Cut the connection without waiting for what is still to be sent."""
        if self._transport is not None:
            self._transport.abort()

    def is_known(self) -> bool:
        return self._door is None or self._door.knows(self)

    def connection_made(self, base: asyncio.BaseTransport) -> None:
        transport = cast("asyncio.Transport", base)  # uvloop's transports have its methods and not its class
        self._transport = transport
        self.secure = transport.get_extra_info("sslcontext") is not None
        self.peer = transport.get_extra_info("peername")[:2]
        self.local = transport.get_extra_info("sockname")[:2]
        if self._door is not None and not self._door.admit(self):
            self._door = None
            self._lost = True  # never announced, so never lost either
            transport.abort()
            return
        transport.set_write_buffer_limits(high=self._watch.settings.send_buffer)
        self._watch.opened(self)

    def data_received(self, data: bytes) -> None:
        if self._lost:
            return
        self._watch.heard(self)
        whole = False
        try:
            for event in self._stream.feed(data):
                if isinstance(event, Frame):
                    whole = True
                    self._sink.received(event.data, self)
                else:
                    self._kept_alive(event)
        except BadMessage as fault:
            self._sink.malformed(fault, self)
            self.close()
            return
        self._watch.settled(self, whole=whole, partial=self._stream.held > 0)

    def pause_writing(self) -> None:
        """The peer does not read: more than `send_buffer` bytes wait for it."""
        self.abort()

    def eof_received(self) -> None:
        """A half-closed SIP connection is of no use: it is closed."""

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the loop passes it by this name
        self._watch.closed(self)
        if self._door is not None:
            self._door.gone(self)
        self._transport = None
        if not self._lost:
            self._lost = True
            self._sink.lost(self)

    def _kept_alive(self, event: object) -> None:
        if self._sink.alive(self) and isinstance(event, Ping):
            self.send(PONG)
