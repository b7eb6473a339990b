"""What an enrolled device says about itself, and asks about a call."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Response

from ringfence.identifiers import CallRef, DeviceId
from ringfence.services.enrolment import Authenticated, Enrolment, Phase
from ringfence.web.api.access import Access
from ringfence.web.api.bodies import CallState, DeviceAnswer, Heard, PushTokenBody, RingTestAnswer
from ringfence.web.api.ports import Calls, RingTest, RingTests
from ringfence.web.api.rates import RateLimit

__all__ = ["devices", "ring_tests"]


def devices(enrolment: Enrolment, calls: Calls, access: Access, push_tokens: RateLimit) -> APIRouter:
    """GET /devices, PUT /device/push-token, POST /device/heartbeat, DELETE /device/push, POST /device/sign-out,
    GET /calls/{ref}.
    """
    router = APIRouter(tags=["device"])
    known = Depends(access.required())

    @router.get("/devices", summary="The devices of this account, by the names that their owner gave them")
    async def listed(device: Annotated[Authenticated, known]) -> list[DeviceAnswer]:
        return [
            DeviceAnswer(
                id=row.id,
                name=row.name,
                this=DeviceId(row.id) == device.device,
                push=row.phase is not Phase.OFF,
                until=int(row.due or 0),
            )
            for row in await enrolment.devices(device.subject)
        ]

    @router.put("/device/push-token", summary="The push service gave the app a new token or subscription")
    async def push_token(body: PushTokenBody, device: Annotated[Authenticated, known]) -> Heard:
        push_tokens.charge(device.device)
        return Heard(until=int(await enrolment.change_token(device.device, body.push_address())))

    @router.post("/device/heartbeat", summary="The app is still here")
    async def heartbeat(device: Annotated[Authenticated, known]) -> Heard:
        return Heard(until=int(enrolment.heard(device.device)))

    @router.delete("/device/push", status_code=204, summary="Switch push off: its data is erased at once")
    async def push_off(device: Annotated[Authenticated, known]) -> Response:
        await enrolment.departures.push_off(device.device)
        return Response(status_code=204)

    @router.post("/device/sign-out", status_code=204, summary="Sign this device out: its data is erased at once")
    async def sign_out(device: Annotated[Authenticated, known]) -> Response:
        await enrolment.departures.sign_out(device.device)
        return Response(status_code=204)

    @router.get("/calls/{ref}", summary="Whether a call that woke the device can still be answered")
    async def call(ref: Annotated[str, Path(max_length=64)], device: Annotated[Authenticated, known]) -> CallState:
        until = calls.held_until(CallRef(ref), device.device)
        return CallState(state="gone") if until is None else CallState(state="held", until=until)

    return router


def ring_tests(enrolment: Enrolment, tests: RingTests, access: Access) -> APIRouter:
    """POST and GET /devices/{device_id}/ring-test."""
    router = APIRouter(tags=["device"])

    async def own(
        device_id: Annotated[str, Path(max_length=64)], asking: Annotated[Authenticated, Depends(access.required())]
    ) -> DeviceId:
        """A device of the person who asks."""
        if device_id not in {row.id for row in await enrolment.devices(asking.subject)}:
            raise HTTPException(404)
        return DeviceId(device_id)

    @router.post(
        "/devices/{device_id}/ring-test",
        status_code=202,
        summary="Ring one of one's own devices, to see whether it wakes",
    )
    async def begin(device: Annotated[DeviceId, Depends(own)]) -> RingTestAnswer:
        return _tested(tests.begin(device))

    @router.get("/devices/{device_id}/ring-test", summary="How the last test within the hour went")
    async def last(device: Annotated[DeviceId, Depends(own)]) -> RingTestAnswer:
        found = tests.of(device)
        return RingTestAnswer(state="none") if found is None else _tested(found)

    return router


def _tested(test: RingTest) -> RingTestAnswer:
    return RingTestAnswer(state=test.state, push=test.push, seconds=test.seconds)
