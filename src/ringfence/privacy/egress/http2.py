"""HTTP/2 (RFC 9113) towards one recipient, with an exact answer to one question: can this have been processed?

    EgressClient ──request──> Http2Pool ──exchange──> Http2Connection ══frames══> the recipient

A push is repeated only if it certainly was not processed, so that has to be known and not guessed. A connection reads
all the time, also while nobody waits: a GOAWAY or an end that came while it was idle is noticed before the next
request is put on it. One that has been silent for long is asked (PING) before it is trusted with a call.
"""

import asyncio
import ssl
from typing import Final, final

from ringfence.privacy.egress.http2_connection import Http2Connection
from ringfence.privacy.egress.http2_exchange import (
    Http2Answer,
    Http2Request,
    Http2Settings,
    Interrupted,
    NotProcessed,
    Refused,
)

__all__ = ["Http2Answer", "Http2Pool", "Http2Request", "Http2Settings", "Interrupted", "NotProcessed"]

_TRIES: Final = 3  # connections that one request is offered to, where each is known not to have processed it

_Place = tuple[str, str, int]


@final
class Http2Pool:
    """Connections to the places of one recipient; few, since each carries a hundred requests and more at once."""

    def __init__(self, context: ssl.SSLContext, settings: Http2Settings) -> None:
        """`context` is this pool's own: it is set to ask for HTTP/2."""
        context.set_alpn_protocols(["h2"])
        self._context = context
        self._settings = settings
        self._open: dict[_Place, list[Http2Connection]] = {}
        self._opening: dict[_Place, asyncio.Lock] = {}

    async def request(self, request: Http2Request) -> Http2Answer:
        """Raises NotProcessed or Interrupted."""
        for _ in range(_TRIES - 1):
            try:
                return await (await self._connection(request)).exchange(request)
            except Refused:
                continue
        return await (await self._connection(request)).exchange(request)

    async def close(self) -> None:
        connections = [connection for group in self._open.values() for connection in group]
        self._open.clear()
        for connection in connections:
            connection.close()
        for connection in connections:
            await connection.gone.wait()

    async def _connection(self, request: Http2Request) -> Http2Connection:
        place = (request.scheme, request.host, request.port)
        async with self._opening.setdefault(place, asyncio.Lock()):  # who comes meanwhile uses what is being opened
            usable = [each for each in self._open.get(place, ()) if each.usable]
            self._open[place] = usable
            free = next((each for each in usable if each.free), None)
            if free is not None:
                return free
            if len(usable) >= self._settings.connections:
                return min(usable, key=lambda each: each.load)
            opened = await self._opened(request)
            usable.append(opened)
            return opened

    async def _opened(self, request: Http2Request) -> Http2Connection:
        context = self._context if request.scheme == "https" else None
        connection = Http2Connection(self._settings)
        try:
            async with asyncio.timeout(self._settings.connect_seconds):
                await asyncio.get_running_loop().create_connection(
                    lambda: connection, request.host, request.port, ssl=context
                )
                await connection.ready
        except (OSError, TimeoutError, Refused):  # an SSL error is an OSError
            connection.abort()
            raise NotProcessed from None
        except asyncio.CancelledError:
            connection.abort()
            raise
        return connection
