"""Answers that are kept for repeats hold secrets, so they go when their time is over, and with whom they are about."""

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from ringfence.clock import ManualClock
from ringfence.identifiers import SubjectId
from ringfence.web.api.idempotency import Idempotent, Repeats, concerns

ANNA, BEN = SubjectId("a" * 26), SubjectId("b" * 26)


class Answering:
    """Says what it was asked for the how manieth time, and about whom if the address says so."""

    def __init__(self) -> None:
        self.times = 0
        self.meanwhile: Repeats | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.times += 1
        if self.meanwhile is not None:
            await self.meanwhile.depart(ANNA)
        if scope["path"] != "/":
            concerns(scope, SubjectId(scope["path"][1:]))
        await PlainTextResponse(f"secret {self.times}")(scope, receive, send)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def kept(clock: ManualClock) -> Repeats:
    return Repeats(clock, seconds=600.0, most=10)


def client_of(app: Answering, kept: Repeats) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(Idempotent(app, kept)), base_url="https://x")


async def asked(client: httpx.AsyncClient, about: str) -> str:
    return (await client.post(f"/{about}", headers={"idempotency-key": about or "nobody"})).text


async def test_an_answer_goes_with_its_time_whatever_is_asked_next(clock: ManualClock, kept: Repeats) -> None:
    async with client_of(Answering(), kept) as client:
        await asked(client, ANNA)
        assert len(kept) == 1
        clock.advance(601.0)
        await client.get("/")
    assert len(kept) == 0


@pytest.mark.promise("ZOI-17")
@pytest.mark.parametrize("gone", [True, False])
async def test_who_is_erased_or_restricted_is_answered_anew_and_so_is_who_may_be_them(
    kept: Repeats, gone: bool
) -> None:
    async with client_of(Answering(), kept) as client:
        before = [await asked(client, about) for about in (ANNA, BEN, "")]
        assert [await asked(client, about) for about in (ANNA, BEN, "")] == before
        await (kept.depart(ANNA) if gone else kept.restricted(ANNA, ("device",)))
        assert len(kept) == 1
        after = [await asked(client, about) for about in (ANNA, BEN, "")]
    assert [one == other for one, other in zip(before, after, strict=True)] == [False, True, False]


async def test_an_answer_that_was_under_way_meanwhile_is_not_kept(kept: Repeats) -> None:
    app = Answering()
    app.meanwhile = kept
    async with client_of(app, kept) as client:
        assert await asked(client, ANNA) == "secret 1"
        assert len(kept) == 0
        app.meanwhile = None
        assert await asked(client, ANNA) == "secret 2"
        assert await asked(client, ANNA) == "secret 2"
