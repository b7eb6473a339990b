"""Who is asking: bearer tokens of devices."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from ringfence.protocols.source import source_of
from ringfence.services.enrolment import Authenticated, Enrolment, NotAuthenticated
from ringfence.web.api.idempotency import concerns
from ringfence.web.api.rates import RateLimit, TooManyRequests

__all__ = ["Access"]

_bearer = HTTPBearer(auto_error=False, description="The `api_token` of the enrolment.")
_Shown = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


class Access:
    """Turns tokens into devices, at a bounded rate of failures."""

    def __init__(self, enrolment: Enrolment, failures: RateLimit) -> None:
        self._enrolment = enrolment
        self._failures = failures

    async def check(self, request: Request, token: str) -> Authenticated:
        """Raises NotAuthenticated or TooManyRequests."""
        source = source_of(request.client.host if request.client else "")
        wait = self._failures.blocked(source)
        if wait > 0 and not self._enrolment.may_know(token):  # whoever guesses must not shut out those beside them
            raise TooManyRequests(retry_after=wait)
        try:
            found = await self._enrolment.authenticate(token)
        except NotAuthenticated:
            self._failures.take(source)
            raise
        concerns(request.scope, found.subject)
        return found

    def required(self) -> Callable[..., Awaitable[Authenticated]]:
        """A dependency: the device, or 401."""

        async def device(request: Request, shown: _Shown) -> Authenticated:
            return await self.check(request, shown.credentials if shown else "")

        return device

    def optional(self) -> Callable[..., Awaitable[Authenticated | None]]:
        """A dependency: the device if a token is shown (a wrong one is refused), else None."""

        async def device(request: Request, shown: _Shown) -> Authenticated | None:
            return await self.check(request, shown.credentials) if shown else None

        return device
