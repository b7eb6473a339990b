"""From "these must wake" to what a push says, who may read it, and what its answer changes."""

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

import pytest
import structlog
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ringfence.clock import ManualClock
from ringfence.declarations import REGISTRY
from ringfence.identifiers import CallRef, DeviceId, ProviderId, RecipientId, SubjectId
from ringfence.persistence import Database
from ringfence.services.wake import (
    PUSH_TO_CHOSEN,
    PUSH_TO_DEVICE,
    PUSH_WITH_CALL_ID,
    App,
    AppUnknown,
    BoxUnreadable,
    Caller,
    Outcome,
    Platform,
    Profile,
    Push,
    PushInstance,
    PushKind,
    PushSender,
    PushTokenUnusable,
    SenderMissing,
    Wake,
    WakeSettings,
    apple_text,
    open_box,
)
from ringfence.services.wake.box import SEALED_SIZE, seal
from tests.doubles.databases import main_database
from tests.doubles.sealing import MemorySealer
from tests.doubles.subscriber import Subscriber

pytestmark = pytest.mark.usefixtures("each_database")

PROVIDER, SUBJECT, CALL = ProviderId("acme"), SubjectId("subject"), CallRef("abcdefghijklmnopqrstuvwxyz")
FCM, APPLE, MOZILLA, CHOSEN = (RecipientId(name) for name in ("fcm", "apple", "mozilla", "chosen"))
PLACES = {"https://push.mozilla.test": MOZILLA}
VOIP, REST = "ab" * 32, "cd" * 32


@dataclass(frozen=True)
class Ringing:
    name: str
    uri: str


class Why(Enum):
    """As calls say it."""

    ANSWERED_ELSEWHERE = "answered_elsewhere"
    CANCELLED = "cancelled"


@dataclass
class Answering:
    """A push service that answers as told, and can be held back."""

    outcome: Outcome = Outcome.ACCEPTED
    sent: list[Push] = field(default_factory=list)
    gate: asyncio.Event | None = None
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    here: int = 0
    awaited: int = 0
    all_here: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, push: Push) -> Outcome:
        self.here += 1
        if self.here == self.awaited:
            self.all_here.set()
        if self.gate is not None:
            await self.gate.wait()
        self.sent.append(push)
        self.reached.set()
        return self.outcome


@dataclass
class Room:
    clock: ManualClock
    db: Database
    wake: Wake
    service: Answering
    key: X25519PrivateKey

    def by(self, seconds: float) -> int:
        return int(self.clock.time() + seconds)

    async def device(self, name: str = "one", *, app: str = "ours", token: str | None = None) -> DeviceId:
        async with self.db.transaction() as unit:
            await self.wake.keep(
                unit,
                provider=PROVIDER,
                subject=SUBJECT,
                device=DeviceId(name),
                app=app,
                token=token or f"token-{name}",
                device_key=self.key.public_key().public_bytes_raw(),
                due=self.clock.time() + 1000,
            )
        return DeviceId(name)

    def caller(self, push: Push) -> Caller:
        sealed = base64.urlsafe_b64decode(push.data["box"] + "==")
        return open_box(self.key, CALL, sealed)


def settings(queue: int = 100) -> WakeSettings:
    apps = {
        "ours": App(FCM),
        "linphone": App(FCM, Profile.LINPHONE),
        "ios": App(APPLE, platform=Platform.APNS),
        "browser": App(None, platform=Platform.WEBPUSH, places=PLACES),
        "unified": App(CHOSEN, platform=Platform.UNIFIEDPUSH, places=PLACES),
    }
    return WakeSettings(apps=apps, queue=queue, workers=2)


def senders(service: Answering) -> dict[RecipientId, PushSender]:
    return dict.fromkeys((FCM, APPLE, MOZILLA, CHOSEN), service)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    clock, service = ManualClock(), Answering()
    db = Database(main_database(tmp_path, "main.db"), sealer=MemorySealer(), clock=clock)
    await db.open()
    await db.create_tables(REGISTRY.metadata)
    yield Room(clock, db, Wake(db, senders(service), clock, settings()), service, X25519PrivateKey.generate())
    await db.close()


async def test_a_call_pushes_each_device_and_names_those_it_cannot_push(room: Room) -> None:
    one, two = await room.device("one"), await room.device("two")
    assert list(room.wake.ring([one, DeviceId("nobody"), two], CALL, room.by(60), Ringing("Bob", "sip:b@x"))) == [
        DeviceId("nobody")
    ]
    assert room.service.sent == []  # handed over; the network comes later
    await room.wake.drain()
    assert [push.token for push in room.service.sent] == ["token-one", "token-two"]
    assert {(push.urgent, push.ttl) for push in room.service.sent} == {(True, 60)}
    assert room.wake.outcomes[PushKind.CALL, Outcome.ACCEPTED] == 2


@pytest.mark.pitfall(19)
async def test_a_push_says_who_calls_to_the_device_alone_and_until_when(room: Room) -> None:
    room.wake.ring([await room.device()], CALL, room.by(45), Ringing("Bob Canary", "sip:canary@pbx.example"))
    await room.wake.drain()
    (push,) = room.service.sent
    assert set(push.data) == {"v", "call", "by", "box"}
    assert (push.data["call"], push.data["by"]) == (CALL, str(room.by(45)))
    assert "anary" not in str(dict(push.data))
    assert room.caller(push) == Caller("Bob Canary", "sip:canary@pbx.example")


async def test_a_withheld_number_makes_the_same_push_as_a_shown_one(room: Room) -> None:
    one = await room.device()
    for caller in (Ringing("B" * 500, "sip:" + "b" * 500), Ringing("", ""), None):
        room.wake.ring([one], CALL, room.by(45), caller)
    await room.wake.drain()
    assert len({len(push.data["box"]) for push in room.service.sent}) == 1
    assert room.caller(room.service.sent[1]) == Caller()


async def test_a_linphone_build_gets_the_call_id_and_no_name(room: Room) -> None:
    one = await room.device(app="linphone")
    room.wake.ring([one], CALL, room.by(45), Ringing("Bob", "sip:b@x"), call_id="1234@pbx")
    await room.wake.drain()
    (push,) = room.service.sent
    assert push.data["call-id"] == "1234@pbx"
    assert (push.data["from-uri"], push.data["display-name"]) == ("", "")


async def test_a_push_that_waited_past_its_call_does_not_leave(room: Room) -> None:
    room.wake.ring([await room.device()], CALL, room.by(30))
    room.clock.advance(30)
    await room.wake.drain()
    assert room.service.sent == []
    assert room.wake.outcomes[PushKind.CALL, Outcome.EXPIRED] == 1


async def test_the_time_to_live_ends_with_the_call(room: Room) -> None:
    room.wake.ring([await room.device()], CALL, room.by(30))
    room.clock.advance(12)
    await room.wake.drain()
    assert room.service.sent[0].ttl == 18


@pytest.mark.pitfall(17)
async def test_a_call_that_ends_before_its_push_left_takes_the_push_back(room: Room) -> None:
    one = await room.device()
    room.wake.ring([one], CALL, room.by(30))
    room.wake.quiet([one], CALL)
    await room.wake.drain()
    assert room.service.sent == []


@pytest.mark.pitfall(4)
async def test_a_device_that_was_pushed_is_told_quietly_that_the_call_is_over(room: Room) -> None:
    one = await room.device()
    room.wake.ring([one], CALL, room.by(30))
    await room.wake.drain()
    room.wake.quiet([one, DeviceId("nobody")], CALL, Why.ANSWERED_ELSEWHERE)
    await room.wake.drain()
    push = room.service.sent[-1]
    assert dict(push.data) == {"v": "1", "call": CALL, "over": "1"}
    assert not push.urgent


async def test_linphone_is_not_told_that_a_call_is_over_since_it_asks_by_registering(room: Room) -> None:
    one = await room.device(app="linphone")
    room.wake.ring([one], CALL, room.by(30))
    await room.wake.drain()
    room.wake.quiet([one], CALL)
    await room.wake.drain()
    assert len(room.service.sent) == 1


async def test_an_alert_is_short_lived_and_not_urgent(room: Room) -> None:
    room.wake.alert(await room.device())
    room.wake.alert(DeviceId("nobody"))
    await room.wake.drain()
    (push,) = room.service.sent
    assert (push.ttl, push.urgent, dict(push.data)) == (5, False, {"v": "1", "alert": "1"})


@pytest.mark.parametrize(("visible", "word"), [(True, "visible"), (False, "silent")])
async def test_a_warning_says_until_when(room: Room, *, visible: bool, word: str) -> None:
    room.wake.warn(await room.device(), visible=visible, by=room.clock.time() + 86_400)
    await room.wake.drain()
    (push,) = room.service.sent
    assert dict(push.data) == {"v": "1", "warn": word, "by": str(room.by(86_400))}
    assert push.ttl == 3600


async def test_a_dead_token_ends_the_push_instance(room: Room) -> None:
    one = await room.device()
    room.service.outcome = Outcome.DEAD_TOKEN
    room.wake.ring([one], CALL, room.by(30))
    await room.wake.drain()
    assert not room.wake.has(one)
    async with room.db.reading() as unit:
        assert await unit.count(PushInstance) == 0


@pytest.mark.parametrize(
    "outcome", [Outcome.OUR_FAULT, Outcome.WRONG_SENDER, Outcome.LATER, Outcome.UNKNOWN, Outcome.BLOCKED]
)
async def test_no_other_outcome_ends_anything(room: Room, outcome: Outcome) -> None:
    one = await room.device()
    room.service.outcome = outcome
    room.wake.ring([one], CALL, room.by(30))
    await room.wake.drain()
    assert room.wake.has(one)
    assert room.wake.outcomes[PushKind.CALL, outcome] == 1


@pytest.mark.pitfall(5)
async def test_a_dead_old_token_does_not_end_an_instance_that_has_a_new_one(room: Room) -> None:
    one = await room.device()
    room.service.outcome, room.service.gate = Outcome.DEAD_TOKEN, asyncio.Event()
    room.wake.ring([one], CALL, room.by(30))
    sending = asyncio.create_task(room.wake.drain())
    await asyncio.sleep(0)
    async with room.db.transaction() as unit:
        assert await room.wake.change_token(unit, one, "newer")
    room.service.gate.set()
    await sending
    assert room.wake.has(one)
    async with room.db.reading() as unit:
        assert [row.token for row in await unit.select(PushInstance)] == ["newer"]


async def test_nothing_leaves_for_an_instance_that_ended_while_its_push_waited(room: Room) -> None:
    one = await room.device()
    room.wake.ring([one], CALL, room.by(30))
    async with room.db.transaction() as unit:
        await room.wake.end(unit, SUBJECT, one)
    await room.wake.drain()
    assert room.service.sent == []


async def test_a_full_queue_sheds_and_says_whom(room: Room) -> None:
    wake = Wake(room.db, senders(room.service), room.clock, settings(queue=2))
    one = await room.device()
    await wake.load()
    assert list(wake.ring([one], CALL, room.by(30))) == []
    assert list(wake.ring([one, one], CALL, room.by(30))) == [one]
    assert wake.outcomes[PushKind.CALL, Outcome.SHED] == 1
    assert wake.queued()[FCM] == 2


async def test_a_call_pushes_a_warning_out_of_a_full_queue(room: Room) -> None:
    wake = Wake(room.db, senders(room.service), room.clock, settings(queue=1))
    one = await room.device()
    await wake.load()
    wake.warn(one, visible=True, by=room.by(100))
    assert list(wake.ring([one], CALL, room.by(30))) == []
    await wake.drain()
    assert [push.data.get("call") for push in room.service.sent] == [CALL]


async def test_the_workers_send_what_is_put_until_they_are_stopped(room: Room) -> None:
    running = asyncio.create_task(room.wake.run())
    room.wake.ring([await room.device()], CALL, room.by(30))
    await room.service.reached.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert room.service.sent[0].data["call"] == CALL


async def test_a_push_that_fails_unforeseen_stops_nothing_behind_it(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    send, calls = room.service.send, 0

    async def fail_first(push: Push) -> Outcome:
        nonlocal calls
        calls += 1
        if calls <= 2:  # as many as there are workers
            raise RuntimeError("text-canary")
        return await send(push)

    monkeypatch.setattr(room.service, "send", fail_first)
    one = await room.device()
    with structlog.testing.capture_logs() as logged:
        running = asyncio.create_task(room.wake.run())
        room.wake.ring([one] * 3, CALL, room.by(30))
        await room.service.reached.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert [entry["error"] for entry in logged] == ["RuntimeError"] * 2
    assert "canary" not in str(logged)


async def test_a_restart_forgets_no_push_instance(room: Room) -> None:
    one = await room.device()
    wake = Wake(room.db, senders(room.service), room.clock, settings())
    await wake.load()
    assert wake.has(one)
    assert len(wake) == 1


async def test_what_a_unit_did_not_commit_cannot_be_pushed(room: Room) -> None:
    with pytest.raises(OSError):  # noqa: PT012, PT011 - ours
        async with room.db.transaction() as unit:
            await room.wake.keep(
                unit,
                provider=PROVIDER,
                subject=SUBJECT,
                device=DeviceId("one"),
                app="ours",
                token="token",
                device_key=room.key.public_key().public_bytes_raw(),
                due=0.0,
            )
            raise OSError
    assert not room.wake.has(DeviceId("one"))


@pytest.mark.parametrize("token", ["", "with blank", "ä", "line\nbreak", "x" * 4097])
async def test_a_token_that_is_none_is_refused(room: Room, token: str) -> None:
    with pytest.raises(PushTokenUnusable):
        room.wake.check("ours", token, room.key.public_key().public_bytes_raw())


async def test_an_app_that_nobody_can_push_to_is_refused(room: Room) -> None:
    with pytest.raises(AppUnknown):
        room.wake.check("other", "token", room.key.public_key().public_bytes_raw())


async def test_an_app_without_a_sender_does_not_start(room: Room) -> None:
    with pytest.raises(SenderMissing):
        Wake(room.db, {}, room.clock, settings())


async def test_the_pushes_of_a_call_leave_together_whatever_wakes_each_device(room: Room) -> None:
    everybody = [
        await room.device("android"),
        await room.device("iphone", app="ios", token=apple_text(VOIP, REST)),
        await room.device("browser", app="browser", token=Subscriber("https://push.mozilla.test/1").text()),
        await room.device("chosen", app="unified", token=Subscriber("https://ntfy.test/1").text()),
    ]
    room.service.gate = asyncio.Event()
    running = asyncio.create_task(room.wake.run())
    assert list(room.wake.ring(everybody, CALL, room.by(30))) == []
    room.service.awaited = len(everybody)
    await room.service.all_here.wait()  # each is at its sender before any has been answered
    room.service.gate.set()
    await room.service.reached.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_slow_push_service_keeps_nobody_waiting_who_has_another(room: Room) -> None:
    slow, quick = Answering(gate=asyncio.Event()), Answering()
    wake = Wake(room.db, senders(slow) | {FCM: quick}, room.clock, settings())
    one, other = await room.device(), await room.device("iphone", app="ios", token=VOIP)
    await wake.load()
    running = asyncio.create_task(wake.run())
    wake.ring([other] * 5 + [one], CALL, room.by(30))
    await quick.reached.wait()
    assert slow.sent == []
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.mark.pitfall(17)
async def test_an_ios_token_for_calls_is_used_for_calls_alone(room: Room) -> None:
    one = await room.device("both", app="ios", token=apple_text(VOIP, REST))
    calls_only = await room.device("calls", app="ios", token=VOIP)
    for device in (one, calls_only):
        room.wake.ring([device], CALL, room.by(30))
        await room.wake.drain()
        room.wake.quiet([device], CALL, Why.CANCELLED)
        room.wake.alert(device)
        room.wake.warn(device, visible=True, by=room.by(100))
        assert room.wake.test(device, CALL, room.by(30))
        await room.wake.drain()
    sent = [(push.token, push.kind) for push in room.service.sent]
    assert {kind for token, kind in sent if token == VOIP} == {PushKind.CALL, PushKind.TEST}
    assert {kind for token, kind in sent if token == REST} == {PushKind.QUIET, PushKind.ALERT, PushKind.WARN_VISIBLY}


async def test_a_dead_token_for_the_rest_leaves_a_device_that_can_be_called(room: Room) -> None:
    one = await room.device(app="ios", token=apple_text(VOIP, REST))
    room.service.outcome = Outcome.DEAD_TOKEN
    room.wake.alert(one)
    await room.wake.drain()
    assert room.wake.has(one)
    async with room.db.reading() as unit:
        assert [row.token for row in await unit.select(PushInstance)] == [VOIP]
    room.wake.ring([one], CALL, room.by(30))
    await room.wake.drain()
    assert not room.wake.has(one)


@pytest.mark.pitfall(5)
async def test_a_push_says_when_the_app_brought_its_token(room: Room) -> None:
    one = await room.device(app="ios", token=VOIP)
    brought = room.clock.time()
    room.clock.advance(100)
    async with room.db.transaction() as unit:
        await room.wake.renew(unit, one, room.clock.time() + 1000)  # heard of, not brought
    wake = Wake(room.db, senders(room.service), room.clock, settings())
    await wake.load()
    wake.ring([one], CALL, room.by(30))
    await wake.drain()
    async with room.db.transaction() as unit:
        await wake.change_token(unit, one, REST)
    wake.ring([one], CALL, room.by(30))
    await wake.drain()
    assert [push.since for push in room.service.sent] == [brought, brought + 100]


async def test_a_push_service_that_calls_everybody_dead_is_not_believed_until_it_takes_pushes_again(room: Room) -> None:
    everybody = [await room.device(f"phone{number}") for number in range(60)]
    other = await room.device("iphone", app="ios", token=VOIP)
    room.service.outcome = Outcome.DEAD_TOKEN
    with structlog.testing.capture_logs() as logged:
        for device in everybody:
            room.wake.ring([device], CALL, room.by(30))
            await room.wake.drain()
    assert sum(map(room.wake.has, everybody)) == 40
    assert room.wake.outcomes[PushKind.CALL, Outcome.DISPUTED] == 40
    assert [entry["event"] for entry in logged] == ["push_service_disbelieved"]
    room.clock.advance(3_600)
    living = [device for device in everybody if room.wake.has(device)]
    room.wake.ring([living[0], other], CALL, room.by(30))
    await room.wake.drain()
    assert (room.wake.has(living[0]), room.wake.has(other)) == (True, False)  # others' services are judged apart
    for outcome in (Outcome.ACCEPTED, Outcome.ACCEPTED, Outcome.DEAD_TOKEN):
        room.service.outcome = outcome
        room.wake.ring([living[0]], CALL, room.by(30))
        await room.wake.drain()
    assert not room.wake.has(living[0])


async def test_a_few_may_die_in_a_night_in_which_nobody_else_is_called(room: Room) -> None:
    few = [await room.device(f"phone{number}") for number in range(20)]
    room.service.outcome = Outcome.DEAD_TOKEN
    room.wake.ring(few, CALL, room.by(30))
    await room.wake.drain()
    assert not any(map(room.wake.has, few))


async def test_a_subscription_is_pushed_by_whoever_its_place_belongs_to(room: Room) -> None:
    declared = Subscriber("https://push.mozilla.test/1").text()
    elsewhere = Subscriber("https://ntfy.test/1").text()
    devices = [
        await room.device("1", app="browser", token=declared),
        await room.device("2", app="unified", token=declared),
        await room.device("3", app="unified", token=elsewhere),
    ]
    room.wake.ring(devices, CALL, room.by(30))
    await room.wake.drain()
    assert {(push.recipient, push.flow.name) for push in room.service.sent} == {
        (MOZILLA, PUSH_TO_DEVICE.name),
        (MOZILLA, PUSH_TO_CHOSEN.name),
        (CHOSEN, PUSH_TO_CHOSEN.name),
    }


async def test_a_browsers_subscription_at_a_place_that_nobody_declared_is_refused(room: Room) -> None:
    key = room.key.public_key().public_bytes_raw()
    with pytest.raises(PushTokenUnusable):
        room.wake.check("browser", Subscriber("https://evil.test/1").text(), key)
    one = await room.device(app="browser", token=Subscriber("https://push.mozilla.test/1").text())
    async with room.db.transaction() as unit:
        with pytest.raises(PushTokenUnusable):
            await room.wake.change_token(unit, one, Subscriber("https://evil.test/1").text())


async def test_who_is_told_the_call_id_is_told_so_by_a_flow_of_its_own(room: Room) -> None:
    room.wake.ring([await room.device(app="linphone")], CALL, room.by(30), call_id="c1")
    await room.wake.drain()
    assert room.service.sent[0].flow is PUSH_WITH_CALL_ID


async def test_a_build_whose_tokens_are_others_now_is_not_pushed_and_stops_no_start(room: Room) -> None:
    one, two = await room.device("one"), await room.device("two", app="linphone")
    apps = {"ours": App(APPLE, platform=Platform.APNS)}
    wake = Wake(room.db, senders(room.service), room.clock, WakeSettings(apps=apps))
    await wake.load()
    assert list(wake.ring([one, two], CALL, room.by(30))) == [one, two]


async def test_no_text_of_a_push_shows_token_or_data(room: Room) -> None:
    room.wake.ring([await room.device(token="token-canary")], CALL, room.by(30), Ringing("Bob", "sip:b@x"))
    await room.wake.drain()
    assert "canary" not in repr(room.service.sent)
    assert "box" not in repr(room.service.sent)


@given(st.text(), st.text())
def test_a_box_has_one_size_and_opens_for_its_device_and_call_only(display: str, address: str) -> None:
    key, other = X25519PrivateKey.generate(), X25519PrivateKey.generate()
    sealed = seal(key.public_key(), CALL, Caller(display, address))
    assert len(sealed) == SEALED_SIZE
    opened = open_box(key, CALL, sealed)
    assert display.startswith(opened.display)
    assert address.startswith(opened.address)
    with pytest.raises(BoxUnreadable):
        open_box(other, CALL, sealed)
    with pytest.raises(BoxUnreadable):
        open_box(key, CallRef("another"), sealed)


@given(st.binary(max_size=700))
def test_a_damaged_box_is_unreadable_and_nothing_worse(sealed: bytes) -> None:
    with pytest.raises(BoxUnreadable):
        open_box(X25519PrivateKey.generate(), CALL, sealed)
