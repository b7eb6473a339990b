"""Sends pushes to Acrobits' mediator, each at most once as far as anybody can know (`senders.delivery`).

It takes no time to live, so a push that waits there may come late; the phone then finds no call and stops by itself.
"""

import asyncio
from typing import Final, final

import msgspec

from ringfence.clock import Clock
from ringfence.privacy.egress import Concerned
from ringfence.randomness import Randomness
from ringfence.senders.acrobits import answer
from ringfence.senders.delivery import Attempt, Client, Deliverer, Sleep, retry_after
from ringfence.services.wake import AcrobitsPart, Outcome, Push

__all__ = ["BASE_URL", "AcrobitsSender"]

BASE_URL: Final = "https://pnm.cloudsoftphone.com"

_encode: Final = msgspec.json.Encoder(order="deterministic").encode


@final
class AcrobitsSender:
    """A `PushSender` for all builds of Acrobits. Safe to use from many tasks at once."""

    __slots__ = ("_client", "_clock", "_deliverer", "_url")

    def __init__(
        self,
        client: Client,
        *,
        clock: Clock,
        randomness: Randomness,
        base_url: str = BASE_URL,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._client = client
        self._clock = clock
        self._deliverer = Deliverer(clock, randomness, sleep=sleep)
        self._url = f"{base_url}/pnm2/send"

    async def send(self, push: Push) -> Outcome:
        part = AcrobitsPart.parse(push.token)
        named = {"AppId": part.app, "DeviceToken": part.token, "Selector": part.selector}
        content = _encode({**push.data, **named})
        return await self._deliverer.deliver(push, lambda _: self._try(push, content))

    async def _try(self, push: Push, content: bytes) -> Attempt:
        response = await self._client.post(
            push.flow,
            self._url,
            headers={"content-type": "application/json"},
            content=content,
            concerned=Concerned(push.provider, push.subject),
        )
        verdict = answer.read(response.status, response.body)
        return Attempt(verdict, retry_after(response.headers, self._clock.time()))
