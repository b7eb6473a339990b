"""The one cookie: a random id, nothing else (ZOI-24)."""

import base64
import re
from typing import Final, final

from starlette.requests import Request
from starlette.responses import Response

from ringfence.randomness import Randomness
from ringfence.web.api.guard import from_here

__all__ = ["SessionCookie"]

_BYTES: Final = 32  # 256 bits: nobody guesses one
_SHAPE: Final = re.compile(r"[A-Za-z0-9_-]{20,128}")


@final
class SessionCookie:
    """`__Host-<name>`: Secure, HttpOnly, SameSite=Lax, for this host alone, gone when the browser is closed.

    Lax and not Strict, so that a link in a mail leads to the page that one is signed in to. On plain HTTP, which the
    guard lets through from loopback alone, browsers drop `__Host-` cookies: there it is called `<name>-loopback`.
    Before somebody signs in the same cookie holds an id that stands for nothing but the forms that were shown to them.
    """

    def __init__(self, name: str, randomness: Randomness) -> None:
        self._name = name
        self._randomness = randomness

    def read(self, request: Request) -> str:
        """The id that the browser sent, or empty. It is whatever the browser says until a session is found for it."""
        value = request.cookies.get(self._called(request), "")
        return value if _SHAPE.fullmatch(value) else ""

    def fresh(self) -> str:
        """A new id."""
        return base64.urlsafe_b64encode(self._randomness.bytes(_BYTES)).decode("ascii").rstrip("=")

    def set(self, request: Request, response: Response, session: str) -> None:
        """Hand the browser an id. After signing in it must be another than before: nobody fixes a session beforehand.

        Raises ValueError for an id that could be something else than a random one.
        """
        if not _SHAPE.fullmatch(session):
            raise ValueError
        response.set_cookie(
            self._called(request), session, path="/", secure=_secure(request), httponly=True, samesite="lax"
        )

    def drop(self, request: Request, response: Response) -> None:
        response.delete_cookie(self._called(request), path="/", secure=_secure(request), httponly=True, samesite="lax")

    def _called(self, request: Request) -> str:
        return f"__Host-{self._name}" if _secure(request) else f"{self._name}-loopback"


def _secure(request: Request) -> bool:
    return request.url.scheme == "https" or not from_here(request.scope)
