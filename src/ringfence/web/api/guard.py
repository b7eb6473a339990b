"""What stands before every route: encryption, size, pace, and a last net under all of it.

Written as plain ASGI, since these act on connections and bodies and know nothing of what the routes mean.
"""

import asyncio
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Final, final

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ringfence.protocols.source import source_of
from ringfence.web.api.rates import RateLimit
from ringfence.web.api.settings import Network
from ringfence.web.problem import language_of, problem

__all__ = ["Bounded", "Encrypted", "LastNet", "Paced", "from_here", "within"]

_FORWARDED: Final = "ringfence.forwarded"
"""Key in the scope of a request that came through a declared proxy."""
_MARKS: Final = ("x-forwarded-proto", "x-forwarded-for", "forwarded")
"""By which a proxy shows."""
_LARGE: Final = 262_144  # bytes; what is larger is a form with documents
_PATIENCE: Final = 6  # times as long for those
_log = structlog.get_logger(__name__)
_HEADERS: Final = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


def _language(scope: Scope) -> str:
    return language_of(Headers(scope=scope).get("accept-language", ""))


def _host(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


def from_here(scope: Scope) -> bool:
    """Whether the peer is on this machine (loopback, or a Unix socket); never, where a proxy speaks for it."""
    if scope.get(_FORWARDED):
        return False
    host = _host(scope)
    try:
        return not host or ip_address(host).is_loopback
    except ValueError:
        return False


def within(scope: Scope, networks: tuple[Network, ...]) -> bool:
    """Whether the peer is in one of the networks."""
    return _within(_host(scope), networks)


def _within(host: str, networks: tuple[Network, ...]) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in networks)


@final
class LastNet:
    """Outermost: turns what nobody caught into a problem, and keeps its text, which could hold anything, to itself.

    Also puts the headers on every answer that keep it out of caches.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:  # noqa: BLE001 - the outermost loop
            _log.error("api_request_failed", error=type(error).__name__, at=_place(error))
            if not started:
                await problem(500, "internal", language=_language(scope))(scope, receive, watched)


def _place(error: BaseException) -> str:
    """File and line where it was raised, which is ours to know; the text is not ours to log."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""


@final
class Encrypted:
    """Refuses plain HTTP, but on loopback and from declared proxies that say https (APP-02).

    Replaces the peer's address by the one that a declared proxy names. A request on loopback that a proxy has marked
    came from elsewhere: unless that proxy is declared, it is refused.
    """

    def __init__(self, app: ASGIApp, *, trusted: tuple[Network, ...]) -> None:
        self._app = app
        self._trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is None:
            await self._app(self._seen_through(scope), receive, send)
        else:
            await problem(403, refusal, language=_language(scope))(scope, receive, send)

    def _refusal(self, scope: Scope) -> str | None:
        headers = Headers(scope=scope)
        if within(scope, self._trusted) and "x-forwarded-proto" in headers:
            return None if headers["x-forwarded-proto"].lower() == "https" else "encryption_required"
        if scope["scheme"] == "https":
            return None
        if not from_here(scope):
            return "encryption_required"
        return "proxy_not_trusted" if "x-forwarded-for" in headers or "forwarded" in headers else None

    def _seen_through(self, scope: Scope) -> Scope:
        """The scope with the address of whoever stands before the proxies; the hops that they vouch for, no further.

        Nobody stands on this machine because a proxy does: one that does not name whom it speaks for, or passes on what
        a stranger says, must not make everybody a neighbour.
        """
        headers = Headers(scope=scope)
        if not within(scope, self._trusted) or not any(name in headers for name in _MARKS):
            return scope
        hops = [hop.strip() for hop in headers.get("x-forwarded-for", "").split(",") if hop.strip()]
        host = _host(scope)
        while hops and _within(host, self._trusted):
            host = hops.pop()
        return {**scope, "client": (host, 0), _FORWARDED: True}


@final
class Bounded:
    """Reads the whole body before anybody looks at it: at most so many bytes, in at most so many seconds.

    `larger` gives the paths below which forms take more. Of those that may be very large only so many (`crowd`) are in
    memory at once; they get more time, since a photograph of a document comes over a telephone line.
    """

    def __init__(
        self, app: ASGIApp, *, most: int, seconds: float, larger: Mapping[str, int] | None = None, crowd: int = 16
    ) -> None:
        self._app = app
        self._most = most
        self._seconds = seconds
        self._larger = dict(sorted((larger or {}).items(), key=lambda each: len(each[0]), reverse=True))
        self._crowd = crowd
        self._large = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._most_of(scope)
        if most <= _LARGE or 0 <= _announced(scope) <= _LARGE:
            await self._bounded(scope, receive, send, min(most, _LARGE), self._seconds)
        elif self._large >= self._crowd:
            await too_many(self._seconds, _language(scope))(scope, receive, send)
        else:
            self._large += 1
            try:
                await self._bounded(scope, receive, send, most, self._seconds * _PATIENCE)
            finally:
                self._large -= 1

    def _most_of(self, scope: Scope) -> int:
        """The longest path that is given counts."""
        if scope["method"] == "POST":
            for path, most in self._larger.items():
                if scope["path"].startswith(path):
                    return most
        return self._most

    async def _bounded(self, scope: Scope, receive: Receive, send: Send, most: int, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                body = await self._read(receive, most)
        except TimeoutError:
            await problem(408, "body_too_slow", language=_language(scope))(scope, receive, send)
            return
        if body is None:
            await problem(413, "body_too_large", language=_language(scope))(scope, receive, send)
            return
        await self._app({**scope, "ringfence.body": body}, _replay(body, receive), send)

    async def _read(self, receive: Receive, most: int) -> bytes | None:
        """None if it is too large; what a client that hung up had sent is as good as nothing."""
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return bytes(body)
            body += message.get("body", b"")
            if len(body) > most:
                return None
            if not message.get("more_body"):
                return bytes(body)


def _announced(scope: Scope) -> int:
    """How long the body says that it is; -1 where it doesn't say."""
    said = Headers(scope=scope).get("content-length", "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 16 else -1


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


@final
class Paced:
    """Limits how often one source may use what could be guessed. `limit_of` says which limit a request is under."""

    def __init__(self, app: ASGIApp, *, limit_of: Callable[[Scope], RateLimit | None]) -> None:
        self._app = app
        self._limit_of = limit_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = self._limit_of(scope) if scope["type"] == "http" else None
        wait = limit.take(source_of(_host(scope))) if limit else 0.0
        if wait > 0:
            await too_many(wait, _language(scope))(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def too_many(wait: float, language: str) -> Response:
    """429; `wait` in seconds."""
    return problem(429, "too_many_requests", language=language, headers={"retry-after": str(int(wait) + 1)})
