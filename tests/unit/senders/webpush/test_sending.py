"""Pushes to subscriptions: what is posted, who may read it, what the answers change."""

import base64
import json
from dataclasses import dataclass

import pytest

from ringfence.clock import ManualClock
from ringfence.identifiers import CallRef, ProviderId, SubjectId
from ringfence.privacy.egress import BlockReason, Concerned, EgressResponse, TransferBlocked, Unreachable
from ringfence.randomness import SeededRandomness
from ringfence.senders.webpush import Vapid, VapidKey, WebPushSender
from ringfence.services.wake import Outcome, Profile, Push, PushKind, payload
from tests.doubles.egress_line import Line, Posted, push_to
from tests.doubles.subscriber import Subscriber
from tests.peers.webpush_standin import Answer, WebPushStandIn

ORIGIN = "https://push.test"
REF = CallRef("abcdefghijklmnopqrstuvwxyz")
KEY = VapidKey.derived(bytes(range(32)))


@dataclass
class Bench:
    clock: ManualClock
    service: WebPushStandIn
    line: Line
    sender: WebPushSender
    browser: Subscriber
    slept: list[float]

    def push(self, kind: PushKind = PushKind.CALL, *, seconds: float = 60.0, token: str = "", **more: object) -> Push:
        text = token or self.browser.text()
        return push_to(text, deadline=self.clock.monotonic() + seconds, kind=kind, **more)  # type: ignore[arg-type]  # named as there


@pytest.fixture
def bench() -> Bench:
    clock, slept = ManualClock(), list[float]()
    service = WebPushStandIn(ORIGIN, now=clock.time, key=KEY.public)

    def answer(posted: Posted) -> EgressResponse:
        given = service.answer("POST", posted.url.removeprefix(ORIGIN), posted.headers, posted.content)
        return EgressResponse(given.status, given.headers, b"")

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.advance(seconds)

    line = Line(answer)
    vapid = Vapid(KEY, "mailto:operator@example.net", clock)
    sender = WebPushSender(vapid, line, clock=clock, randomness=SeededRandomness(), sleep=sleep)
    return Bench(clock, service, line, sender, Subscriber(f"{ORIGIN}/wpush/v2/canary"), slept)


async def test_a_call_is_urgent_and_the_subscriber_alone_reads_it(bench: Bench) -> None:
    data = payload.call(Profile.RINGFENCE, REF, 60, box=bytes(560), call_id="")
    assert await bench.sender.send(bench.push(data=data, call=REF)) is Outcome.ACCEPTED
    [arrived] = bench.service.arrived
    assert (arrived.headers["urgency"], arrived.headers["ttl"], arrived.headers["topic"]) == ("high", "60", REF)
    assert json.loads(bench.browser.read(arrived.body)) == data
    assert bench.line.posted[0].concerned == Concerned(ProviderId("acme"), SubjectId("subject"))


async def test_the_push_that_a_call_is_over_takes_the_place_of_the_one_that_told_of_it(bench: Bench) -> None:
    over = payload.over(Profile.RINGFENCE, REF, missed=False)
    await bench.sender.send(bench.push(call=REF))
    await bench.sender.send(bench.push(PushKind.QUIET, data=over, call=REF))
    first, second = bench.service.arrived
    assert first.headers["topic"] == second.headers["topic"]
    assert second.headers["urgency"] == "normal"


async def test_a_call_a_test_and_a_warning_look_the_same_to_the_push_service(bench: Bench) -> None:
    call = payload.call(Profile.RINGFENCE, REF, 60, box=bytes(560), call_id="")
    warning = payload.warning(Profile.RINGFENCE, 60, visible=True)
    for data in (call, payload.test(Profile.RINGFENCE, REF, 60), warning):
        await bench.sender.send(bench.push(data=data))
    assert len({len(arrived.body) for arrived in bench.service.arrived}) == 1


async def test_one_token_serves_each_push_service_for_hours(bench: Bench) -> None:
    for seconds in (0, 21_599, 1):
        bench.clock.advance(seconds)
        assert await bench.sender.send(bench.push()) is Outcome.ACCEPTED
    assert len(bench.service.tokens) == 2


def test_the_key_is_the_same_after_a_restart_and_is_a_point_that_browsers_take() -> None:
    again, other = VapidKey.derived(bytes(range(32))), VapidKey.derived(bytes(32))
    assert KEY.public == again.public != other.public
    point = base64.urlsafe_b64decode(KEY.public + "=")
    assert (len(point), point[0]) == (65, 4)


def test_tokens_of_push_services_beyond_number_are_forgotten() -> None:
    vapid = Vapid(KEY, "mailto:a@b", ManualClock())
    first = vapid.header("https://0.test")
    for number in range(1, 1_001):
        vapid.header(f"https://{number}.test")
    assert vapid.header("https://1000.test") == vapid.header("https://1000.test")
    assert vapid.header("https://0.test") != first  # ES256 signs anew each time


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.ACCEPTED),
        (202, Outcome.ACCEPTED),
        (404, Outcome.DEAD_TOKEN),
        (410, Outcome.DEAD_TOKEN),
        (403, Outcome.WRONG_SENDER),
        (400, Outcome.OUR_FAULT),
        (401, Outcome.OUR_FAULT),
        (413, Outcome.OUR_FAULT),
        (301, Outcome.OUR_FAULT),
        (500, Outcome.UNKNOWN),
        (502, Outcome.UNKNOWN),
    ],
)
async def test_each_status_has_its_outcome(bench: Bench, status: int, outcome: Outcome) -> None:
    bench.service.replies.append(Answer(status))
    assert await bench.sender.send(bench.push()) is outcome
    assert len(bench.line.posted) == 1


async def test_a_busy_service_is_asked_again_when_it_says(bench: Bench) -> None:
    bench.service.replies.extend([Answer(429, {"retry-after": "20"}), Answer(503)])
    assert await bench.sender.send(bench.push()) is Outcome.ACCEPTED
    assert bench.slept[0] == 20.0
    assert int(bench.service.arrived[0].headers["ttl"]) < 40


@pytest.mark.pitfall(26)
async def test_a_push_that_may_have_arrived_is_not_repeated(bench: Bench) -> None:
    bench.line.failures.append(Unreachable(recipient="mozilla", kind="ReadTimeout", sent=True))
    assert await bench.sender.send(bench.push()) is Outcome.UNKNOWN
    assert len(bench.line.posted) == 1


async def test_a_private_address_is_a_blocked_transfer(bench: Bench) -> None:
    reason = BlockReason.ADDRESS_NOT_PUBLIC
    bench.line.failures.append(TransferBlocked(reason, recipient="chosen", flow="wake.push_chosen", day="2026-11-22"))
    assert await bench.sender.send(bench.push()) is Outcome.BLOCKED


async def test_a_key_that_nobody_could_read_with_ends_the_subscription(bench: Bench) -> None:
    keys = {"p256dh": base64.urlsafe_b64encode(b"\x04" + bytes(64)).decode(), "auth": "A" * 22}
    token = json.dumps({"endpoint": bench.browser.endpoint, "keys": keys})
    assert await bench.sender.send(bench.push(token=token)) is Outcome.DEAD_TOKEN
    assert bench.line.posted == []


async def test_an_old_unifiedpush_app_gets_its_message_as_it_is(bench: Bench) -> None:
    bench.service = WebPushStandIn(ORIGIN, now=bench.clock.time, plain=True)
    bench.line.answer = lambda posted: EgressResponse(
        bench.service.answer("POST", "/UP", posted.headers, posted.content).status, {}, b""
    )
    token = json.dumps({"endpoint": f"{ORIGIN}/UP?id=1"})
    assert await bench.sender.send(bench.push(token=token, data={"v": "1", "alert": "1"})) is Outcome.ACCEPTED
    [arrived] = bench.service.arrived
    assert arrived.body == b'{"alert":"1","v":"1"}'
    assert "content-encoding" not in arrived.headers
