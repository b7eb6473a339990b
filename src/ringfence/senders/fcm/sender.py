"""Sends pushes to FCM v1, each at most once as far as anybody can know.

FCM has no idempotency key, so a push is repeated only if it certainly was not processed: no connection came about, FCM
said 401, 429 or 503. After a lost answer or a 500 it is left alone (pitfall 26: phones that ring twice).
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol, final

from ringfence.clock import Clock
from ringfence.declarations import Flow
from ringfence.errors import RingfenceError
from ringfence.privacy.egress import AnswerTooLarge, Concerned, EgressResponse, TransferBlocked, Unreachable
from ringfence.randomness import Randomness
from ringfence.senders.fcm import answer, message
from ringfence.senders.fcm.access_token import AccessRefused, AccessTokens, AccessUnavailable
from ringfence.senders.fcm.answer import Verdict
from ringfence.senders.fcm.flows import FCM_ACCESS
from ringfence.senders.fcm.settings import FcmSettings
from ringfence.services.wake import Outcome, Push

__all__ = ["Client", "FcmSender", "Sleep"]

Sleep = Callable[[float], Awaitable[None]]


class Client(Protocol):
    """The part of `EgressClient` that we use."""

    async def post(
        self,
        flow: Flow,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        concerned: Concerned | None = None,
    ) -> EgressResponse:
        """Raises TransferBlocked, Unreachable or AnswerTooLarge."""
        ...


_FINAL = {
    Verdict.ACCEPTED: Outcome.ACCEPTED,
    Verdict.DEAD_TOKEN: Outcome.DEAD_TOKEN,
    Verdict.WRONG_SENDER: Outcome.WRONG_SENDER,
    Verdict.OUR_FAULT: Outcome.OUR_FAULT,
    Verdict.UNCLEAR: Outcome.UNKNOWN,
}


@final
class FcmSender:
    """A `PushSender` for one Firebase project. Safe to use from many tasks at once."""

    __slots__ = ("_access", "_client", "_clock", "_randomness", "_settings", "_sleep", "_url")

    def __init__(
        self,
        settings: FcmSettings,
        client: Client,
        *,
        clock: Clock,
        randomness: Randomness,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._settings = settings
        self._client = client
        self._clock = clock
        self._randomness = randomness
        self._sleep = sleep
        self._access = AccessTokens(settings.account, self._exchange, clock)
        self._url = f"{settings.base_url}/v1/projects/{settings.account.project}/messages:send"

    async def send(self, push: Push) -> Outcome:
        try:
            async with asyncio.timeout(max(0.0, push.deadline - self._clock.monotonic())):
                return await self._send(push)
        except TimeoutError:
            return Outcome.UNKNOWN
        except TransferBlocked:
            return Outcome.BLOCKED
        except (AccessRefused, AnswerTooLarge):
            return Outcome.OUR_FAULT

    async def check(self) -> None:
        """Whether our service account is accepted; raises what tells the operator why not. Sends no push."""
        await self._access.get()

    async def _send(self, push: Push) -> Outcome:
        """Tries until something final is known or the next try would come too late."""
        renewed = False
        wait = self._settings.first_wait
        while (left := push.deadline - self._clock.monotonic()) > 0:
            verdict, asked = await self._try(push, left)
            if verdict is Verdict.STALE_ACCESS:
                if renewed:  # a fresh token was refused as well: the account lacks the right to send
                    return Outcome.OUR_FAULT
                renewed = True
                continue
            if verdict is not Verdict.BUSY:
                return _FINAL[verdict]
            pause = max(asked or 0.0, wait * self._jitter())
            if pause >= push.deadline - self._clock.monotonic():
                return Outcome.LATER
            await self._sleep(pause)
            wait = min(wait * 2, self._settings.longest_wait)
        return Outcome.LATER

    async def _try(self, push: Push, left: float) -> tuple[Verdict, float | None]:
        """One attempt: its verdict, and the seconds that FCM asks us to wait."""
        try:
            access = await self._access.get()
            response = await self._post(push, access, left)
        except AccessUnavailable:
            return Verdict.BUSY, None
        except Unreachable as error:
            return (Verdict.UNCLEAR if error.sent else Verdict.BUSY), None
        verdict = answer.read(response.status, response.body)
        if verdict is Verdict.STALE_ACCESS:
            self._access.forget(access)
        return verdict, answer.retry_after(response.headers, self._clock.time())

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

    def _jitter(self) -> float:
        """0.5 to 1.5, so that the pushes that were told to wait do not come back all at once."""
        return 0.5 + self._randomness.bytes(1)[0] / 255


def _kind(error: RingfenceError) -> str:
    return str(error.facts.get("kind", "unreachable"))
