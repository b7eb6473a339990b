"""The routes of the start page and the pages beside it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from ringfence.web.look import HEADERS, Imprint, Shell, look_files, own_files
from ringfence.web.start.openapi import operations
from ringfence.web.start.ports import DataMap, Live, MapEntry, Notices, Schema, Story

__all__ = ["NAV", "Pages", "start_routes"]

_PACKAGE: Final = "ringfence.web.start"
NAV: Final = (("/notice", "notice.nav"), ("/data-map", "map.nav"), ("/api", "api.nav"))


@final
@dataclass(frozen=True)
class Pages:
    """What the pages show. `live` and `story` are None where nobody but the operator should see what goes on.

    The handlers are coroutines that never wait, so that they read live state on the loop and never from a thread.
    """

    imprint: Imprint
    notices: Notices
    data_map: DataMap
    schema: Schema
    live: Live | None = None
    story: Story | None = None

    @cached_property
    def shell(self) -> Shell:
        return Shell(_PACKAGE, "/", self.imprint, NAV, styles=("/static/start.css",))

    async def start(self, request: Request) -> Response:
        return self._page(request, "start.html")

    async def rows(self, request: Request) -> Response:
        """What changes on the start page, alone: the script puts it in place."""
        return self._page(request, "live.html")

    async def notice(self, request: Request) -> Response:
        return self._page(request, "notice.html", notice=self.notices.current(self._language(request)))

    async def data(self, request: Request) -> Response:
        places: dict[str, list[MapEntry]] = {}
        for entry in self.data_map.entries(self._language(request)):
            places.setdefault(entry.place, []).append(entry)
        return self._page(request, "data_map.html", places=places)

    async def api(self, request: Request) -> Response:
        return self._page(request, "api.html", operations=operations(self.schema()))

    async def document(self, _request: Request) -> Response:
        """The API's schema for programs."""
        return JSONResponse(self.schema(), headers=dict(HEADERS))

    def _page(self, request: Request, template: str, **values: object) -> Response:
        shown = {
            "devices": self.live.devices() if self.live else None,
            "calls": self.live.calls() if self.live else None,
            "steps": self.story.steps(self._language(request)) if self.story else None,
        }
        return self.shell.page(request, template, shown | values)

    def _language(self, request: Request) -> str:
        return self.shell.language(request)


def start_routes(pages: Pages) -> list[BaseRoute]:
    """`/`, `/live`, `/notice`, `/data-map`, `/api`, `/openapi.json`, `/static`, `/style`: for an application's root."""
    return [
        Route("/", pages.start),
        Route("/live", pages.rows),
        Route("/notice", pages.notice),
        Route("/data-map", pages.data),
        Route("/api", pages.api),
        Route("/openapi.json", pages.document),
        own_files("/static", _PACKAGE),
        look_files(),
    ]
