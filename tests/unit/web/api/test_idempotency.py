"""Answers that are kept for repeats hold secrets, so they go when their time is over."""

import httpx
from starlette.responses import PlainTextResponse

from ringfence.clock import ManualClock
from ringfence.web.api.idempotency import Idempotent


async def test_an_answer_goes_with_its_time_whatever_is_asked_next() -> None:
    clock = ManualClock()
    kept = Idempotent(PlainTextResponse("secret"), clock, seconds=600.0, most=10)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(kept), base_url="https://x") as client:
        await client.post("/", headers={"idempotency-key": "k"})
        assert len(kept) == 1
        clock.advance(601.0)
        await client.get("/")
    assert len(kept) == 0
