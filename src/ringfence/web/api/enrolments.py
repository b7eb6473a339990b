"""Coming in: the notice, the enrolment, the provisioning link."""

import base64
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from ringfence.identifiers import ProviderId
from ringfence.services.enrolment import Application, Authenticated, Enrolled, Enrolment, SipAddress, qr
from ringfence.web.api.access import Access
from ringfence.web.api.bodies import EnrolmentAnswer, EnrolmentBody, NoticeAnswer, Provisioning, PushKey, SipAccess
from ringfence.web.api.idempotency import concerns
from ringfence.web.api.ports import NoticeTexts

__all__ = ["enrolments", "provisioning"]

_XML = "application/xml"


def enrolments(enrolment: Enrolment, notices: NoticeTexts, access: Access) -> APIRouter:
    """GET /notice, GET /apps/{app}/push-key, POST /enrolments."""
    router = APIRouter(tags=["enrolment"])

    @router.get("/notice", summary="What the person has to see, and to agree to, before enrolling")
    async def notice(
        domain: Annotated[str, Query(max_length=253, description="The part of the SIP address after the @.")] = "",
        lang: Annotated[str, Query(pattern="^[a-z]{2}$")] = "en",
    ) -> NoticeAnswer:
        text = notices.current(_provider(enrolment, domain), lang)
        return NoticeAnswer(
            language=text.language,
            notice_version=text.notice_version,
            terms_version=text.terms_version,
            title=text.title,
            notice=list(text.notice),
            terms=list(text.terms),
        )

    @router.get("/apps/{app}/push-key", summary="With what a browser subscribes at its push service before enrolling")
    async def push_key(app: Annotated[str, Path(min_length=1, max_length=64)]) -> PushKey:
        return PushKey(application_server_key=enrolment.subscribing_key(app))

    @router.post(
        "/enrolments",
        status_code=201,
        summary="Enrol a device, or enrol it anew",
        openapi_extra={"security": [{}]},  # a token is not needed
    )
    async def enrol(
        request: Request,
        body: EnrolmentBody,
        known: Annotated[Authenticated | None, Depends(access.optional())],
    ) -> EnrolmentAnswer:
        enrolled = await enrolment.enrol(_application(body, known))
        if device := enrolment.presence.get(enrolled.device):
            concerns(request.scope, device.subject)
        return _answer(enrolment, enrolled)

    return router


def provisioning(enrolment: Enrolment) -> APIRouter:
    """GET /p/{key}: Linphone's remote provisioning."""
    router = APIRouter(tags=["enrolment"])

    @router.get(
        "/p/{key}",
        summary="The set-up of an enrolment: once, and within minutes; else an empty one",
        response_class=Response,
        responses={200: {"content": {_XML: {}}, "description": "Linphone's remote provisioning."}},
    )
    async def fetch(key: str) -> Response:
        return Response(enrolment.links.take(key), media_type=_XML)

    return router


def _provider(enrolment: Enrolment, domain: str) -> ProviderId:
    return enrolment.domain(domain).provider if domain else enrolment.only_provider()


def _application(body: EnrolmentBody, known: Authenticated | None) -> Application:
    address = SipAddress.parse(body.sip_address)
    return Application(
        address=address,
        auth_user=body.auth_user or address.user,
        password=body.password.get_secret_value(),
        device_name=body.device.name,
        public_key=body.device.key_bytes(),
        app=body.device.app,
        push_token=body.device.push_address(),
        notice_version=body.notice_seen,
        terms_version=body.terms_agreed,
        language=body.language,
        old_enough=body.old_enough,
        known_as=known.device if known else None,
    )


def _answer(enrolment: Enrolment, enrolled: Enrolled) -> EnrolmentAnswer:
    settings = enrolment.settings
    return EnrolmentAnswer(
        device_id=enrolled.device,
        api_token=enrolled.api_token,
        sip=SipAccess(
            user=enrolled.sip_user, secret=enrolled.sip_secret, realm=settings.realm, route=settings.sip_route
        ),
        provisioning=Provisioning(
            url=enrolled.link,
            expires_in=int(enrolled.link_seconds),
            qr_svg=qr.svg(enrolled.link),
            qr_png=base64.b64encode(qr.png(enrolled.link)).decode("ascii"),
        ),
    )
