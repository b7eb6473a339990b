"""One HTTP/2 connection; `h2` does the framing, asyncio the bytes."""

import asyncio
from collections import deque
from collections.abc import Iterator
from typing import Final, final

from h2 import events
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.exceptions import FrameTooLargeError, NoAvailableStreamIDError, ProtocolError

from ringfence.privacy.egress.http2_exchange import (
    Exchange,
    Http2Answer,
    Http2Request,
    Http2Settings,
    Interrupted,
    Refused,
)

__all__ = ["Http2Connection"]

_HEAD: Final = 9  # bytes before a frame's payload (section 4.1)
_GOAWAY: Final = 0x7
_LARGEST: Final = 16_384  # bytes of payload; what we have said nothing else about (section 6.5.2)


@final
class Http2Connection(asyncio.Protocol):
    """One connection. `ready` is done once the peer has said its settings, `gone` once it has ended."""

    def __init__(self, settings: Http2Settings) -> None:
        self._loop = asyncio.get_running_loop()
        self._settings = settings
        self._h2 = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
        self._buffer = bytearray()
        self._exchanges: dict[int, Exchange] = {}
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._transport: asyncio.Transport | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._heard = self._loop.time()
        self._probe: asyncio.Future[None] | None = None
        self.ready: asyncio.Future[None] = self._loop.create_future()
        self.gone = asyncio.Event()
        self.usable = True

    @property
    def load(self) -> int:
        return len(self._exchanges) + len(self._waiting)

    @property
    def free(self) -> bool:
        """Whether a request would leave at once."""
        return self.usable and not self._waiting and len(self._exchanges) < self._most

    @property
    def _most(self) -> int:
        """Before the first request was authenticated, Apple allows one; then about a thousand."""
        return self._h2.remote_settings.max_concurrent_streams

    async def exchange(self, request: Http2Request) -> Http2Answer:
        """Raises NotProcessed or Interrupted."""
        await self._alive()
        await self._turn()
        number = self._begin(request)
        exchange, started = self._exchanges[number], self._loop.time()
        try:
            async with asyncio.timeout(self._settings.answer_seconds):
                return await exchange.answer
        except TimeoutError:
            if self._heard < started:  # not a word since: it is the connection, and nobody else should wait for it
                self.abort()
            raise Interrupted from None
        finally:
            self._end(number)

    def close(self) -> None:
        """In order: we say that we go."""
        self._retire()
        if self._transport is None:
            self.gone.set()
        elif not self._transport.is_closing():
            self._h2.close_connection()
            self._flush()
            self._transport.close()

    def abort(self) -> None:
        self._retire()
        if self._transport is None:
            self.gone.set()
        else:
            self._transport.abort()

    # Sending --------------------------------------------------------------------------------------------------------

    async def _alive(self) -> None:
        """Asks a connection that was silent for long, all at once with one PING. Raises NotProcessed."""
        if self._loop.time() - self._heard <= self._settings.probe_after:
            return
        if self._probe is None and self.usable:
            self._probe = self._loop.create_future()
            self._h2.ping(b"ringfenc")
            self._flush()
        try:
            async with asyncio.timeout(self._settings.probe_seconds):
                while self.usable and self._probe is not None:
                    await asyncio.wait([self._probe])
        except TimeoutError:
            self.abort()
            raise Refused from None

    async def _turn(self) -> None:
        """Until the peer takes one more request. Raises NotProcessed."""
        while self.usable and len(self._exchanges) >= self._most:
            turn = self._loop.create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                self._next()  # it may have been called already
                raise
        if not self.usable:
            raise Refused

    def _begin(self, request: Http2Request) -> int:
        try:
            number = self._h2.get_next_available_stream_id()
        except NoAvailableStreamIDError:
            self._retire()
            raise Refused from None
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        self._exchanges[number] = Exchange(request.content)
        self._h2.send_headers(number, request.fields(), end_stream=False)
        self._pump(number)
        self._flush()
        return number

    def _pump(self, number: int) -> None:
        """Hands over as much content as the peer has room for."""
        exchange = self._exchanges[number]
        while exchange.rest:
            room = min(self._h2.local_flow_control_window(number), self._h2.max_outbound_frame_size)
            if room <= 0:
                return
            self._h2.send_data(number, exchange.rest[:room])
            exchange.rest = exchange.rest[room:]
        if not exchange.sent:
            self._h2.end_stream(number)
            exchange.sent = True

    def _pump_all(self) -> None:
        for number, exchange in self._exchanges.items():
            if not exchange.sent:
                self._pump(number)

    def _end(self, number: int) -> None:
        """The request is answered, or nobody waits for it any more."""
        exchange = self._exchanges.pop(number)
        if self.usable and not exchange.ended:
            self._reset(number)
        self._next()
        if self._exchanges:
            return
        if not self.usable:
            self.close()
        else:
            self._idle = self._loop.call_later(self._settings.idle_seconds, self.close)

    def _reset(self, number: int) -> None:
        try:
            self._h2.reset_stream(number, ErrorCodes.CANCEL)
        except ProtocolError:
            return  # the peer has ended it meanwhile
        self._flush()

    def _next(self) -> None:
        while self._waiting and (not self.usable or len(self._exchanges) < self._most):
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                if self.usable:
                    return

    def _retire(self) -> None:
        """No new request; those under way may still be answered."""
        self.usable = False
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        if self._probe is not None and not self._probe.done():
            self._probe.set_result(None)
        self._next()

    def _flush(self) -> None:
        data = self._h2.data_to_send()
        if data and self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    # Hearing (asyncio.Protocol) -------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a stream, as create_connection makes them
        self._transport = transport
        tls = transport.get_extra_info("ssl_object")
        if tls is not None and tls.selected_alpn_protocol() != "h2":
            self.abort()
            return
        self._h2.initiate_connection()
        self._flush()

    def data_received(self, data: bytes) -> None:
        self._heard = self._loop.time()
        try:
            for frame in self._frames(data):
                if frame[3] == _GOAWAY:
                    self._going(int.from_bytes(frame[_HEAD : _HEAD + 4], "big") & 0x7FFF_FFFF)
                else:
                    for event in self._h2.receive_data(frame):
                        self._happened(event)
        except ProtocolError:
            self._flush()  # says why
            self.abort()
            return
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - as asyncio calls it
        self._transport = None
        if not self.ready.done():
            self.ready.set_exception(Refused())
        for exchange in self._exchanges.values():
            exchange.fail(Interrupted() if exchange.sent else Refused())
        self._retire()
        self.gone.set()

    def _frames(self, data: bytes) -> Iterator[bytes]:
        """Whole frames. After a GOAWAY h2 takes nothing more, and answers under way would be lost: we read it.

        Raises FrameTooLargeError.
        """
        self._buffer += data
        while len(self._buffer) >= _HEAD:
            length = _HEAD + int.from_bytes(self._buffer[:3], "big")
            if length > _HEAD + _LARGEST:
                raise FrameTooLargeError  # h2 would wait for sixteen megabytes first
            if len(self._buffer) < length:
                return
            frame = bytes(self._buffer[:length])
            del self._buffer[:length]
            yield frame

    def _happened(self, event: events.Event) -> None:
        match event:
            case events.RemoteSettingsChanged():
                if not self.ready.done():
                    self.ready.set_result(None)
                self._pump_all()
                self._next()
            case events.WindowUpdated():
                self._pump_all()
            case events.PingAckReceived():
                self._answered_probe()
            case events.ResponseReceived() | events.DataReceived() | events.StreamEnded() | events.StreamReset():
                self._on_stream(event)

    def _on_stream(
        self, event: events.ResponseReceived | events.DataReceived | events.StreamEnded | events.StreamReset
    ) -> None:
        exchange = self._exchanges.get(event.stream_id or 0)
        match event:
            case events.DataReceived():
                self._h2.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id or 0)
                if exchange is not None:
                    self._read(exchange, event.data or b"")
            case events.ResponseReceived() if exchange is not None:
                fields = [(_text(name), _text(value)) for name, value in event.headers or ()]
                exchange.headers = {name: value for name, value in fields if not name.startswith(":")}
                exchange.status = int(dict(fields).get(":status", "0"))
            case events.StreamEnded() if exchange is not None:
                exchange.ended = True
                exchange.succeed()
            case events.StreamReset() if exchange is not None:
                exchange.ended = True
                refused = event.error_code == ErrorCodes.REFUSED_STREAM or not exchange.sent
                exchange.fail(Refused() if refused else Interrupted())

    def _read(self, exchange: Exchange, data: bytes) -> None:
        exchange.body += data
        if len(exchange.body) > self._settings.answer_bytes:
            del exchange.body[self._settings.answer_bytes + 1 :]
            exchange.succeed()

    def _answered_probe(self) -> None:
        if self._probe is not None and not self._probe.done():
            self._probe.set_result(None)
        self._probe = None

    def _going(self, last: int) -> None:
        """The peer goes: what is above `last` it has not looked at, and will not (section 6.8)."""
        for number, exchange in self._exchanges.items():
            if number > last:
                exchange.fail(Refused())
        self._retire()
        if not self._exchanges:
            self.close()


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "replace")
