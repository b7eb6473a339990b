"""Joins the pages into routes. Which permission stands before each is in the table below, and nowhere else."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ringfence.clock import Clock
from ringfence.identifiers import ProviderId
from ringfence.randomness import Randomness
from ringfence.services.staff import Permission, Staff
from ringfence.web.console.case import CasePage
from ringfence.web.console.closed import ClosedPage
from ringfence.web.console.entering import Entering
from ringfence.web.console.exporting import Exporting
from ringfence.web.console.inbox import Inbox
from ringfence.web.console.keeping import Keeping
from ringfence.web.console.people import PeoplePages
from ringfence.web.console.ports import Room
from ringfence.web.console.signing_in import SigningIn
from ringfence.web.console.staffing import Staffing
from ringfence.web.console.telling import Telling
from ringfence.web.console.texts import TextPages
from ringfence.web.console.visits import CONFIDENTIALITY, HOME, SIGN_IN, MemberHandler, Visits
from ringfence.web.look import Csrf, Handler, Imprint, SessionCookie, Shell, look_files, own_files

__all__ = ["LARGE_BODY", "Console", "Gate", "console_routes", "gates", "is_large"]

_PACKAGE: Final = "ringfence.web.console"
LARGE_BODY: Final = 6_500_000
"""Bytes that a form with documents may have (two of 3 MB, and the letter); every other form has 128 kB at most."""


def is_large(path: str) -> bool:
    """Whether documents may come with a form to that path."""
    return path == "/console/enter" or (path.startswith("/console/cases/") and path.endswith("/proof_given"))


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """What the console stands on. `imprints`: the providers; the first one's stands on pages before signing in."""

    imprints: Mapping[ProviderId, Imprint]
    staff: Staff
    room: Room
    clock: Clock
    randomness: Randomness


@final
@dataclass(frozen=True, slots=True)
class Gate:
    """A page or a form for members, and what its visitor's roles must allow; None: whoever is bound to confidentiality
    may come, and the handler leads them on.
    """

    method: str
    path: str
    handler: MemberHandler
    need: Permission | None


def console_routes(console: Console) -> list[BaseRoute]:
    """Everything under `/console`, and its style: for an application's root."""
    visits = _visits(console)
    return [
        *_strangers(visits),
        *(_route(visits, gate) for gate in gates(visits, console.room)),
        own_files("/console/static", _PACKAGE),
        look_files(),
        Route("/console/{rest:path}", visits.anybody(_nothing(visits)), methods=["GET", "POST"]),
    ]


def _visits(console: Console) -> Visits:
    first = next(iter(console.imprints.values()))
    shell = Shell(_PACKAGE, HOME, first, styles=("/console/static/console.css",))
    csrf = Csrf(console.clock, console.randomness)
    cookie = SessionCookie("ringfence-console", console.randomness)
    return Visits(shell, cookie, csrf, console.staff, console.imprints)


def gates(visits: Visits, room: Room) -> Iterator[Gate]:
    """Everything that members reach, with its permission."""
    may = Permission
    yield from _cases(visits, room)
    yield from _people(visits, room)
    keeping, staffing, texts = Keeping(visits, room), Staffing(visits), TextPages(visits, room)
    yield Gate("GET", "/console/holds", keeping.holds, may.HOLD)
    yield Gate("POST", "/console/holds/release", keeping.release_hold, may.HOLD)
    yield Gate("GET", "/console/secrecy", keeping.secrecy, may.KEEP_SECRET)
    yield Gate("POST", "/console/secrecy/release", keeping.release_order, may.KEEP_SECRET)
    telling = Telling(visits, room)
    yield Gate("GET", "/console/recipients", telling.page, may.DECIDE_CASES)
    yield Gate("POST", "/console/recipients", telling.settle, may.DECIDE_CASES)
    yield Gate("GET", "/console/retention", keeping.retention, may.READ_RETENTION)
    yield Gate("GET", "/console/ledger", keeping.ledger, may.READ_LEDGER)
    yield Gate("GET", "/console/figures", keeping.figures, may.READ_FIGURES)
    yield Gate("GET", "/console/notices", texts.page, may.SEE_SETTINGS)
    yield Gate("POST", "/console/notices/publish", texts.publish, may.PUBLISH_NOTICES)
    yield Gate("GET", "/console/staff", staffing.page, may.MANAGE_STAFF)
    yield Gate("POST", "/console/staff/invite", staffing.invite, may.MANAGE_STAFF)
    yield Gate("POST", "/console/staff/tokens", staffing.make_token, may.MANAGE_TOKENS)
    yield Gate("POST", "/console/staff/tokens/{token}/revoke", staffing.revoke_token, may.MANAGE_TOKENS)
    yield Gate("POST", "/console/staff/{staff}/roles", staffing.change, may.MANAGE_STAFF)
    yield Gate("POST", "/console/staff/{staff}/remove", staffing.remove, may.MANAGE_STAFF)


def _cases(visits: Visits, room: Room) -> Iterator[Gate]:
    may = Permission
    inbox, case = Inbox(visits, room.cases), CasePage(visits, room)
    entering, exporting = Entering(visits, room), Exporting(visits, room)
    yield Gate("GET", HOME, inbox.home, None)
    yield Gate("GET", "/console/find", inbox.find, may.SEE_CASES)
    yield Gate("GET", "/console/closed", ClosedPage(visits, room).page, may.SEE_CASES)
    yield Gate("GET", "/console/enter", entering.page, may.ENTER_CASES)
    yield Gate("POST", "/console/enter", entering.enter, may.ENTER_CASES)
    yield Gate("GET", "/console/exports", exporting.page, may.EXPORT)
    yield Gate("POST", "/console/exports", exporting.propose, may.EXPORT)
    yield Gate("POST", "/console/exports/second", exporting.second, may.EXPORT)
    yield Gate("POST", "/console/exports/make", exporting.make, may.EXPORT)
    yield Gate("GET", "/console/cases/{case}", case.page, may.SEE_CASES)
    yield Gate("POST", "/console/cases/{case}/look", case.look, may.LOOK)
    yield Gate("POST", "/console/cases/{case}/dossier", case.dossier, may.EXPORT)
    yield Gate("POST", "/console/cases/{case}/{event}", case.step, may.ENTER_CASES)


def _people(visits: Visits, room: Room) -> Iterator[Gate]:
    may, people = Permission, PeoplePages(visits, room)
    yield Gate("GET", "/console/people", people.search, may.FIND_PEOPLE)
    yield Gate("POST", "/console/people", people.find, may.FIND_PEOPLE)
    yield Gate("GET", "/console/people/{subject}", people.page, may.FIND_PEOPLE)
    yield Gate("POST", "/console/people/{subject}/look", people.look, may.LOOK)
    yield Gate("POST", "/console/people/{subject}/ring", people.ring, may.LOOK)
    yield Gate("POST", "/console/people/{subject}/hold", people.hold, may.HOLD)
    yield Gate("POST", "/console/people/{subject}/restrict", people.restrict, may.RESTRICT)
    yield Gate("POST", "/console/people/{subject}/lift", people.lift, may.RESTRICT)
    yield Gate("POST", "/console/people/{subject}/correct", people.correct, may.RECTIFY)
    yield Gate("GET", "/console/people/{subject}/erase", people.erasing, may.ERASE)
    yield Gate("POST", "/console/people/{subject}/erase", people.erase, may.ERASE)


def _strangers(visits: Visits) -> list[BaseRoute]:
    """Pages without signing in, and those before confidentiality is accepted."""
    signing_in = SigningIn(visits)
    return [
        Route(SIGN_IN, visits.anybody(signing_in.page)),
        Route(SIGN_IN, visits.anybody(signing_in.password), methods=["POST"]),
        Route(f"{SIGN_IN}/second", visits.anybody(signing_in.second), methods=["POST"]),
        Route("/console/join/{token}", visits.anybody(signing_in.join)),
        Route("/console/join/{token}", visits.anybody(signing_in.joined), methods=["POST"]),
        Route(CONFIDENTIALITY, visits.signed_in(signing_in.confidentiality)),
        Route(CONFIDENTIALITY, visits.signed_in(signing_in.accept), methods=["POST"]),
        Route("/console/sign-out", visits.signed_in(signing_in.out), methods=["POST"]),
    ]


def _route(visits: Visits, gate: Gate) -> Route:
    return Route(gate.path, visits.member(gate.handler, gate.need), methods=[gate.method])


def _nothing(visits: Visits) -> Handler:
    async def nothing(request: Request) -> Response:
        return visits.nothing_here(request)

    return nothing
