"""The way out: a flow to a PBX, by any transport, within a bounded time."""

import asyncio
import ssl
from collections.abc import Callable, Iterable
from typing import final

from ringfence.clock import Clock
from ringfence.errors import PeerFault
from ringfence.listeners.settings import StreamSettings
from ringfence.listeners.sink import Sink
from ringfence.listeners.stream import StreamFlow
from ringfence.listeners.tls import bears
from ringfence.listeners.udp import UdpSocket
from ringfence.listeners.watch import Watch
from ringfence.protocols.sip.flow import Flow

__all__ = ["ConnectFailed", "StreamDialer"]


class ConnectFailed(PeerFault):
    """No flow came about: refused, unreachable, too late, or the certificate does not bear the name."""

    code = "connect_failed"
    sip_status = 503


@final
class StreamDialer:
    """Opens flows to PBXs; everything that comes back on them goes to `sink`."""

    def __init__(
        self,
        sink: Sink,
        clock: Clock,
        *,
        udp: Iterable[UdpSocket] = (),
        tls: ssl.SSLContext | None = None,
        settings: StreamSettings | None = None,
        opened: Callable[[Flow], None] | None = None,
    ) -> None:
        """`udp` are open or opened later, one for each version of IP; `opened` hears of every flow before it is used.

        `tls` must verify chains; whose certificate it is this class finds out by itself, so its host names are off.
        """
        self._sink = sink
        self._udp = tuple(udp)
        self._tls = tls
        if tls is not None:
            tls.check_hostname = False  # it would take wildcards, and overlook SIP URIs
        self._settings = settings or StreamSettings()
        self._opened = opened
        self._watch = Watch(self._settings, clock)  # never started: a PBX may be silent for as long as it likes

    async def connect(self, transport: bytes, host: str, port: int, name: str = "") -> Flow:
        """A flow to `host` (an IP literal). `name` is the SIP domain that a TLS certificate must bear (RFC 5922).

        UDP comes back at once; TCP and TLS within `connect_timeout` or raise `ConnectFailed`.
        """
        if transport == b"UDP":
            flow: Flow = self._by_udp(host, port)
        else:
            tls = self._tls if transport == b"TLS" else None
            if transport not in {b"TCP", b"TLS"} or (transport == b"TLS" and tls is None):
                raise ConnectFailed(transport=transport.decode("ascii", "replace"))
            flow = await self._open(host, port, tls, name or host)
        if self._opened is not None:
            self._opened(flow)
        return flow

    def _by_udp(self, host: str, port: int) -> Flow:
        for socket in self._udp:
            if socket.reaches(host):
                return socket.flow_to(host, port)
        raise ConnectFailed(transport="UDP")

    async def _open(self, host: str, port: int, tls: ssl.SSLContext | None, name: str) -> Flow:
        try:
            async with asyncio.timeout(self._settings.connect_timeout):
                _, flow = await asyncio.get_running_loop().create_connection(
                    lambda: StreamFlow(self._sink, self._settings, self._watch),
                    host,
                    port,
                    ssl=tls,
                    server_hostname=name if tls else None,
                )
        except (OSError, ssl.SSLError, TimeoutError) as fault:
            raise ConnectFailed(transport="TLS" if tls else "TCP") from fault
        if tls is not None and not bears(flow.certificate, name):
            flow.abort()
            raise ConnectFailed(transport="TLS", wanted=name)
        return flow
