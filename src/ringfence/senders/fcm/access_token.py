"""OAuth 2.0 access tokens for a service account (RFC 7523: a signed JWT is exchanged for a bearer token).

One exchange at a time, whoever asks; a token is renewed `RENEW_BEFORE` seconds before it ends, and if that fails the
old one serves to its end, so that a short outage of the token service costs no call.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import final
from urllib.parse import urlencode

import msgspec
from joserfc import jwt
from joserfc.jwk import RSAKey

from ringfence.clock import Clock
from ringfence.errors import OperatorFault, PeerFault
from ringfence.privacy.egress import EgressResponse
from ringfence.senders.fcm.settings import ServiceAccount, ServiceAccountUnusable

__all__ = ["LIFETIME", "RENEW_BEFORE", "SCOPE", "AccessRefused", "AccessTokens", "AccessUnavailable"]

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
LIFETIME = 3600  # seconds; the most that Google grants to an assertion
RENEW_BEFORE = 300  # seconds; as Flexisip does, well above any clock difference

Exchange = Callable[[str, dict[str, str], bytes], Awaitable[EgressResponse]]
"""POST: address, headers, body."""


class AccessRefused(OperatorFault):
    """Google does not accept our service account (revoked, wrong project, clock far off)."""

    code = "fcm_access_refused"


class AccessUnavailable(PeerFault):
    """The token service is busy or away; try again."""

    code = "fcm_access_unavailable"
    http_status = 502


class _Grant(msgspec.Struct):
    access_token: str
    expires_in: int = LIFETIME


@final
class AccessTokens:
    """Keeps one access token fresh."""

    __slots__ = ("_account", "_clock", "_ends", "_exchange", "_key", "_refresh", "_token")

    def __init__(self, account: ServiceAccount, exchange: Exchange, clock: Clock) -> None:
        """Raises ServiceAccountUnusable if the private key can't be read."""
        try:
            self._key = RSAKey.import_key(account.private_key)
        except ValueError:
            raise ServiceAccountUnusable(problem="private_key") from None
        self._account = account
        self._exchange = exchange
        self._clock = clock
        self._token: str | None = None
        self._ends = 0.0  # monotonic
        self._refresh: asyncio.Task[str] | None = None

    async def get(self) -> str:
        """A token that is valid now. Raises AccessRefused, AccessUnavailable, or what the egress client raises."""
        left = self._ends - self._clock.monotonic()
        if self._token is not None and left > RENEW_BEFORE:
            return self._token
        try:
            return await self._refreshed()
        except PeerFault:
            if self._token is None or left <= 0:
                raise
            return self._token

    def forget(self, token: str) -> None:
        """FCM refused this token; a newer one that somebody else has fetched meanwhile stays."""
        if token == self._token:
            self._token = None

    async def _refreshed(self) -> str:
        """Joins the exchange under way, or starts one; one waiter that gives up does not end it for the others."""
        if self._refresh is None or self._refresh.done():
            self._refresh = asyncio.create_task(self._fetch())
            self._refresh.add_done_callback(_observe)
        return await asyncio.shield(self._refresh)

    async def _fetch(self) -> str:
        body = urlencode({"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": self._assertion()})
        headers = {"content-type": "application/x-www-form-urlencoded"}
        started = self._clock.monotonic()
        answer = await self._exchange(self._account.token_uri, headers, body.encode("ascii"))
        if answer.status == 429 or answer.status >= 500:
            raise AccessUnavailable(status=answer.status)
        try:
            grant = msgspec.json.decode(answer.body, type=_Grant)
        except msgspec.MsgspecError:
            raise AccessRefused(status=answer.status) from None
        self._token = grant.access_token
        self._ends = started + grant.expires_in
        return grant.access_token

    def _assertion(self) -> str:
        now = int(self._clock.time())
        claims = {
            "iss": self._account.email,
            "scope": SCOPE,
            "aud": self._account.token_uri,
            "iat": now,
            "exp": now + LIFETIME,
        }
        return jwt.encode({"alg": "RS256", "typ": "JWT", "kid": self._account.key_id}, claims, self._key)


def _observe(task: asyncio.Task[str]) -> None:
    """Takes note of a failure that every waiter has stopped waiting for, or asyncio would print its text."""
    if not task.cancelled():
        task.exception()
