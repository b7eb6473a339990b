"""Sends pushes to APNs, each at most once as far as anybody can know (`senders.delivery`)."""

import asyncio
import math
import uuid
from typing import Final, final

from ringfence.clock import Clock
from ringfence.errors import OperatorFault
from ringfence.privacy.egress import Concerned
from ringfence.randomness import Randomness
from ringfence.senders.apns import answer, message
from ringfence.senders.apns.flows import APNS_ACCESS
from ringfence.senders.apns.provider_token import ProviderTokens
from ringfence.senders.apns.settings import ApnsSettings
from ringfence.senders.delivery import Attempt, Client, Deliverer, Sleep, Verdict, retry_after
from ringfence.services.wake import Outcome, Push

__all__ = ["AccessRefused", "ApnsSender"]

_LONGEST: Final = 2_592_000  # seconds (30 days); Apple keeps nothing for longer
_NO_DEVICE: Final = "0" * 64


class AccessRefused(OperatorFault):
    """Apple does not accept our key (revoked, of another team, clock far off)."""

    code = "apns_access_refused"


@final
class ApnsSender:
    """A `PushSender` for one app. Safe to use from many tasks at once."""

    __slots__ = ("_client", "_clock", "_deliverer", "_randomness", "_settings", "_tokens")

    def __init__(
        self,
        settings: ApnsSettings,
        client: Client,
        *,
        clock: Clock,
        randomness: Randomness,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Raises ApnsKeyUnusable."""
        self._settings = settings
        self._client = client
        self._clock = clock
        self._randomness = randomness
        self._deliverer = Deliverer(clock, randomness, sleep=sleep)
        self._tokens = ProviderTokens(settings.key, clock)

    async def send(self, push: Push) -> Outcome:
        apns_id = str(uuid.UUID(bytes=self._randomness.bytes(16), version=4))
        return await self._deliverer.deliver(push, lambda left: self._try(push, left, apns_id))

    async def check(self) -> None:
        """Whether our key is accepted; raises what tells the operator why not. Nobody is pushed."""
        headers = {
            "authorization": f"bearer {self._tokens.get()}",
            "apns-topic": self._settings.topic,
            "apns-push-type": "background",
            "apns-priority": "5",
            "apns-expiration": "0",
        }
        url = f"{self._settings.base_url}/3/device/{_NO_DEVICE}"
        response = await self._client.post(APNS_ACCESS, url, headers=headers, content=b'{"aps":{}}')
        if response.status in {401, 403}:
            raise AccessRefused(status=response.status)

    async def _try(self, push: Push, left: float, apns_id: str) -> Attempt:
        token, now = self._tokens.get(), self._clock.time()
        ttl = max(0, min(push.ttl, math.floor(left), _LONGEST))  # after a wait the phone has less time left
        response = await self._client.post(
            push.flow,
            f"{self._settings.base_url}/3/device/{push.token}",
            headers=message.headers(
                push,
                topic=self._settings.topic,
                token=token,
                apns_id=apns_id,
                expires=int(now) + ttl if ttl else 0,
            ),
            content=message.body(push, now=now, ttl=ttl),
            concerned=Concerned(push.provider, push.subject),
        )
        verdict = answer.read(response.status, response.body, since=push.since)
        if verdict is Verdict.STALE_ACCESS and not self._tokens.expired(token):
            verdict = Verdict.OUR_FAULT
        return Attempt(verdict, retry_after(response.headers, now))
