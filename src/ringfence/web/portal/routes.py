"""Joins the pages into routes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ringfence.clock import Clock
from ringfence.identifiers import ProviderId
from ringfence.privacy.consent import GPC_PATH
from ringfence.randomness import Randomness
from ringfence.web.api.rates import RateLimit
from ringfence.web.api.settings import Rate
from ringfence.web.look import HEADERS, Csrf, Handler, Imprint, SessionCookie, Shell, look_files, own_files
from ringfence.web.portal.asking import Asking
from ringfence.web.portal.choosing import Choosing
from ringfence.web.portal.home import Home
from ringfence.web.portal.leaving import Leaving
from ringfence.web.portal.phones import Phones
from ringfence.web.portal.ports import Doors
from ringfence.web.portal.reaching import Reaching
from ringfence.web.portal.reading import Reading
from ringfence.web.portal.signing_in import SigningIn
from ringfence.web.portal.visits import HOME, SIGN_IN, PersonalHandler, Visits
from ringfence.web.portal.writing import Writing

__all__ = ["BODIES", "NAV", "Portal", "portal_routes"]

_PACKAGE: Final = "ringfence.web.portal"
_WRITTEN: Final = Rate(burst=5, seconds=600.0)  # letters from one address: a family may write on one evening
_QUESTIONS: Final = Rate(burst=20, seconds=15.0)  # passkey challenges; one waits five minutes for its answer
_SOURCES: Final = 20_000
_WRITE: Final = "/privacy/write"
BODIES: Final[Mapping[str, int]] = {"/privacy/": 131_072, _WRITE: 6_500_000}
"""Bytes that forms below a path may have: a letter in any script; a written request with two documents of 3 MB."""
NAV: Final = (
    (HOME, "nav.home"),
    ("/privacy/requests", "nav.requests"),
    ("/privacy/devices", "nav.devices"),
    ("/privacy/notices", "nav.notices"),
    ("/privacy/downloads", "nav.downloads"),
    ("/privacy/leave", "nav.leave"),
)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Portal:
    """What the portal stands on. `imprints`: the providers; the first one's stands on pages before signing in."""

    imprints: Mapping[ProviderId, Imprint]
    doors: Doors
    clock: Clock
    randomness: Randomness
    gpc: bytes
    """The body of `/.well-known/gpc.json`."""


def portal_routes(portal: Portal) -> list[BaseRoute]:
    """Everything under `/privacy`, its style, and `/.well-known/gpc.json`: for an application's root."""
    visits = _visits(portal)
    return [
        *_strangers(portal, visits),
        *_persons(portal, visits),
        Route(GPC_PATH, _gpc(portal.gpc)),
        own_files("/privacy/static", _PACKAGE),
        look_files(),
        Route("/privacy/{rest:path}", visits.anybody(_nothing(visits)), methods=["GET", "POST"]),
    ]


def _visits(portal: Portal) -> Visits:
    first = next(iter(portal.imprints.values()))
    shell = Shell(_PACKAGE, HOME, first, NAV, styles=("/privacy/static/portal.css",))
    csrf = Csrf(portal.clock, portal.randomness)
    cookie = SessionCookie("ringfence", portal.randomness)
    return Visits(shell, cookie, csrf, portal.doors.door, portal.imprints)


def _strangers(portal: Portal, visits: Visits) -> Sequence[BaseRoute]:
    """Pages without signing in."""
    doors = portal.doors
    signing_in, leaving = _signing_in(portal, visits), Leaving(visits, doors.leave)
    pace = RateLimit(_WRITTEN, portal.clock, sources=_SOURCES)
    writing = Writing(visits, doors.requests, pace)

    def get(path: str, handler: Handler) -> Route:
        return Route(path, visits.anybody(handler))

    def post(path: str, handler: Handler) -> Route:
        return Route(path, visits.anybody(handler), methods=["POST"])

    return [
        get(SIGN_IN, signing_in.page),
        post(SIGN_IN, signing_in.by_password),
        post("/privacy/sign-in/number", signing_in.by_number),
        post("/privacy/sign-in/pin", signing_in.by_pin),
        post("/privacy/sign-in/passkey/question", signing_in.question),
        post("/privacy/sign-in/passkey", signing_in.by_passkey),
        post("/privacy/sign-out", signing_in.out),
        get(_WRITE, writing.page),
        post(_WRITE, writing.write),
        get("/privacy/write/received", writing.received),
        get("/privacy/gone/{erasure}", leaving.gone),
        get("/privacy/gone/{erasure}/certificate.json", leaving.certificate),
    ]


def _persons(portal: Portal, visits: Visits) -> Sequence[BaseRoute]:
    """Pages about whoever signed in."""
    doors = portal.doors
    home, asking = Home(visits, doors), Asking(visits, doors.requests)
    phones, reading = Phones(visits, doors.devices, doors.door), Reading(visits, doors.notices, doors.downloads)
    reaching = Reaching(visits, doors.mailbox)
    choosing, leaving = Choosing(visits, doors.choices), Leaving(visits, doors.leave)
    signing_in = _signing_in(portal, visits)

    def get(path: str, handler: PersonalHandler) -> Route:
        return Route(path, visits.personal(handler))

    def post(path: str, handler: PersonalHandler) -> Route:
        return Route(path, visits.personal(handler), methods=["POST"])

    return [
        get(HOME, home.page),
        get("/privacy/kept/{key}", home.kept),
        post("/privacy/choices", choosing.switch),
        post("/privacy/choices/none", choosing.none),
        get("/privacy/choices/receipts/{receipt}.json", choosing.receipt),
        get("/privacy/ask/{kind}", asking.page),
        post("/privacy/ask/{kind}", asking.ask),
        get("/privacy/requests", asking.listed),
        get("/privacy/requests/{case}", asking.one),
        post("/privacy/requests/{case}/answer", asking.answer),
        post("/privacy/requests/{case}/take-back", asking.take_back),
        get("/privacy/devices", phones.page),
        post("/privacy/devices/rename", phones.rename),
        post("/privacy/devices/sign-out", phones.sign_out),
        post("/privacy/devices/ring", phones.ring),
        post("/privacy/passkeys/offer", signing_in.offer),
        post("/privacy/passkeys", signing_in.add),
        post("/privacy/passkeys/remove", signing_in.remove),
        get("/privacy/contact", reaching.page),
        post("/privacy/contact", reaching.keep),
        get("/privacy/notices", reading.page),
        post("/privacy/notices/object", reading.object),
        get("/privacy/downloads", reading.packages),
        get("/privacy/downloads/{package}.zip", reading.package),
        post("/privacy/downloads/send/{sending}", reading.send),
        get("/privacy/leave", leaving.page),
        post("/privacy/leave", leaving.go),
    ]


def _signing_in(portal: Portal, visits: Visits) -> SigningIn:
    return SigningIn(visits, portal.doors.door, RateLimit(_QUESTIONS, portal.clock, sources=_SOURCES))


def _gpc(body: bytes) -> Handler:
    async def answer(_request: Request) -> Response:
        return Response(body, media_type="application/json", headers=dict(HEADERS))

    return answer


def _nothing(visits: Visits) -> Handler:
    """A page for addresses that lead nowhere."""

    async def answer(request: Request) -> Response:
        return visits.nothing_here(request)

    return answer
