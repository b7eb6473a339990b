"""What a person asks about themselves: their data, their erasure, its certificate."""

import json
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from fastapi.responses import JSONResponse

from ringfence.identifiers import RowId
from ringfence.services.enrolment import Authenticated, Enrolment
from ringfence.web.api.access import Access
from ringfence.web.api.bodies import Certificate, ErasureAnswer, OwnersRecords
from ringfence.web.api.ports import Erasures, OwnersData

__all__ = ["account"]


def account(enrolment: Enrolment, data: OwnersData, erasures: Erasures, access: Access) -> APIRouter:
    """GET /account/data, DELETE /account, GET /erasures/{id}."""
    router = APIRouter(tags=["account"])
    known = Depends(access.required())

    @router.get(
        "/account/data",
        summary="Everything that is kept on the account's owner",
        responses={200: {"model": OwnersRecords}},
    )
    async def owners_data(device: Annotated[Authenticated, known]) -> Response:
        return JSONResponse(dict(await data.of(device.provider, device.subject)))

    @router.delete("/account", status_code=202, summary="Leave: everything is erased, a certificate follows")
    async def leave(device: Annotated[Authenticated, known], response: Response) -> ErasureAnswer:
        erasure = await enrolment.departures.leave(device.provider, device.subject)
        status_url = f"{enrolment.settings.public_url}/v1/erasures/{erasure}"
        response.headers["location"] = status_url
        return ErasureAnswer(erasure_id=erasure, status_url=status_url)

    @router.get("/erasures/{erasure}", summary="How far an erasure is, and its certificate")
    async def erasure_state(erasure: Annotated[str, Path(max_length=64)]) -> Certificate:
        found = await erasures.status(RowId(erasure))  # whoever knows the id may ask: nothing else of them is left
        return Certificate(
            erasure_id=erasure,
            state=found.state.name.lower(),
            requested_at=int(found.requested),
            promised_by=int(found.promised),
            certificate=json.loads(found.certificate) if found.certificate else None,
        )

    return router
