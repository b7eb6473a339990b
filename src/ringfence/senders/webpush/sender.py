"""Sends pushes to subscriptions, each at most once as far as anybody can know (`senders.delivery`)."""

import asyncio
import math
from collections.abc import Mapping
from typing import Final, final

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from ringfence.clock import Clock
from ringfence.privacy.egress import Concerned
from ringfence.protocols.webpush import KeyUnusable, encrypt
from ringfence.randomness import Randomness
from ringfence.senders.delivery import Attempt, Client, Deliverer, Sleep, retry_after
from ringfence.senders.webpush import answer
from ringfence.senders.webpush.vapid import Vapid
from ringfence.services.wake import Outcome, Push, Subscription

__all__ = ["WebPushSender"]

_encode: Final = msgspec.json.Encoder(order="deterministic").encode


@final
class WebPushSender:
    """A `PushSender` for one push service, or for all whom people choose themselves."""

    __slots__ = ("_client", "_clock", "_deliverer", "_randomness", "_vapid")

    def __init__(
        self, vapid: Vapid, client: Client, *, clock: Clock, randomness: Randomness, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._vapid = vapid
        self._client = client
        self._clock = clock
        self._randomness = randomness
        self._deliverer = Deliverer(clock, randomness, sleep=sleep)

    async def send(self, push: Push) -> Outcome:
        subscription = Subscription.parse(push.token)
        try:
            content = self._content(subscription, _encode(push.data))
        except KeyUnusable:
            return Outcome.DEAD_TOKEN  # nobody can ever read what is sent there
        return await self._deliverer.deliver(push, lambda left: self._try(push, subscription, content, left))

    async def _try(self, push: Push, subscription: Subscription, content: bytes, left: float) -> Attempt:
        ttl = max(0, min(push.ttl, math.floor(left)))  # after a wait the phone has less time left to be of use
        response = await self._client.post(
            push.flow,
            subscription.endpoint,
            headers=self._headers(push, subscription, ttl),
            content=content,
            concerned=Concerned(push.provider, push.subject),
        )
        return Attempt(answer.read(response.status), retry_after(response.headers, self._clock.time()))

    def _headers(self, push: Push, subscription: Subscription, ttl: int) -> Mapping[str, str]:
        headers = {
            "ttl": str(ttl),
            "urgency": "high" if push.urgent else "normal",
            "authorization": self._vapid.header(subscription.origin),
            "content-type": "application/octet-stream" if subscription.keys else "application/json",
        }
        if subscription.keys:
            headers["content-encoding"] = "aes128gcm"
        if push.call:
            headers["topic"] = push.call  # what is said later about a call takes the place of what waits about it
        return headers

    def _content(self, subscription: Subscription, plain: bytes) -> bytes:
        """Raises KeyUnusable."""
        if subscription.keys is None:
            return plain
        return encrypt(
            plain,
            receiver=subscription.public_key,
            secret=subscription.secret,
            sender=ec.generate_private_key(ec.SECP256R1()),
            salt=self._randomness.bytes(16),
        )
