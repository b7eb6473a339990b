"""Copies of one's data: fetched, or sent straight to another controller once the person has confirmed that."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from ringfence.identifiers import RowId
from ringfence.privacy.packages import NotReady, Packages, Proposal, State, Status, Transmissions
from ringfence.services.enrolment import Authenticated
from ringfence.web.api.access import Access
from ringfence.web.api.inputs import TransmissionBody
from ringfence.web.api.rates import RateLimit

__all__ = ["packages", "transmissions"]

Id = Annotated[str, Path(max_length=64)]
_ZIP = "application/zip"


class PackageAnswer(BaseModel):
    """A copy; times are epoch seconds."""

    id: str
    kind: str = Field(description="access, or portability (Article 20 GDPR)")
    state: str = Field(description="waiting, building, ready or shredded")
    asked: int
    expires: int = Field(description="It is shredded then.")
    size: int
    sha256: str = Field(description="Of the manifest; empty before it is ready.")
    charged: bool = Field(description="Whether a reasonable fee may be asked for it (Article 12(5)).")


class TransmissionAnswer(BaseModel):
    """Where a copy should go, and what became of it."""

    id: str
    package: str
    host: str
    phase: str = Field(description="proposed: it waits for the person's confirmation, and nothing has left")
    status: int = Field(description="What the other side answered; 0: nothing.")


def packages(room: Packages, access: Access) -> APIRouter:
    """GET /packages, GET /packages/{id}."""
    router = APIRouter(tags=["packages"])
    known = Depends(access.required())

    @router.get("/packages", summary="The person's copies, the newest first")
    async def listed(device: Annotated[Authenticated, known]) -> list[PackageAnswer]:
        return [_package(each) for each in await room.of(device.subject)]

    @router.get(
        "/packages/{package}",
        summary="The copy itself: a signed ZIP, streamed",
        response_class=Response,
        responses={200: {"content": {_ZIP: {"schema": {"type": "string", "format": "binary"}}}}},
    )
    async def fetch(package: Id, device: Annotated[Authenticated, known]) -> Response:
        status = await room.status(RowId(package), subject=device.subject)
        if status.state is not State.READY:
            raise NotReady(state=status.state.value)
        stream = room.stream(RowId(package), subject=device.subject)
        first = await anext(aiter(stream), b"")  # what is wrong with it shows before there is an answer
        return StreamingResponse(_all(first, stream), media_type=_ZIP, headers=_headers(status))

    return router


def transmissions(room: Transmissions, access: Access, pace: RateLimit) -> APIRouter:
    """GET, POST /transmissions; POST /transmissions/{id}/confirmation."""
    router = APIRouter(tags=["packages"])
    known = Depends(access.required())

    @router.get("/transmissions", summary="Where copies were to go, and what became of it")
    async def listed(device: Annotated[Authenticated, known]) -> list[TransmissionAnswer]:
        return [_transmission(each) for each in await room.of(device.subject)]

    @router.post("/transmissions", status_code=201, summary="Say where a portable copy should go; nothing leaves yet")
    async def propose(body: TransmissionBody, device: Annotated[Authenticated, known]) -> TransmissionAnswer:
        pace.charge(device.subject)
        token = body.token.get_secret_value()
        made = await room.propose(device.provider, device.subject, RowId(body.package), body.url, token=token)
        return _transmission(made)

    @router.post("/transmissions/{transmission}/confirmation", summary="Confirm: the copy goes there, once")
    async def confirm(transmission: Id, device: Annotated[Authenticated, known]) -> TransmissionAnswer:
        pace.charge(device.subject)
        return _transmission(await room.transmit(device.subject, RowId(transmission)))

    return router


async def _all(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


def _headers(status: Status) -> dict[str, str]:
    return {"content-length": str(status.size), "content-disposition": 'attachment; filename="my-data.zip"'}


def _package(status: Status) -> PackageAnswer:
    return PackageAnswer(
        id=status.id,
        kind=status.kind.value,
        state=status.state.value,
        asked=int(status.asked),
        expires=int(status.expires),
        size=status.size,
        sha256=status.digest,
        charged=status.charge.charged,
    )


def _transmission(made: Proposal) -> TransmissionAnswer:
    return TransmissionAnswer(
        id=made.id, package=made.package, host=made.host, phase=made.phase.value, status=made.status
    )
