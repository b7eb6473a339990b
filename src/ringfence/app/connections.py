"""HTTP connections, bounded in number and in time.

SIP lives in the same process: whoever opens connections here and says nothing would take the descriptors that phones
need. uvicorn sets no time for a request's head, no number for a source, and takes a minute for a handshake.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable
from contextlib import contextmanager
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any, Final, final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from ringfence.protocols.source import source_of

__all__ = ["BoundedHttp", "BoundedServer", "Guests"]

_HANDSHAKE: Final = 5.0  # seconds, as for phones by SIP
_REQUEST: Final = 20.0  # seconds for a request to arrive whole; the API's own limit of 10 is for the body alone
_MOST: Final = 2_000  # at a time: requests are answered in milliseconds, and idle ones are closed after five seconds
_EACH: Final = 200  # of one source: a carrier's NAT hides many phones, which ask once an hour

logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # its lines are about what strangers send


@final
class Guests:
    """Who is connected. Declared proxies speak for many and count towards the total alone."""

    def __init__(
        self, proxies: Iterable[IPv4Network | IPv6Network] = (), *, most: int = _MOST, each: int = _EACH
    ) -> None:
        self._proxies = tuple(proxies)
        self._most = most
        self._each = each
        self._by_source: Counter[str] = Counter()
        self._all = 0
        self.refused = 0

    def __len__(self) -> int:
        return self._all

    def admit(self, host: str) -> bool:
        """Count one in, or refuse it."""
        source = source_of(host)
        if self._all >= self._most or (self._by_source[source] >= self._each and not self._is_proxy(host)):
            self.refused += 1
            return False
        self._by_source[source] += 1
        self._all += 1
        return True

    def gone(self, host: str) -> None:
        source = source_of(host)
        self._all -= 1
        self._by_source[source] -= 1
        if not self._by_source[source]:
            del self._by_source[source]

    def _is_proxy(self, host: str) -> bool:
        try:
            address = ip_address(host)
        except ValueError:
            return False
        return any(address in network for network in self._proxies)


@final
class BoundedHttp(H11Protocol):
    """One connection. It is cut when there are too many, or when a request takes too long to arrive."""

    def __init__(self, guests: Guests, *, seconds: float = _REQUEST, **uvicorns: Any) -> None:
        super().__init__(**uvicorns)
        self._guests = guests
        self._seconds = seconds
        self._host: str | None = None
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        self.transport = transport
        host = str((transport.get_extra_info("peername") or ("",))[0])
        if not self._guests.admit(host):
            transport.abort()
            return
        self._host = host
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        if self._host is not None:
            super().data_received(data)
            self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._relax()
        if self._host is not None:
            self._guests.gone(self._host)
            super().connection_lost(exc)

    def _watch(self) -> None:
        """A request has its time from its first byte, the first one from the connection's start; more bytes add none.

        Between two requests uvicorn's own time for idle connections runs.
        """
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.more_body and not cycle.response_complete:
            self._relax()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(self._seconds, self.transport.abort)

    def _relax(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


@final
class BoundedServer(uvicorn.Server):
    """uvicorn with such connections; signals are the process's matter. `config` says lifespan "off"."""

    def __init__(self, config: uvicorn.Config, guests: Guests) -> None:
        super().__init__(config)
        self._guests = guests

    async def startup(self, sockets: object = None) -> None:  # noqa: ARG002 - uvicorn passes it by this name
        """Bind; raises OSError."""
        loop = asyncio.get_running_loop()
        listening = await loop.create_server(
            lambda: BoundedHttp(self._guests, config=self.config, server_state=self.server_state, app_state={}),
            self.config.host,
            self.config.port,
            ssl=self.config.ssl,
            ssl_handshake_timeout=_HANDSHAKE if self.config.ssl else None,
            backlog=self.config.backlog,
        )
        self.servers = [listening]
        self.started = True

    @contextmanager
    def capture_signals(self) -> Any:
        yield
