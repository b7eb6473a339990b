"""What a provider's own systems hand in, with a token of the provider's: invoices, and mails to its privacy mailbox."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field

from ringfence.identifiers import ProviderId
from ringfence.privacy.requests.mailbox import MOST_MAIL
from ringfence.protocols.source import source_of
from ringfence.services.billing import Billing, Draft, SheetLimits
from ringfence.services.staff import Granted, ProviderTokens, Scope, TokenRefused
from ringfence.web.api.inputs import InvoiceBody
from ringfence.web.api.rates import RateLimit, TooManyRequests
from ringfence.web.api.rooms import Letterbox

__all__ = ["LARGE", "ProviderAccess", "invoices", "mail_intake"]

LARGE: Final = {
    "/v1/invoices/import": SheetLimits().size,
    "/v1/mail-intake": MOST_MAIL,
    "/v1/requests": 131_072,  # 20,000 characters, and 32 details, as JSON may escape them
}
"""Paths below which bodies are larger than an app's, in bytes."""
_CHUNK: Final = 65_536
_bearer = HTTPBearer(
    scheme_name="ProviderToken", auto_error=False, description="A token that the provider's staff made, with scopes."
)
_Shown = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


class InvoiceAnswer(BaseModel):
    """An invoice that is kept."""

    id: str


class LineAnswer(BaseModel):
    """What a line of the file does, or would do."""

    line: int
    effect: str = Field(description="new, same, or fault")
    code: str = Field(description="Of a fault, the stable code.")
    column: str


class ImportAnswer(BaseModel):
    """What became of a file: all of it was written, or nothing."""

    written: bool
    new: int
    digest: str
    lines: list[LineAnswer]


class MailAnswer(BaseModel):
    """The request that the mail became, or belongs to."""

    request: str


class ProviderAccess:
    """Turns tokens into providers, at a bounded rate of failures; one that is served no more has no systems here."""

    def __init__(self, tokens: ProviderTokens, served: Collection[ProviderId], failures: RateLimit) -> None:
        self._tokens = tokens
        self._served = served
        self._failures = failures

    def covering(self, scope: Scope) -> Callable[..., Awaitable[Granted]]:
        """A dependency: whose system it is, or 401."""

        async def granted(request: Request, shown: _Shown) -> Granted:
            source = source_of(request.client.host if request.client else "")
            try:
                return await self._check(shown.credentials if shown else "", scope)
            except TokenRefused:
                wait = self._failures.take(source)
                if wait > 0:  # whoever has a token is not shut out by who guesses beside them
                    raise TooManyRequests(retry_after=wait) from None
                raise

        return granted

    async def _check(self, token: str, scope: Scope) -> Granted:
        found = await self._tokens.check(token, scope)
        if found.provider not in self._served:
            raise TokenRefused(scope=scope.value)
        return found


def invoices(room: Billing, access: ProviderAccess) -> APIRouter:
    """POST /invoices, POST /invoices/import."""
    router = APIRouter(tags=["provider"])
    writes = Depends(access.covering(Scope.BILLING_WRITE))

    @router.post("/invoices", status_code=201, summary="Keep one invoice; the same again changes nothing")
    async def add(body: InvoiceBody, system: Annotated[Granted, writes]) -> InvoiceAnswer:
        return InvoiceAnswer(id=await room.add(system.provider, Draft(**body.model_dump())))

    @router.post(
        "/invoices/import",
        summary="Keep all invoices of a CSV file, or none if a line has a fault",
        openapi_extra=_raw("text/csv"),
    )
    async def bring_in(
        request: Request,
        system: Annotated[Granted, writes],
        dry_run: Annotated[bool, Query(description="Say what would become of it, and write nothing.")] = False,
    ) -> ImportAnswer:
        done = await room.bring_in(system.provider, _pieces(await request.body()), dry_run=dry_run)
        lines = [
            LineAnswer(line=each.number, effect=each.effect.value, code=each.fault, column=each.column)
            for each in done.lines
        ]
        return ImportAnswer(written=done.written, new=done.new, digest=done.digest, lines=lines)

    return router


def mail_intake(room: Letterbox, access: ProviderAccess) -> APIRouter:
    """POST /mail-intake."""
    router = APIRouter(tags=["provider"])
    writes = Depends(access.covering(Scope.REQUESTS_WRITE))

    @router.post(
        "/mail-intake",
        status_code=202,
        summary="A mail to the privacy mailbox, as it came (RFC 5322); the same one again changes nothing",
        openapi_extra=_raw("message/rfc822"),
    )
    async def take(request: Request, system: Annotated[Granted, writes]) -> MailAnswer:
        return MailAnswer(request=await room.mail(system.provider, await request.body()))

    return router


def _raw(media_type: str) -> dict[str, object]:
    schema = {"type": "string", "format": "binary"}
    return {"requestBody": {"required": True, "content": {media_type: {"schema": schema}}}}


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    """`Bounded` has read it; billing takes it piece by piece, so that a file is never in memory as rows and text."""
    for start in range(0, len(body), _CHUNK):
        yield body[start : start + _CHUNK]
