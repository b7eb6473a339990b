"""Consents: purpose by purpose, partner by partner, channel by channel; a no is as easy as a yes.

`Sec-GPC: 1` on any of these requests is the opt-out from marketing: it is recorded, and marketing is not asked for.
"""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from ringfence.identifiers import ProviderId, RowId, SubjectId
from ringfence.privacy.consent import Act, Choice, Consents, NotOffered, Offer, Shown, asks_not_to_sell
from ringfence.services.enrolment import Authenticated
from ringfence.web.api.access import Access
from ringfence.web.api.inputs import ConsentBody, RefusalBody
from ringfence.web.api.rooms import Receipts

__all__ = ["consents"]

Key = Annotated[str, Path(max_length=128, description="`key` of the offer.")]
Signal = Annotated[str | None, Header(alias="Sec-GPC", description="Global Privacy Control.")]
Lang = Annotated[str, Query(pattern="^[a-z]{2}$")]
_ACT: Final = Act.SWITCH


class OfferAnswer(BaseModel):
    """One thing to say yes or no to, its words, and where the person stands."""

    key: str
    purpose: str = Field(description="Stable code.")
    recipient: str | None = Field(description="The partner; null for the provider alone.")
    channel: str | None
    given: bool
    refused: bool
    ending: bool = Field(description="Withdrawn, while something was being sent.")
    since: int | None = Field(description="Epoch seconds of the yes that stands.")
    receipt: str | None = Field(description="For GET /v1/consents/receipts/{receipt}.")
    offered: bool = Field(description="Whether it is still asked for; if not, it has no words.")
    version: str
    language: str
    title: str
    asks: list[str]
    refusing: str = Field(description="What a no means.")


class Offers(BaseModel):
    """Everything that can be said yes to; each is off unless the person gave it."""

    age: int | None = Field(description="To be confirmed with the first yes (`old_enough`); null: it was.")
    offers: list[OfferAnswer]


class Given(BaseModel):
    """A yes that was recorded."""

    receipt: str


class Stood(BaseModel):
    """What stood, and does no longer."""

    withdrawn: list[str]


class Receipt(BaseModel, extra="allow"):
    """The fields of ISO/IEC TS 27560:2023."""

    receipt_id: str
    schema_version: Literal["ISO/IEC TS 27560:2023"]


def consents(room: Consents, receipts: Receipts, access: Access) -> APIRouter:
    """GET, DELETE /consents; PUT, DELETE /consents/{key}; PUT /consents/{key}/refusal; GET /consents/receipts/{id}."""
    router = APIRouter(tags=["consents"])
    known = Depends(access.required())

    @router.get("/consents", summary="What can be said yes to, in words, and where the person stands")
    async def offered(device: Annotated[Authenticated, known], gpc: Signal = None, lang: Lang = "en") -> Offers:
        found = await room.offers(device.provider, device.subject, lang, gpc=asks_not_to_sell(gpc))
        asked = bool(found) and not await room.old_enough(device.subject)
        return Offers(age=room.age(device.provider) if asked else None, offers=[_shown(each, lang) for each in found])

    @router.put("/consents/{key}", summary="Say yes to the words that were shown")
    async def give(key: Key, body: ConsentBody, device: Annotated[Authenticated, known], gpc: Signal = None) -> Given:
        event = await room.give(
            device.provider,
            device.subject,
            await _choice(room, device.provider, device.subject, key),
            shown=Shown(body.version, body.language),
            act=_ACT,
            old_enough=body.old_enough,
            gpc=asks_not_to_sell(gpc),
        )
        return Given(receipt=event)

    @router.put("/consents/{key}/refusal", status_code=204, summary="Say no: nobody asks again, and nothing ends by it")
    async def refuse(
        key: Key, body: RefusalBody, device: Annotated[Authenticated, known], gpc: Signal = None
    ) -> Response:
        await _heard(room, device, gpc)
        choice = await _choice(room, device.provider, device.subject, key)
        shown = Shown(body.version, body.language)
        await room.refuse(device.provider, device.subject, choice, shown=shown, act=_ACT)
        return Response(status_code=204)

    @router.delete("/consents/{key}", summary="Withdraw one: nothing that stands on it is sent once this answers")
    async def withdraw(key: Key, device: Annotated[Authenticated, known], gpc: Signal = None) -> Stood:
        await _heard(room, device, gpc)
        choice = await _choice(room, device.provider, device.subject, key)
        return _stood(await room.withdraw(device.provider, device.subject, choice, act=_ACT))

    @router.delete("/consents", summary="Withdraw everything")
    async def withdraw_all(device: Annotated[Authenticated, known], gpc: Signal = None) -> Stood:
        await _heard(room, device, gpc)
        return _stood(await room.withdraw(device.provider, device.subject, act=_ACT))

    @router.get(
        "/consents/receipts/{receipt}",
        summary="The receipt for a yes (ISO/IEC TS 27560)",
        responses={200: {"model": Receipt}},
    )
    async def receipt(
        receipt: Annotated[str, Path(max_length=64)], device: Annotated[Authenticated, known]
    ) -> Response:
        found: Mapping[str, object] = await receipts.receipt(device.provider, device.subject, RowId(receipt))
        return JSONResponse(dict(found))

    return router


async def _heard(room: Consents, device: Authenticated, gpc: str | None) -> None:
    if asks_not_to_sell(gpc):
        await room.opt_out(device.provider, device.subject)


async def _choice(room: Consents, provider: ProviderId, subject: SubjectId, key: str) -> Choice:
    """Raises NotOffered."""
    for each in await room.of(provider, subject):
        if _key(each.choice) == key:
            return each.choice
    raise NotOffered


def _key(choice: Choice) -> str:
    """The feature, towards whom, by which way."""
    parts = (str(choice.feature.value), str(choice.recipient or ""), str(choice.channel or ""))
    return ".".join(part for part in parts if part)


def _stood(choices: tuple[Choice, ...]) -> Stood:
    return Stood(withdrawn=[_key(each) for each in choices])


def _shown(offer: Offer, language: str) -> OfferAnswer:
    consent, text = offer.consent, offer.text
    return OfferAnswer(
        key=_key(consent.choice),
        purpose=consent.choice.purpose.value,
        recipient=consent.choice.recipient,
        channel=consent.choice.channel.value if consent.choice.channel else None,
        given=consent.given,
        refused=consent.refused,
        ending=consent.ending,
        since=None if consent.since is None else int(consent.since),
        receipt=consent.event,
        offered=consent.offered,
        version=text.version if text else "",
        language=text.language if text else language,
        title=text.title if text else "",
        asks=list(text.asks) if text else [],
        refusing=text.refusing if text else "",
    )
