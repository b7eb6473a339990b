"""Listening TCP and TLS sockets."""

import asyncio
import ssl
from collections import Counter
from collections.abc import Callable
from typing import final

from ringfence.clock import Clock
from ringfence.listeners.settings import StreamSettings
from ringfence.listeners.sink import Sink
from ringfence.listeners.stream import StreamFlow
from ringfence.listeners.watch import Watch
from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.source import source_of

__all__ = ["StreamServer"]


@final
class StreamServer:
    """Accepts connections until closed; `refused` counts those beyond the limits.

    `known` is asked once of each connection, `stranger_timeout` after it was opened; without it, nobody is a stranger.
    """

    def __init__(
        self,
        sink: Sink,
        clock: Clock,
        settings: StreamSettings | None = None,
        *,
        known: Callable[[Flow], bool] | None = None,
    ) -> None:
        self._sink = sink
        self._known = known
        self._settings = settings or StreamSettings()
        self._watch = Watch(self._settings, clock)
        self._servers: list[asyncio.Server] = []
        self._flows: set[StreamFlow] = set()
        self._per_source: Counter[str] = Counter()
        self.local: tuple[str, int] = ("", 0)
        """Where the latest socket is bound."""
        self.refused = 0

    @property
    def connections(self) -> int:
        return len(self._flows)

    @property
    def cut(self) -> int:
        """Connections of silent peers, slow ones and strangers, cut off so far."""
        return self._watch.cut

    async def open(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
        """Bind and accept, here as well if it is not the first; port 0 takes a free one. Raises OSError."""
        server = await asyncio.get_running_loop().create_server(
            lambda: StreamFlow(self._sink, self._settings, self._watch, self),
            host,
            port,
            ssl=tls,
            ssl_handshake_timeout=self._settings.handshake_timeout if tls else None,
            backlog=1024,
        )
        if not self._servers:
            self._watch.start()
        self._servers.append(server)
        self.local = server.sockets[0].getsockname()[:2]

    async def close(self) -> None:
        """Accept no more and close every connection; each is then told as lost."""
        self._watch.stop()
        for server in self._servers:
            server.close()
        for flow in list(self._flows):
            flow.close()
        self._servers.clear()
        await asyncio.sleep(0)  # lets the closed transports tell their protocols

    def admit(self, flow: StreamFlow) -> bool:
        source = source_of(flow.peer[0])
        full = len(self._flows) >= self._settings.max_connections
        if full or self._per_source[source] >= self._settings.max_per_source:
            self.refused += 1
            return False
        self._flows.add(flow)
        self._per_source[source] += 1
        return True

    def gone(self, flow: StreamFlow) -> None:
        self._flows.discard(flow)
        source = source_of(flow.peer[0])
        self._per_source[source] -= 1
        if self._per_source[source] <= 0:
            del self._per_source[source]

    def knows(self, flow: StreamFlow) -> bool:
        return self._known is None or self._known(flow)
