"""The routes of the start page and the pages beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Final, final
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from ringfence.privacy.notices import Catalogue, languages
from ringfence.web.language import preferred
from ringfence.web.start.openapi import operations
from ringfence.web.start.ports import DataMap, Imprint, Live, MapEntry, Notices, Schema, Story

__all__ = ["HEADERS", "Pages", "start_routes"]

_PACKAGE: Final = "ringfence.web.start"

HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""On every answer: nothing from elsewhere, nothing inline, nobody frames us."""


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
    def catalogues(self) -> dict[str, Catalogue]:
        folder = files(_PACKAGE) / "catalogue"
        return {language: Catalogue.load(folder, language) for language in languages(folder)}

    @cached_property
    def templates(self) -> Environment:
        loader = PackageLoader(_PACKAGE)
        environment = Environment(
            loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        environment.filters["marked"] = _marked
        return environment

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
        language = self._language(request)
        chosen = {"lang": language} if "lang" in request.query_params else {}

        def link(path: str, **query: str) -> str:
            """A link that keeps the language if the reader chose one; there is no cookie to remember it."""
            asked = urlencode(chosen | query)
            return f"{path}?{asked}" if asked else path

        catalogue = self.catalogues[language]
        body = self.templates.get_template(template).render(
            **values,
            t=catalogue.text,
            language=language,
            languages=tuple(self.catalogues),
            link=link,
            here=request.url.path,
            imprint=self.imprint,
            devices=self.live.devices() if self.live else None,
            calls=self.live.calls() if self.live else None,
            steps=self.story.steps(language) if self.story else None,
        )
        headers = {**HEADERS, "Content-Language": language, "Vary": "Accept-Language", "Cache-Control": "no-store"}
        return HTMLResponse(body, headers=headers)

    def _language(self, request: Request) -> str:
        asked = request.query_params.get("lang", "")
        known = tuple(self.catalogues)
        return asked if asked in known else preferred(request.headers.get("accept-language", ""), known)


def _marked(text: str) -> Markup:
    """What stands in backticks is code; nothing else is markup."""
    parts = str(escape(text)).split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(Markup(part)) if i % 2 else Markup(part)  # noqa: S704 - escaped above
        for i, part in enumerate(parts)
    )


@final
class _Static(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(Headers(HEADERS))
        return response


def start_routes(pages: Pages) -> list[BaseRoute]:
    """`/`, `/live`, `/notice`, `/data-map`, `/api`, `/openapi.json`, `/static`: for the root of an application."""
    return [
        Route("/", pages.start),
        Route("/live", pages.rows),
        Route("/notice", pages.notice),
        Route("/data-map", pages.data),
        Route("/api", pages.api),
        Route("/openapi.json", pages.document),
        Mount("/static", _Static(packages=[(_PACKAGE, "static")])),
    ]
