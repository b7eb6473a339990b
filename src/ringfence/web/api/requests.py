"""The person's own requests. The device's token is the proof of who asks: it was given for the account's password."""

import datetime as dt
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, Field

from ringfence.identifiers import CaseId
from ringfence.privacy.requests import (
    AnswerQuestion,
    Asked,
    CaseContent,
    CaseView,
    Channel,
    Event,
    Kind,
    Proof,
    Requests,
    TakeBack,
)
from ringfence.services.enrolment import Authenticated
from ringfence.web.api.access import Access
from ringfence.web.api.inputs import AnswerBody, RequestBody
from ringfence.web.api.rates import RateLimit

__all__ = ["requests"]

Id = Annotated[str, Path(max_length=64)]
_LISTED: Final = 50


class Step(BaseModel):
    """A state that the request came into."""

    at: int = Field(description="Epoch seconds.")
    state: str


class LetterAnswer(BaseModel):
    """What was written to the person."""

    id: str
    about: str = Field(description="Stable code.")
    title: str
    text: str


class RequestAnswer(BaseModel):
    """One request. Days are local to the provider's country."""

    id: str
    kind: Kind
    state: str
    outcome: str | None
    received: dt.date
    promised: dt.date = Field(description="Until when we promise the answer.")
    legal: dt.date = Field(description="The last day that the law gives.")
    days_left: int
    text: str
    steps: list[Step]
    letters: list[LetterAnswer]
    package: str | None = Field(description="The copy that answers it, for GET /v1/packages/{id}.")
    can_take_back: bool
    can_answer: bool = Field(description="Something was asked, and waits for an answer.")


def requests(room: Requests, access: Access, pace: RateLimit) -> APIRouter:
    """GET, POST /requests; GET, DELETE /requests/{id}; POST /requests/{id}/answer."""
    router = APIRouter(tags=["requests"])
    known = Depends(access.required())

    async def one(device: Authenticated, case: str) -> RequestAnswer:
        return _answer(*await room.own(device.provider, device.subject, CaseId(case)))

    @router.get("/requests", summary="The person's requests, the latest first; at most 50")
    async def listed(device: Annotated[Authenticated, known]) -> list[RequestAnswer]:
        known_ones = await room.of_subject(device.provider, device.subject)
        found = [await one(device, each.id) for each in known_ones[:_LISTED]]
        return sorted(found, key=lambda each: each.received, reverse=True)

    @router.post("/requests", status_code=201, summary="Ask for something that the law, or we, promise")
    async def ask(body: RequestBody, device: Annotated[Authenticated, known], response: Response) -> RequestAnswer:
        pace.charge(device.subject)
        asked = Asked(
            provider=device.provider,
            kind=body.kind,
            channel=Channel.API,
            subject=device.subject,
            proof=Proof.SESSION,
            language=body.language,
            text=body.text,
            details=body.details,
        )
        case = await room.receive(asked)
        response.headers["location"] = f"/v1/requests/{case}"
        return await one(device, case)

    @router.get("/requests/{case}", summary="One request, with everything that was written about it")
    async def shown(case: Id, device: Annotated[Authenticated, known]) -> RequestAnswer:
        return await one(device, case)

    @router.delete("/requests/{case}", summary="Take it back")
    async def take_back(case: Id, device: Annotated[Authenticated, known]) -> RequestAnswer:
        await room.step_of_person(device.provider, device.subject, CaseId(case), TakeBack())
        return await one(device, case)

    @router.post("/requests/{case}/answer", summary="Say what was meant, since we asked")
    async def answer(case: Id, body: AnswerBody, device: Annotated[Authenticated, known]) -> RequestAnswer:
        pace.charge(device.subject)
        await room.step_of_person(device.provider, device.subject, CaseId(case), AnswerQuestion(body.text))
        return await one(device, case)

    return router


def _answer(view: CaseView, content: CaseContent) -> RequestAnswer:
    summary, clocks = view.summary, view.clocks
    return RequestAnswer(
        id=summary.id,
        kind=summary.kind,
        state=summary.state.value,
        outcome=summary.outcome.value if summary.outcome else None,
        received=clocks.received,
        promised=clocks.promised,
        legal=clocks.legal,
        days_left=summary.days_left,
        text=content.text,
        steps=_steps(view),
        letters=_letters(view, content),
        package=view.package,
        can_take_back=Event.TAKEN_BACK in view.allowed,
        can_answer=Event.CLARIFIED in view.allowed,
    )


def _steps(view: CaseView) -> list[Step]:
    found: list[Step] = []
    for line in view.history:
        if not found or found[-1].state != line.state.value:
            found.append(Step(at=int(line.at), state=line.state.value))
    return found


def _letters(view: CaseView, content: CaseContent) -> list[LetterAnswer]:
    written = [each for each in view.letters if each.id in content.letters]
    return [
        LetterAnswer(
            id=each.id, about=each.about.value, title=content.letters[each.id][0], text=content.letters[each.id][1]
        )
        for each in written
    ]
