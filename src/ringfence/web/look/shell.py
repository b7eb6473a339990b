"""Renders the pages of a face inside the shell that all pages share."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, final
from urllib.parse import urlencode

import structlog
from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ringfence.errors import RingfenceError
from ringfence.web.language import preferred
from ringfence.web.look.headers import HEADERS, headers_of_form
from ringfence.web.look.imprint import Imprint
from ringfence.web.look.words import Words, catalogues

__all__ = ["Handler", "Shell"]

_PACKAGE: Final = "ringfence.web.look"
_log = structlog.get_logger(__name__)

Handler = Callable[[Request], Awaitable[Response]]


@final
@dataclass(frozen=True)
class Shell:
    """One face: its templates, its catalogue, its way around. Handlers give it a template and what that shows.

    package: holds the folders `templates` and `catalogue`.
    home: where the name at the top leads.
    nav: paths and keys of the links at the top.
    styles: the face's own style sheets, after those of the look.
    imprint: for pages that belong to no provider in particular, as error pages do.
    """

    package: str
    home: str
    imprint: Imprint
    nav: Sequence[tuple[str, str]] = ()
    styles: Sequence[str] = ()

    @cached_property
    def languages(self) -> tuple[str, ...]:
        return tuple(catalogues(self.package))

    @cached_property
    def templates(self) -> Environment:
        own = PackageLoader(self.package)
        environment = Environment(
            loader=ChoiceLoader([own, PrefixLoader({"look": PackageLoader(_PACKAGE)})]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters["marked"] = _marked
        return environment

    def words(self, request: Request) -> Words:
        """The texts in the reader's language."""
        return Words(self.package, self.language(request))

    def language(self, request: Request) -> str:
        """What the address says (`?lang=`), else what the browser asks for; there is no cookie that remembers it."""
        asked = request.query_params.get("lang", "")
        return (
            asked if asked in self.languages else preferred(request.headers.get("accept-language", ""), self.languages)
        )

    def link(self, request: Request, path: str, **query: str) -> str:
        """An address that keeps the language if the reader chose one. Nothing personal belongs into it."""
        asked = request.query_params.get("lang", "")
        values = ({"lang": asked} if asked in self.languages else {}) | query
        return f"{path}?{urlencode(values)}" if values else path

    def page(
        self,
        request: Request,
        template: str,
        values: Mapping[str, object] | None = None,
        *,
        status: int = 200,
        imprint: Imprint | None = None,
        nav: Sequence[tuple[str, str]] | None = None,
        token: str = "",
    ) -> Response:
        """Render a template of the face.

        `token` is that of `Csrf` for a page that has forms, which only then may be sent. Every page is `no-store`.
        """
        words = self.words(request)
        body = self.templates.get_template(template).render(
            t=words,
            language=words.language,
            languages=self.languages,
            link=lambda path, **query: self.link(request, path, **query),
            here=request.url.path,
            home=self.home,
            nav=self.nav if nav is None else nav,
            styles=self.styles,
            imprint=imprint or self.imprint,
            token=token,
            **(values or {}),
        )
        base = headers_of_form() if token else HEADERS
        own = {"Content-Language": words.language, "Vary": "Accept-Language, Cookie", "Cache-Control": "no-store"}
        return HTMLResponse(body, status, headers={**base, **own})

    def go(self, request: Request, path: str, **query: str) -> Response:
        """Send the browser to a page after something was done, so that a reload doesn't do it again."""
        return RedirectResponse(
            self.link(request, path, **query), 303, headers={**HEADERS, "Cache-Control": "no-store"}
        )

    def failure(self, request: Request, status: int, code: str = "", *, retry_after: float = 0.0) -> Response:
        """An error page: what happened and what to do next, by the error's code, else by its status."""
        words = self.words(request)
        key = next(key for key in (f"error.{code}", f"error.{status}", "error.other") if words.has(f"{key}.title"))
        answer = self.page(request, "look/failure.html", {"key": key}, status=status)
        if retry_after > 0:
            answer.headers["Retry-After"] = str(max(1, round(retry_after)))
        return answer

    def handled(self, handler: Handler) -> Handler:
        """The handler with our own errors as pages; any other one goes on to the server's last net."""

        async def handle(request: Request) -> Response:
            try:
                return await handler(request)
            except RingfenceError as error:
                if error.http_status >= 500:
                    _log.error("page_failed", code=error.code)
                after = error.facts.get("retry_after")
                wait = float(after) if isinstance(after, int | float) else 0.0
                return self.failure(request, error.http_status, error.code, retry_after=wait)

        return handle


def _marked(text: str) -> Markup:
    """What stands in backticks is code; nothing else is markup."""
    parts = str(escape(text)).split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(Markup(part)) if i % 2 else Markup(part)  # noqa: S704 - escaped above
        for i, part in enumerate(parts)
    )
