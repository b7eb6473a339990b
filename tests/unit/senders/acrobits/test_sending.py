"""Pushes to builds of Acrobits, by their maker's mediator."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.clock import ManualClock
from ringfence.identifiers import CallRef
from ringfence.privacy.egress import EgressResponse, Unreachable
from ringfence.randomness import SeededRandomness
from ringfence.senders.acrobits import AcrobitsSender
from ringfence.senders.acrobits.answer import read
from ringfence.senders.delivery import Verdict
from ringfence.services.wake import AcrobitsPart, Outcome, Profile, Push, payload
from tests.doubles.egress_line import Line, push_to

URL = "https://pnm.test"
REF = CallRef("abcdefghijklmnopqrstuvwxyz")
PART = AcrobitsPart("net.example.voip", "dG9rZW4=", "12869E0E:7C3A0D14")


@dataclass
class Bench:
    clock: ManualClock
    line: Line
    sender: AcrobitsSender

    def push(self, data: Mapping[str, str]) -> Push:
        deadline = self.clock.monotonic() + 60
        return push_to(PART.text(), deadline=deadline, profile=Profile.ACROBITS, data=data)


@pytest.fixture
def bench() -> Bench:
    clock, line = ManualClock(), Line(lambda _: EgressResponse(200, {}, b'{"code":200,"response":"OK"}'))

    async def sleep(seconds: float) -> None:
        clock.advance(seconds)

    sender = AcrobitsSender(line, clock=clock, randomness=SeededRandomness(), base_url=URL, sleep=sleep)
    return Bench(clock, line, sender)


@pytest.mark.pitfall(16)
@pytest.mark.pitfall(22)
async def test_the_golden_call_names_nobody_and_is_paired_by_our_own_reference(bench: Bench) -> None:
    data = payload.call(Profile.ACROBITS, REF, 0, box=b"", call_id="secret@pbx")
    assert await bench.sender.send(bench.push(data)) is Outcome.ACCEPTED
    [posted] = bench.line.posted
    assert posted.url == f"{URL}/pnm2/send"
    assert posted.headers == {"content-type": "application/json"}
    assert posted.content == (
        b'{"AppId":"net.example.voip","DeviceToken":"dG9rZW4=","Id":"abcdefghijklmnopqrstuvwxyz",'
        b'"Selector":"12869E0E:7C3A0D14","verb":"NotifyIncomingCall"}'
    )


@pytest.mark.pitfall(4)
@pytest.mark.parametrize(("missed", "verb"), [(True, "Missed"), (False, "AnsweredElsewhere")])
def test_the_end_of_a_call_is_told_in_their_words(*, missed: bool, verb: str) -> None:
    assert payload.over(Profile.ACROBITS, REF, missed=missed) == {"verb": f"NotifyIncomingCall{verb}", "Id": REF}


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (200, {"code": 200, "response": "OK"}, Verdict.ACCEPTED),
        (200, {"code": 404, "response": "no such token"}, Verdict.DEAD_TOKEN),
        (200, {"code": 410}, Verdict.DEAD_TOKEN),
        (200, {"code": 400}, Verdict.OUR_FAULT),
        (200, {"code": 503}, Verdict.BUSY),
        (200, {"code": 500}, Verdict.UNCLEAR),
        (200, {}, Verdict.UNCLEAR),
        (404, {"code": 404}, Verdict.OUR_FAULT),
        (400, {}, Verdict.OUR_FAULT),
        (429, {}, Verdict.BUSY),
        (503, {}, Verdict.BUSY),
        (502, {}, Verdict.UNCLEAR),
    ],
)
def test_the_status_inside_decides_about_the_token(status: int, body: dict[str, object], verdict: Verdict) -> None:
    assert read(status, json.dumps(body).encode()) is verdict


@given(st.integers(min_value=100, max_value=599), st.binary(max_size=200))
def test_garbage_never_kills_a_token(status: int, answer: bytes) -> None:
    assert read(status, answer) is not Verdict.DEAD_TOKEN


@pytest.mark.pitfall(26)
async def test_a_push_that_may_have_arrived_is_not_repeated_and_one_that_did_not_is(bench: Bench) -> None:
    bench.line.failures.append(Unreachable(recipient="acrobits", kind="ConnectError", sent=False))
    assert await bench.sender.send(bench.push({"verb": "NotifyIncomingCall"})) is Outcome.ACCEPTED
    bench.line.failures.append(Unreachable(recipient="acrobits", kind="ReadTimeout", sent=True))
    assert await bench.sender.send(bench.push({"verb": "NotifyIncomingCall"})) is Outcome.UNKNOWN
    assert len(bench.line.posted) == 3
