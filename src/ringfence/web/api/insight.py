"""What a person may see before they decide: who looked at their data, and what leaving would do."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from ringfence.services.enrolment import Authenticated
from ringfence.web.api.access import Access
from ringfence.web.api.rooms import Leaves, LooksAt

__all__ = ["insight"]

Lang = Annotated[str, Query(pattern="^[a-z]{2}$")]


class LookAnswer(BaseModel):
    """That a member of staff looked: when and what for."""

    day: dt.date
    reason: str = Field(description="Stable code.")
    purpose: str = Field(description="The same in words.")


class StayingAnswer(BaseModel):
    """What the law demands to keep."""

    what: str
    until: dt.date | None = Field(description="The last day; null: until somebody releases it.")
    law: str


class LeaveAnswer(BaseModel):
    """What leaving would do, as things are now; nothing is done by asking."""

    stops: list[str] = Field(description="What no longer works.")
    goes: list[str] = Field(description="What is erased.")
    stays: list[StayingAnswer]
    until: dt.date = Field(description="By when it is done and certified.")


def insight(looks: LooksAt, leaves: Leaves, access: Access) -> APIRouter:
    """GET /looks, GET /account/erasure."""
    router = APIRouter(tags=["account"])
    known = Depends(access.required())

    @router.get("/looks", summary="Who looked at the person's data: the day and what for, latest first")
    async def seen(device: Annotated[Authenticated, known], lang: Lang = "en") -> list[LookAnswer]:
        found = await looks.of(device.provider, device.subject)
        return [
            LookAnswer(day=each.day, reason=each.reason.value, purpose=looks.sentence(each, lang)) for each in found
        ]

    @router.get("/account/erasure", summary="What would stop, go and stay if the person left; a dry run")
    async def plan(device: Annotated[Authenticated, known], lang: Lang = "en") -> LeaveAnswer:
        planned = await leaves.plan(device.provider, device.subject, lang)
        stays = [StayingAnswer(what=each.what, until=each.until, law=each.law) for each in planned.stays]
        return LeaveAnswer(stops=list(planned.stops), goes=list(planned.goes), stays=stays, until=planned.until)

    return router
