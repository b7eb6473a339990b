"""Forms are answered only to the page that we showed to this browser."""

import base64
import hashlib
import hmac
from typing import Final, final
from urllib.parse import urlsplit

from starlette.requests import Request

from ringfence.clock import Clock
from ringfence.errors import PeerFault
from ringfence.randomness import Randomness

__all__ = ["FIELD", "Csrf", "ForeignForm", "FormTooOld"]

FIELD: Final = "form_token"
_SAME: Final = frozenset({"same-origin", "none"})


class ForeignForm(PeerFault):
    """A form that another site sent, or that was shown to another browser."""

    code = "foreign_form"
    http_status = 403


class FormTooOld(PeerFault):
    """Our own form, but shown too long ago; showing it again mends it."""

    code = "form_too_old"
    http_status = 403


@final
class Csrf:
    """Makes and checks the hidden token of a form.

    A token holds when it was made and a MAC over that and the cookie's id, under a key of this process: it is of use to
    nobody who does not hold the cookie too, and nothing is stored for those who have not signed in (double submit).
    """

    def __init__(self, clock: Clock, randomness: Randomness, *, seconds: float = 4 * 3_600.0) -> None:
        """`seconds`: how long a form may lie open; a letter is written in an afternoon."""
        self._key = randomness.bytes(32)
        self._clock = clock
        self._seconds = seconds

    def token(self, session: str) -> str:
        """For a form on a page that is shown under this cookie."""
        return self._spelled(session, int(self._clock.time()))

    def check(self, request: Request, session: str, token: str) -> None:
        """Before anything that a form asks for is done. Raises ForeignForm or FormTooOld."""
        if not session or not came_from_here(request):
            raise ForeignForm
        made = token.partition(".")[0]
        if not (made.isascii() and made.isdecimal() and len(made) < 16):
            raise ForeignForm
        if not hmac.compare_digest(self._spelled(session, int(made)).encode(), token.encode()):
            raise ForeignForm
        if not 0 <= self._clock.time() - int(made) <= self._seconds:
            raise FormTooOld

    def _spelled(self, session: str, made: int) -> str:
        mac = hmac.new(self._key, f"{made} {session}".encode(), hashlib.sha256).digest()
        return f"{made}.{base64.urlsafe_b64encode(mac).decode('ascii').rstrip('=')}"


def came_from_here(request: Request) -> bool:
    """What the browser itself says about where a request began; a browser that says nothing still needs the token."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in _SAME
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host", "")
