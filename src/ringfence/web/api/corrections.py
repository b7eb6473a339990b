"""What people put right themselves: where they want to be written to, and what they call their phones."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel

from ringfence.identifiers import DeviceId
from ringfence.services.enrolment import Authenticated
from ringfence.web.api.access import Access
from ringfence.web.api.inputs import AddressBody, NameBody
from ringfence.web.api.rooms import Corrections

__all__ = ["corrections"]


class AddressAnswer(BaseModel):
    """The address; empty where the person gave none."""

    address: str


def corrections(room: Corrections, access: Access) -> APIRouter:
    """GET, PUT, DELETE /account/mail; PATCH /devices/{device}."""
    router = APIRouter(tags=["account"])
    known = Depends(access.required())

    @router.get("/account/mail", summary="Where the person wants to be written to")
    async def address(device: Annotated[Authenticated, known]) -> AddressAnswer:
        return AddressAnswer(address=await room.mail_address(device.subject))

    @router.put("/account/mail", summary="Give an address, or another one")
    async def keep(body: AddressBody, device: Annotated[Authenticated, known]) -> AddressAnswer:
        await room.keep_mail_address(device.provider, device.subject, body.address)
        return AddressAnswer(address=await room.mail_address(device.subject))

    @router.delete("/account/mail", status_code=204, summary="Take the address back: it is erased")
    async def take_back(device: Annotated[Authenticated, known]) -> Response:
        await room.keep_mail_address(device.provider, device.subject, "")
        return Response(status_code=204)

    @router.patch("/devices/{device_id}", status_code=204, summary="Call a phone of this account something else")
    async def name(
        device_id: Annotated[str, Path(max_length=64)], body: NameBody, device: Annotated[Authenticated, known]
    ) -> Response:
        await room.name_device(device.provider, device.subject, DeviceId(device_id), body.name)
        return Response(status_code=204)

    return router
