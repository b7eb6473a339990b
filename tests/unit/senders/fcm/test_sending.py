"""The sender against a stand-in, with a clock and a sleep that tests own."""

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ringfence.clock import ManualClock
from ringfence.declarations import Flow
from ringfence.identifiers import ProviderId, RecipientId, SubjectId
from ringfence.privacy.egress import BlockReason, Concerned, EgressResponse, TransferBlocked, Unreachable
from ringfence.randomness import SeededRandomness
from ringfence.senders.fcm import AccessRefused, FcmSender, FcmSettings, ServiceAccount, ServiceAccountUnusable
from ringfence.services.wake import PUSH_TO_DEVICE, Outcome, Profile, Push, PushKind
from tests.peers.fcm_standin import Answer, FcmStandIn, detail, fcm_error, service_account

URL = "https://fcm.test"


@dataclass
class Line:
    """Stands for the egress client: carries requests to the stand-in, or fails as it is told."""

    clock: ManualClock
    standin: FcmStandIn
    failures: deque[Exception] = field(default_factory=deque)
    concerned: list[Concerned | None] = field(default_factory=list)

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
        self.concerned.append(concerned)
        if self.failures:
            raise self.failures.popleft()
        path = url.removeprefix(URL)
        answer = self.standin.answer("POST", path, dict(headers or {}), content, now=self.clock.time())
        return EgressResponse(answer.status, answer.headers, json.dumps(answer.body).encode())


@dataclass
class Bench:
    clock: ManualClock
    standin: FcmStandIn
    line: Line
    sender: FcmSender
    slept: list[float]

    def push(self, seconds: float = 60.0, ttl: int = 60) -> Push:
        return Push(
            recipient=RecipientId("fcm"),
            provider=ProviderId("acme"),
            subject=SubjectId("subject"),
            flow=PUSH_TO_DEVICE,
            token="token-canary",
            data={"v": "1"},
            kind=PushKind.CALL,
            profile=Profile.RINGFENCE,
            ttl=ttl,
            deadline=self.clock.monotonic() + seconds,
        )


@pytest.fixture
def bench() -> Bench:
    clock, standin = ManualClock(), FcmStandIn()
    standin.url = URL
    line, slept = Line(clock, standin), list[float]()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.advance(seconds)

    account = ServiceAccount.from_json(service_account(f"{URL}/token"))
    sender = FcmSender(
        FcmSettings(account, base_url=URL), line, clock=clock, randomness=SeededRandomness(), sleep=sleep
    )
    return Bench(clock, standin, line, sender, slept)


async def test_a_push_is_accepted_and_counts_as_a_disclosure_of_its_person(bench: Bench) -> None:
    assert await bench.sender.send(bench.push()) is Outcome.ACCEPTED
    assert bench.standin.sent[0].message == {
        "token": "token-canary",
        "data": {"v": "1"},
        "android": {"priority": "HIGH", "ttl": "60s"},
    }
    assert bench.line.concerned == [None, Concerned(ProviderId("acme"), SubjectId("subject"))]


async def test_the_access_token_is_fetched_once_however_many_push_at_once(bench: Bench) -> None:
    outcomes = await asyncio.gather(*(bench.sender.send(bench.push()) for _ in range(20)))
    assert set(outcomes) == {Outcome.ACCEPTED}
    assert bench.standin.exchanges == 1


async def test_the_access_token_is_renewed_five_minutes_before_its_end(bench: Bench) -> None:
    await bench.sender.send(bench.push())
    bench.clock.advance(3599 - 301)
    await bench.sender.send(bench.push())
    assert bench.standin.exchanges == 1
    bench.clock.advance(1)
    await bench.sender.send(bench.push())
    assert bench.standin.exchanges == 2


async def test_the_old_access_token_serves_to_its_end_while_it_cannot_be_renewed(bench: Bench) -> None:
    await bench.sender.send(bench.push())
    bench.clock.advance(3599 - 200)
    bench.standin.grants.append(Answer(503))
    assert await bench.sender.send(bench.push()) is Outcome.ACCEPTED


async def test_one_who_gives_up_waiting_does_not_end_the_exchange_for_others(bench: Bench) -> None:
    first = asyncio.create_task(bench.sender.send(bench.push()))
    second = asyncio.create_task(bench.sender.send(bench.push()))
    await asyncio.sleep(0)
    first.cancel()
    assert await second is Outcome.ACCEPTED
    assert bench.standin.exchanges == 1


async def test_a_refused_access_token_is_renewed_once_and_the_push_repeated(bench: Bench) -> None:
    await bench.sender.send(bench.push())
    bench.standin.revoke()
    assert await bench.sender.send(bench.push()) is Outcome.ACCEPTED
    assert bench.standin.exchanges == 2


async def test_a_fresh_access_token_that_is_refused_too_is_our_fault(bench: Bench) -> None:
    bench.standin.answers.extend([fcm_error(401, "UNAUTHENTICATED")] * 3)
    assert await bench.sender.send(bench.push()) is Outcome.OUR_FAULT
    assert len(bench.standin.answers) == 1


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_service_is_asked_again_with_growing_pauses(bench: Bench, status: int) -> None:
    bench.standin.answers.extend([fcm_error(status, "UNAVAILABLE")] * 3)
    assert await bench.sender.send(bench.push()) is Outcome.ACCEPTED
    assert len(bench.slept) == 3
    assert bench.slept[0] < 0.76
    assert 1.0 <= bench.slept[2] <= 3.0


async def test_retry_after_is_obeyed_and_the_time_to_live_shrinks_with_the_wait(bench: Bench) -> None:
    bench.standin.answers.append(fcm_error(429, "RESOURCE_EXHAUSTED", retry_after="20"))
    assert await bench.sender.send(bench.push(seconds=60)) is Outcome.ACCEPTED
    assert bench.slept == [20.0]
    assert bench.standin.sent[0].message["android"]["ttl"] == "40s"


async def test_nobody_waits_past_the_deadline(bench: Bench) -> None:
    bench.standin.answers.append(fcm_error(503, "UNAVAILABLE", retry_after="61"))
    assert await bench.sender.send(bench.push(seconds=60)) is Outcome.LATER
    assert bench.slept == []


async def test_a_service_that_stays_busy_is_given_up_before_the_deadline(bench: Bench) -> None:
    bench.standin.answers.extend([fcm_error(503, "UNAVAILABLE")] * 100)
    push = bench.push(seconds=60)
    assert await bench.sender.send(push) is Outcome.LATER
    assert bench.clock.monotonic() < push.deadline


async def test_a_push_whose_time_is_over_does_not_leave(bench: Bench) -> None:
    push = bench.push(seconds=60)
    bench.clock.advance(60)
    assert await bench.sender.send(push) is Outcome.LATER
    assert bench.standin.exchanges == 0


@pytest.mark.pitfall(26)
async def test_a_push_that_may_have_arrived_is_not_repeated(bench: Bench) -> None:
    await bench.sender.check()
    bench.line.failures.append(Unreachable(recipient="fcm", kind="ReadTimeout", sent=True))
    assert await bench.sender.send(bench.push()) is Outcome.UNKNOWN
    bench.standin.answers.append(fcm_error(500, "INTERNAL", detail("INTERNAL")))
    assert await bench.sender.send(bench.push()) is Outcome.UNKNOWN
    assert bench.standin.sent == []


async def test_a_push_that_certainly_did_not_leave_is_repeated(bench: Bench) -> None:
    await bench.sender.check()
    bench.line.failures.append(Unreachable(recipient="fcm", kind="ConnectError", sent=False))
    assert await bench.sender.send(bench.push()) is Outcome.ACCEPTED
    assert len(bench.standin.sent) == 1


async def test_a_lost_answer_of_the_token_service_is_no_lost_push(bench: Bench) -> None:
    bench.line.failures.append(Unreachable(recipient="fcm", kind="ReadTimeout", sent=True))
    assert await bench.sender.send(bench.push()) is Outcome.ACCEPTED


async def test_a_blocked_transfer_is_said_to_be_blocked(bench: Bench) -> None:
    blocked = TransferBlocked(BlockReason.NO_MECHANISM, recipient="fcm", flow="wake.push", day="2026-11-22")
    bench.line.failures.append(blocked)
    assert await bench.sender.send(bench.push()) is Outcome.BLOCKED


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (fcm_error(404, "NOT_FOUND", detail("UNREGISTERED")), Outcome.DEAD_TOKEN),
        (fcm_error(403, "PERMISSION_DENIED", detail("SENDER_ID_MISMATCH")), Outcome.WRONG_SENDER),
        (fcm_error(403, "PERMISSION_DENIED"), Outcome.OUR_FAULT),
    ],
)
async def test_what_is_final_is_not_repeated(bench: Bench, answer: Answer, outcome: Outcome) -> None:
    bench.standin.answers.append(answer)
    assert await bench.sender.send(bench.push()) is outcome
    assert bench.slept == []


async def test_a_service_account_that_google_does_not_know_is_our_fault(bench: Bench) -> None:
    bench.standin.grants.append(Answer(400, {"error": "invalid_grant"}))
    assert await bench.sender.send(bench.push()) is Outcome.OUR_FAULT
    bench.standin.grants.append(Answer(400, {"error": "invalid_grant"}))
    with pytest.raises(AccessRefused):
        await bench.sender.check()


async def test_no_text_of_a_push_or_an_account_shows_a_secret(bench: Bench) -> None:
    account = ServiceAccount.from_json(service_account(URL))
    assert "PRIVATE" not in repr(account)
    assert "token-canary" not in repr(bench.push())


@pytest.mark.parametrize("text", [b"", b"[]", b'{"project_id": "p"}', b"\xff"])
def test_a_service_account_file_that_is_none_is_refused_without_its_text(text: bytes) -> None:
    with pytest.raises(ServiceAccountUnusable):
        ServiceAccount.from_json(text)


def test_a_private_key_that_is_none_is_refused(bench: Bench, tmp_path: Path) -> None:
    account = ServiceAccount("p", "e", "k", "not a key")
    with pytest.raises(ServiceAccountUnusable):
        FcmSender(FcmSettings(account), bench.line, clock=bench.clock, randomness=SeededRandomness())
