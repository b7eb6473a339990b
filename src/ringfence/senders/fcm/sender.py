"""Sends pushes to FCM v1, each at most once as far as anybody can know (`senders.delivery`)."""

import asyncio
import math
from typing import final

from ringfence.clock import Clock
from ringfence.errors import RingfenceError
from ringfence.privacy.egress import Concerned, EgressResponse, Unreachable
from ringfence.randomness import Randomness
from ringfence.senders.delivery import Attempt, Client, Deliverer, Patience, Sleep, Verdict, retry_after
from ringfence.senders.fcm import answer, message
from ringfence.senders.fcm.access_token import AccessRefused, AccessTokens, AccessUnavailable
from ringfence.senders.fcm.flows import FCM_ACCESS
from ringfence.senders.fcm.settings import FcmSettings
from ringfence.services.wake import Outcome, Push

__all__ = ["FcmSender"]


@final
class FcmSender:
    """A `PushSender` for one Firebase project. Safe to use from many tasks at once."""

    __slots__ = ("_access", "_client", "_clock", "_deliverer", "_url")

    def __init__(
        self,
        settings: FcmSettings,
        client: Client,
        *,
        clock: Clock,
        randomness: Randomness,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._client = client
        self._clock = clock
        patience = Patience(settings.first_wait, settings.longest_wait)
        self._deliverer = Deliverer(clock, randomness, patience=patience, sleep=sleep)
        self._access = AccessTokens(settings.account, self._exchange, clock)
        self._url = f"{settings.base_url}/v1/projects/{settings.account.project}/messages:send"

    async def send(self, push: Push) -> Outcome:
        try:
            return await self._deliverer.deliver(push, lambda left: self._try(push, left))
        except AccessRefused:
            return Outcome.OUR_FAULT

    async def check(self) -> None:
        """Whether our service account is accepted; raises what tells the operator why not. Sends no push."""
        await self._access.get()

    async def _try(self, push: Push, left: float) -> Attempt:
        try:
            access = await self._access.get()
        except AccessUnavailable:
            return Attempt(Verdict.BUSY)
        response = await self._post(push, access, left)
        verdict = answer.read(response.status, response.body)
        if verdict is Verdict.STALE_ACCESS:
            self._access.forget(access)
        return Attempt(verdict, retry_after(response.headers, self._clock.time()))

    async def _post(self, push: Push, access: str, left: float) -> EgressResponse:
        ttl = min(push.ttl, math.floor(left))  # after a wait the phone has less time left to be of use
        return await self._client.post(
            push.flow,
            self._url,
            headers={"authorization": f"Bearer {access}", "content-type": "application/json; charset=utf-8"},
            content=message.body(push.token, push.data, urgent=push.urgent, ttl=ttl),
            concerned=Concerned(push.provider, push.subject),
        )

    async def _exchange(self, url: str, headers: dict[str, str], content: bytes) -> EgressResponse:
        try:
            return await self._client.post(FCM_ACCESS, url, headers=headers, content=content)
        except Unreachable as error:
            raise AccessUnavailable(kind=_kind(error)) from None  # no push has left yet, whatever happened here


def _kind(error: RingfenceError) -> str:
    return str(error.facts.get("kind", "unreachable"))
