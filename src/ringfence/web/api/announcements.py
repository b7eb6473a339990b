"""What is coming: the app asks at its next start, shows it, and says that it did (APP-10, ZOI-23)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, Field

from ringfence.identifiers import RowId
from ringfence.privacy.notices import Announcements, NothingToObject, Pending
from ringfence.services.enrolment import Authenticated
from ringfence.web.api.access import Access
from ringfence.web.api.bodies import ErasureAnswer

__all__ = ["announcements"]

Id = Annotated[str, Path(max_length=64)]


class Difference(BaseModel):
    """One thing that changes."""

    code: str = Field(description="Stable: `new_recipient`, `kept_longer`, ...")
    text: str
    material: bool


class Announcement(BaseModel):
    """A version that does not hold for the person yet."""

    id: str
    notice_version: str
    terms_version: str
    holds_from: int = Field(description="Epoch seconds; a month after it was shown, at the earliest.")
    told: bool = Field(description="Whether the person has been told; else their month has not begun.")
    changes: list[Difference]


def announcements(room: Announcements, access: Access, public_url: str) -> APIRouter:
    """GET /announcements, POST /announcements/{id}/shown, POST /announcements/{id}/objection."""
    router = APIRouter(tags=["announcements"])
    known = Depends(access.required())

    @router.get("/announcements", summary="What is coming for the person; asking marks nothing as shown")
    async def coming(
        device: Annotated[Authenticated, known], lang: Annotated[str, Query(pattern="^[a-z]{2}$")] = "en"
    ) -> list[Announcement]:
        pending = await room.pending_for(device.provider, device.subject, lang)
        return [] if pending is None else [_announcement(pending)]

    @router.post("/announcements/{publication}/shown", status_code=204, summary="It was shown: the month begins")
    async def shown(publication: Id, device: Annotated[Authenticated, known]) -> Response:
        await room.shown(device.provider, device.subject, RowId(publication))
        return Response(status_code=204)

    @router.post(
        "/announcements/{publication}/objection",
        status_code=202,
        summary="Object to what is coming: the contract ends, and the erasure begins",
    )
    async def object_to(publication: Id, device: Annotated[Authenticated, known]) -> ErasureAnswer:
        pending = await room.pending_for(device.provider, device.subject, "en")
        if pending is None or pending.publication.id != publication:
            raise NothingToObject
        erasure = await room.object_to(device.provider, device.subject)
        return ErasureAnswer(erasure_id=erasure, status_url=f"{public_url}/v1/erasures/{erasure}")

    return router


def _announcement(pending: Pending) -> Announcement:
    publication = pending.publication
    return Announcement(
        id=publication.id,
        notice_version=publication.versions.notice,
        terms_version=publication.versions.terms,
        holds_from=int(pending.holds_from),
        told=pending.told,
        changes=[
            Difference(code=each.change.value, text=each.text, material=each.material) for each in pending.differences
        ],
    )
