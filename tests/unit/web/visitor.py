"""A browser as the server sees it: keeps cookies, follows nothing by itself, asks the application without a socket."""

import asyncio
import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.routing import BaseRoute

__all__ = ["Visitor"]


class Visitor:
    """One browser, at `host`, speaking `language`."""

    def __init__(
        self,
        routes: Sequence[BaseRoute],
        *,
        base: str = "https://ringfence.example",
        host: str = "192.0.2.1",
        language: str = "en",
    ) -> None:
        self.cookies = httpx.Cookies()
        self._app = Starlette(routes=routes)
        self._base, self._host = base, host
        self._headers = {"accept-language": language, "sec-fetch-site": "same-origin"}

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        return self.ask("GET", path, headers=headers)

    def post(self, path: str, headers: Mapping[str, str] | None = None, **body: Any) -> httpx.Response:
        return self.ask("POST", path, headers=headers, **body)

    def send(self, page: str, path: str, fields: Mapping[str, str] | None = None, **body: Any) -> httpx.Response:
        """Open a page, and send a form with the token that stands on it."""
        shown = self.get(page).text
        token = re.search(r'name="form_token" value="([^"]*)"', shown)
        assert token, shown
        return self.post(path, data={"form_token": html.unescape(token[1]), **(fields or {})}, **body)

    def ask(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **body: Any) -> httpx.Response:
        return asyncio.run(self._ask(method, path, headers=self._headers | dict(headers or {}), **body))

    async def _ask(self, method: str, path: str, **body: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self._app, client=(self._host, 5060))
        async with httpx.AsyncClient(transport=transport, base_url=self._base, cookies=self.cookies) as client:
            answer = await client.request(method, path, **body)
            self.cookies = client.cookies
            return answer
