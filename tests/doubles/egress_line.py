"""Stands for the egress client of a sender: carries each request to a function, or fails as it is told."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ringfence.declarations import Flow
from ringfence.identifiers import ProviderId, RecipientId, SubjectId
from ringfence.privacy.egress import Concerned, EgressResponse
from ringfence.services.wake import PUSH_TO_DEVICE, Profile, Push, PushKind

__all__ = ["Line", "Posted", "push_to"]


@dataclass(frozen=True)
class Posted:
    """One request."""

    flow: Flow
    url: str
    headers: dict[str, str]
    content: bytes
    concerned: Concerned | None


@dataclass
class Line:
    answer: Callable[[Posted], EgressResponse]
    posted: list[Posted] = field(default_factory=list)
    failures: deque[Exception] = field(default_factory=deque)

    async def post(
        self,
        flow: Flow,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        concerned: Concerned | None = None,
    ) -> EgressResponse:
        await asyncio.sleep(0)
        self.posted.append(Posted(flow, url, dict(headers or {}), content, concerned))
        if self.failures:
            raise self.failures.popleft()
        return self.answer(self.posted[-1])


def push_to(
    token: str,
    *,
    deadline: float,
    kind: PushKind = PushKind.CALL,
    profile: Profile = Profile.RINGFENCE,
    data: Mapping[str, str] | None = None,
    ttl: int = 60,
    call: str = "",
    since: float = 0.0,
) -> Push:
    return Push(
        recipient=RecipientId("service"),
        provider=ProviderId("acme"),
        subject=SubjectId("subject"),
        flow=PUSH_TO_DEVICE,
        kind=kind,
        profile=profile,
        token=token,
        data=data or {"v": "1"},
        ttl=ttl,
        deadline=deadline,
        call=call,
        since=since,
    )
