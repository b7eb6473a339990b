"""The HTTP side, joined: API and pages in one application, and the socket that serves them."""

import asyncio
import ipaddress
from collections.abc import Sequence
from pathlib import Path
from typing import final

import uvicorn
from starlette.routing import BaseRoute

from ringfence.app.connections import BoundedServer, Guests
from ringfence.app.listening import listening
from ringfence.clock import Clock
from ringfence.listeners import Renewal, server_context
from ringfence.settings import HttpSettings, address_of
from ringfence.web.api import ApiSettings, Repeats, Services, api
from ringfence.web.portal import BODIES
from ringfence.web.start import Pages, start_routes

__all__ = ["Faces"]

_FORMS = {**BODIES, "/console/": max(BODIES.values())}  # bytes; staff enter what came on paper, with copies
_SHUTDOWN = 3  # seconds that a request which is being answered may still take


@final
class Faces:
    """Serves from `open` to `close`. `app` may be asked without a socket, by tests."""

    def __init__(
        self,
        services: Services,
        pages: Pages,
        settings: HttpSettings,
        clock: Clock,
        *,
        more: Sequence[BaseRoute] = (),
        repeats: Repeats | None = None,
    ) -> None:
        """`more` are the routes of portal and console; `repeats` as the API takes it."""
        proxies = tuple(ipaddress.ip_network(proxy, strict=False) for proxy in settings.trusted_proxies)
        self.app = api(services, ApiSettings(trusted_proxies=proxies, large_bodies=_FORMS), clock, repeats=repeats)
        self.app.router.routes.extend((*start_routes(pages), *more))
        self.guests = Guests(proxies)
        self.renewals: list[Renewal] = []
        self._settings = settings
        self._server: BoundedServer | None = None
        self._serving: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Bind and serve. Raises CannotListen, or CertificateUnusable."""
        if self._settings.certificate:
            server_context(Path(self._settings.certificate), Path(self._settings.key))  # uvicorn would only crash
        host, port = address_of(self._settings.listen)
        config = uvicorn.Config(
            self.app,
            host=host,
            port=port,
            ssl_certfile=self._settings.certificate or None,
            ssl_keyfile=self._settings.key or None,
            log_config=None,
            access_log=False,  # an access log would hold addresses of people
            server_header=False,
            lifespan="off",
            ws="none",
            proxy_headers=False,  # the API's own guard reads them, from declared proxies alone
            timeout_graceful_shutdown=_SHUTDOWN,
        )
        config.load()
        if config.ssl is not None:
            self.renewals = [Renewal(config.ssl, Path(self._settings.certificate), Path(self._settings.key))]
        self._server = BoundedServer(config, self.guests)
        self._serving = asyncio.create_task(self._server.serve(), name="http")
        with listening("http.listen", self._settings.listen):
            await self._started(self._server, self._serving)

    async def _started(self, server: BoundedServer, serving: asyncio.Task[None]) -> None:
        while not server.started:
            if serving.done():
                self._server = self._serving = None  # there is nothing to close
                serving.result()
                raise OSError
            await asyncio.sleep(0.01)

    async def close(self) -> None:
        """Accept no more, and let running requests end."""
        if self._server is None or self._serving is None:
            return
        self._server.should_exit = True
        await self._serving
