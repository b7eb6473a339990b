"""Joins routes and guards into one ASGI application."""

from dataclasses import dataclass
from typing import Final, final

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Scope

from ringfence import __version__
from ringfence.clock import Clock
from ringfence.errors import RingfenceError
from ringfence.services.enrolment import Enrolment
from ringfence.web.api.access import Access
from ringfence.web.api.account import account
from ringfence.web.api.announcements import announcements
from ringfence.web.api.bodies import FIELDS
from ringfence.web.api.consents import consents
from ringfence.web.api.corrections import corrections
from ringfence.web.api.description import REFUSALS, Described
from ringfence.web.api.devices import devices, ring_tests
from ringfence.web.api.enrolments import enrolments, provisioning
from ringfence.web.api.guard import Bounded, Encrypted, LastNet, Paced
from ringfence.web.api.idempotency import Idempotent, Repeats
from ringfence.web.api.inputs import ASKED
from ringfence.web.api.insight import insight
from ringfence.web.api.operations import operations
from ringfence.web.api.packages import packages, transmissions
from ringfence.web.api.ports import Calls, Erasures, Metrics, NoticeTexts, OwnersData, Readiness, RingTests
from ringfence.web.api.rates import RateLimit
from ringfence.web.api.requests import requests
from ringfence.web.api.rooms import Rooms
from ringfence.web.api.settings import ApiSettings
from ringfence.web.api.systems import LARGE, ProviderAccess, invoices, mail_intake
from ringfence.web.problem import closed, language_of, of_error, of_status, problem

__all__ = ["Services", "api", "repeats_of"]

_NO_TELEMETRY: Final[TelemetryConfig] = {"tracing": False, "metrics": False, "logs": False, "operation_spans": False}
_FIELDS: Final = FIELDS.union(*(body.model_fields for body in ASKED))


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What stands behind the API; without `rooms` nothing but enrolling and one's own data is served."""

    enrolment: Enrolment
    notices: NoticeTexts
    calls: Calls
    ring_tests: RingTests
    erasures: Erasures
    data: OwnersData
    readiness: Readiness
    metrics: Metrics
    rooms: Rooms | None = None


def api(services: Services, settings: ApiSettings, clock: Clock, *, repeats: Repeats | None = None) -> FastAPI:
    """The API as one application; other pages may be mounted on it, and stand behind the same guards.

    `repeats`: the answers that are kept for requests which come twice, where somebody else has to be able to drop them.

    There is no built-in documentation page, because it would load scripts from elsewhere; the description is at
    /v1/openapi.json.
    """
    app = Described(
        title="Ringfence",
        version=__version__,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses=REFUSALS,
        telemetry=_NO_TELEMETRY,  # FastAPI's own would record bodies that did not validate
    )
    _add_routes(app, services, settings, clock)
    _add_answers(app)
    _add_guards(app, settings, clock, repeats_of(settings, clock) if repeats is None else repeats)
    return app


def repeats_of(settings: ApiSettings, clock: Clock) -> Repeats:
    """None is kept yet."""
    return Repeats(clock, seconds=settings.idempotent_seconds, most=settings.idempotent_answers)


def _add_routes(app: FastAPI, services: Services, settings: ApiSettings, clock: Clock) -> None:
    push_tokens = RateLimit(settings.push_tokens, clock, sources=settings.sources)
    access = Access(services.enrolment, RateLimit(settings.failed_tokens, clock, sources=settings.sources))
    for router in (
        enrolments(services.enrolment, services.notices, access),
        devices(services.enrolment, services.calls, access, push_tokens),
        ring_tests(services.enrolment, services.ring_tests, access),
        account(services.enrolment, services.data, services.erasures, access),
        *_of_rooms(services, access, settings, clock),
    ):
        app.include_router(router, prefix="/v1")
    app.include_router(provisioning(services.enrolment))
    app.include_router(operations(services.readiness, services.metrics, settings.metrics_from))


def _of_rooms(services: Services, access: Access, settings: ApiSettings, clock: Clock) -> list[APIRouter]:
    """What the law promises people, and what providers' own systems hand in."""
    rooms = services.rooms
    if rooms is None:
        return []
    asking = RateLimit(settings.requests, clock, sources=settings.sources)
    guesses = RateLimit(settings.failed_tokens, clock, sources=settings.sources)
    systems = ProviderAccess(rooms.tokens, rooms.providers, guesses)
    return [
        corrections(rooms.corrections, access),
        consents(rooms.consents, rooms.receipts, access),
        requests(rooms.requests, access, asking),
        packages(rooms.packages, access),
        transmissions(rooms.transmissions, access, asking),
        announcements(rooms.announcements, access, services.enrolment.settings.public_url),
        insight(rooms.looks, rooms.leaves, access),
        invoices(rooms.billing, systems),
        mail_intake(rooms.letterbox, systems),
    ]


def _add_answers(app: FastAPI) -> None:
    """Every refusal as a problem."""

    @app.exception_handler(RingfenceError)
    async def of_ours(request: Request, error: RingfenceError) -> Response:
        return of_error(error, _language(request))

    @app.exception_handler(RequestValidationError)
    async def of_validation(request: Request, error: RequestValidationError) -> Response:
        fields = closed((tuple(one["loc"]) for one in error.errors()), _FIELDS)
        return problem(422, "invalid_body", language=_language(request), facts={"fields": fields})

    @app.exception_handler(HTTPException)
    async def of_routing(request: Request, error: HTTPException) -> Response:
        return of_status(error.status_code, _language(request), error.headers)


def _add_guards(app: FastAPI, settings: ApiSettings, clock: Clock, repeats: Repeats) -> None:
    """The last one added stands outermost."""
    enrol = RateLimit(settings.enrolments, clock, sources=settings.sources)
    links = RateLimit(settings.links, clock, sources=settings.sources)

    def limit_of(scope: Scope) -> RateLimit | None:
        if scope["method"] == "POST" and scope["path"] == "/v1/enrolments":
            return enrol
        return links if scope["path"].startswith("/p/") else None

    app.add_middleware(Idempotent, repeats=repeats)
    larger = {**LARGE, **settings.large_bodies}
    app.add_middleware(Bounded, most=settings.body_bytes, seconds=settings.body_seconds, larger=larger)
    app.add_middleware(Paced, limit_of=limit_of)
    app.add_middleware(Encrypted, trusted=settings.trusted_proxies)
    app.add_middleware(LastNet)


def _language(request: Request) -> str:
    return language_of(request.headers.get("accept-language", ""))
