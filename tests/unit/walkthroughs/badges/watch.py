"""Sends pushes to watches; fulfils the port `BadgeSender` through the egress gate."""

import json
from typing import final

from ringfence.privacy.egress import AnswerTooLarge, Concerned, EgressClient, TransferBlocked, Unreachable
from tests.unit.walkthroughs.badges.ports import BadgePush, Outcome
from tests.unit.walkthroughs.badges.records import BADGE_PUSH

__all__ = ["WatchSender"]


@final
class WatchSender:
    """One push service. The client is the gate's and belongs to whoever built it; `url` takes the pushes."""

    def __init__(self, client: EgressClient, url: str) -> None:
        self._client = client
        self._url = url

    async def send(self, push: BadgePush) -> Outcome:
        content = json.dumps({"to": push.token, "show": push.shown}).encode()
        concerned = Concerned(push.provider, push.subject)
        try:
            response = await self._client.post(BADGE_PUSH, self._url, content=content, concerned=concerned)
        except TransferBlocked:
            return Outcome.BLOCKED
        except (Unreachable, AnswerTooLarge):
            return Outcome.LATER
        if response.status == 410:
            return Outcome.GONE
        return Outcome.SENT if response.status == 200 else Outcome.LATER
