"""Pushes to Apple: what is posted, what its answers change, and how often we show who we are."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from ringfence.clock import ManualClock
from ringfence.identifiers import CallRef, ProviderId, SubjectId
from ringfence.privacy.egress import BlockReason, Concerned, EgressResponse, TransferBlocked, Unreachable
from ringfence.randomness import SeededRandomness
from ringfence.senders.apns import AccessRefused, ApnsKey, ApnsKeyUnusable, ApnsSender, ApnsSettings
from ringfence.senders.apns.answer import read
from ringfence.senders.delivery import Verdict
from ringfence.services.wake import Outcome, Profile, Push, PushKind, payload
from tests.doubles.egress_line import Line, Posted, push_to
from tests.doubles.http2_server import Asked
from tests.peers.apns_standin import KEY_ID, TEAM, TOPIC, ApnsStandIn, key_file, refusal

URL = "https://apns.test"
TOKEN = "ab" * 32
REF = CallRef("abcdefghijklmnopqrstuvwxyz")
KEY = ApnsKey(KEY_ID, TEAM, key_file())


PUBLIC_HALF = (
    ec.generate_private_key(ec.SECP256R1())
    .public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)


@dataclass
class Bench:
    clock: ManualClock
    apple: ApnsStandIn
    line: Line
    sender: ApnsSender
    slept: list[float]

    def push(self, kind: PushKind = PushKind.CALL, *, seconds: float = 60.0, **more: object) -> Push:
        return push_to(TOKEN, deadline=self.clock.monotonic() + seconds, kind=kind, **more)  # type: ignore[arg-type]  # named as there


@pytest.fixture
def bench() -> Bench:
    clock, slept = ManualClock(), list[float]()
    apple = ApnsStandIn(now=clock.time)

    def answer(posted: Posted) -> EgressResponse:
        asked = Asked("POST", posted.url.removeprefix(URL), posted.headers, posted.content, 1)
        reply = apple.reply(asked)
        return EgressResponse(reply.status, reply.headers, reply.body)

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.advance(seconds)

    line = Line(answer)
    sender = ApnsSender(
        ApnsSettings(KEY, TOPIC, base_url=URL), line, clock=clock, randomness=SeededRandomness(), sleep=sleep
    )
    return Bench(clock, apple, line, sender, slept)


async def test_a_call_goes_as_voip_push_and_counts_as_a_disclosure_of_its_person(bench: Bench) -> None:
    assert await bench.sender.send(bench.push(call=REF)) is Outcome.ACCEPTED
    [taken] = bench.apple.taken
    assert (taken.token, taken.payload) == (TOKEN, {"aps": {}, "v": "1"})
    assert taken.headers["apns-topic"] == f"{TOPIC}.voip"
    assert (taken.headers["apns-push-type"], taken.headers["apns-priority"]) == ("voip", "10")
    assert taken.headers["apns-collapse-id"] == REF
    assert bench.line.posted[0].concerned == Concerned(ProviderId("acme"), SubjectId("subject"))


@pytest.mark.pitfall(20)
async def test_an_expiration_is_an_instant_and_ends_with_the_call(bench: Bench) -> None:
    await bench.sender.send(bench.push(ttl=45))
    await bench.sender.send(bench.push(seconds=20.5, ttl=45))
    await bench.sender.send(bench.push(ttl=0))
    expirations = [taken.headers["apns-expiration"] for taken in bench.apple.taken]
    assert expirations == [str(int(bench.clock.time()) + 45), str(int(bench.clock.time()) + 20), "0"]


@pytest.mark.pitfall(17)
@pytest.mark.parametrize(
    ("kind", "push_type", "priority", "aps"),
    [
        (PushKind.TEST, "voip", "10", {}),
        (PushKind.QUIET, "background", "5", {"content-available": 1}),
        (PushKind.ALERT, "background", "5", {"content-available": 1}),
        (PushKind.WARN_SILENTLY, "background", "5", {"content-available": 1}),
        (PushKind.WARN_VISIBLY, "alert", "10", {"alert": {"loc-key": "RINGFENCE_WARNING"}, "sound": "default"}),
    ],
)
async def test_only_what_wants_a_call_shown_goes_as_voip_push(
    bench: Bench, kind: PushKind, push_type: str, priority: str, aps: dict[str, object]
) -> None:
    assert await bench.sender.send(bench.push(kind)) is Outcome.ACCEPTED
    [taken] = bench.apple.taken
    assert (taken.headers["apns-push-type"], taken.headers["apns-priority"]) == (push_type, priority)
    assert taken.headers["apns-topic"] == (f"{TOPIC}.voip" if push_type == "voip" else TOPIC)
    assert taken.payload["aps"] == aps


@pytest.mark.pitfall(16)
@pytest.mark.pitfall(22)
async def test_the_golden_call_of_a_linphone_build(bench: Bench) -> None:
    data = payload.call(Profile.LINPHONE, REF, 0, box=b"", call_id="abc@pbx")
    await bench.sender.send(bench.push(profile=Profile.LINPHONE, data=data, call=REF))
    assert bench.apple.taken[0].raw == (
        b'{"aps":{"call-id":"abc@pbx","loc-args":[""],"loc-key":"IC_MSG","send-time":"2027-01-15 08:00:00","sound":"",'
        b'"uuid":"abcdefghijklmnopqrstuvwxyz"},"customPayload":{},"display-name":"","from-uri":"","pn_ttl":60}'
    )


@pytest.mark.pitfall(22)
async def test_the_golden_call_of_our_own_app(bench: Bench) -> None:
    data = payload.call(Profile.RINGFENCE, REF, 1_800_000_060, box=bytes(range(9)), call_id="secret@pbx")
    await bench.sender.send(bench.push(data=data, call=REF))
    assert bench.apple.taken[0].raw == (
        b'{"aps":{},"box":"AAECAwQFBgcI","by":"1800000060","call":"abcdefghijklmnopqrstuvwxyz","v":"1"}'
    )


async def test_the_longest_call_stays_within_what_apple_takes(bench: Bench) -> None:
    data = payload.call(Profile.LINPHONE, REF, 0, box=b"", call_id="\N{EURO SIGN}" * 5_000)
    assert await bench.sender.send(bench.push(profile=Profile.LINPHONE, data=data)) is Outcome.ACCEPTED
    data = payload.call(Profile.RINGFENCE, REF, 0, box=bytes(560), call_id="")
    assert await bench.sender.send(bench.push(data=data)) is Outcome.ACCEPTED


# Who we say we are --------------------------------------------------------------------------------------------------


async def test_one_provider_token_serves_forty_minutes_whoever_pushes(bench: Bench) -> None:
    await asyncio.gather(*(bench.sender.send(bench.push()) for _ in range(20)))
    bench.clock.advance(2_399)
    await bench.sender.send(bench.push())
    assert len(bench.apple.jwts) == 1
    bench.clock.advance(1)
    await bench.sender.send(bench.push())
    assert len(bench.apple.jwts) == 2


async def test_a_provider_token_that_apple_says_has_expired_is_made_anew_at_most_each_twenty_minutes(
    bench: Bench,
) -> None:
    bench.apple.replies.append(refusal(403, "ExpiredProviderToken"))
    assert await bench.sender.send(bench.push()) is Outcome.OUR_FAULT
    bench.clock.advance(1_200)
    bench.apple.replies.append(refusal(403, "ExpiredProviderToken"))
    assert await bench.sender.send(bench.push()) is Outcome.ACCEPTED
    assert len(bench.apple.jwts) == 2


async def test_a_key_that_apple_does_not_know_is_our_fault_and_no_dead_token(bench: Bench) -> None:
    bench.apple.revoked = True
    assert await bench.sender.send(bench.push()) is Outcome.OUR_FAULT
    with pytest.raises(AccessRefused):
        await bench.sender.check()


async def test_the_check_pushes_nobody(bench: Bench) -> None:
    await bench.sender.check()
    assert bench.apple.taken == []
    assert bench.line.posted[0].concerned is None


def _pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@pytest.mark.parametrize(
    "pem",
    [
        lambda: "",
        lambda: "no key at all",
        lambda: _pem(ec.generate_private_key(ec.SECP384R1())),
        lambda: _pem(rsa.generate_private_key(public_exponent=65537, key_size=2048)),
        lambda: PUBLIC_HALF,
    ],
)
def test_a_key_file_that_can_not_sign_is_said_before_the_first_call(pem: Callable[[], str]) -> None:
    settings = ApnsSettings(ApnsKey(KEY_ID, TEAM, pem()), TOPIC)
    with pytest.raises(ApnsKeyUnusable):
        ApnsSender(
            settings, Line(lambda _: EgressResponse(200, {}, b"")), clock=ManualClock(), randomness=SeededRandomness()
        )


# What its answers mean ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "reason", "verdict"),
    [
        (200, "", Verdict.ACCEPTED),
        (400, "BadDeviceToken", Verdict.DEAD_TOKEN),
        (410, "Unregistered", Verdict.DEAD_TOKEN),
        (410, "ExpiredToken", Verdict.DEAD_TOKEN),
        (400, "DeviceTokenNotForTopic", Verdict.WRONG_SENDER),
        (400, "TopicDisallowed", Verdict.WRONG_SENDER),
        (400, "BadExpirationDate", Verdict.OUR_FAULT),
        (403, "ExpiredProviderToken", Verdict.STALE_ACCESS),
        (403, "InvalidProviderToken", Verdict.OUR_FAULT),
        (413, "PayloadTooLarge", Verdict.OUR_FAULT),
        (429, "TooManyRequests", Verdict.BUSY),
        (429, "TooManyProviderTokenUpdates", Verdict.BUSY),
        (503, "ServiceUnavailable", Verdict.BUSY),
        (503, "Shutdown", Verdict.BUSY),
        (500, "InternalServerError", Verdict.UNCLEAR),
        (410, "", Verdict.OUR_FAULT),
    ],
)
def test_the_reason_decides_and_not_the_status_alone(status: int, reason: str, verdict: Verdict) -> None:
    assert read(status, json.dumps({"reason": reason}).encode(), since=0.0) is verdict


@given(st.integers(min_value=100, max_value=599), st.binary(max_size=200))
def test_garbage_never_kills_a_token(status: int, answer: bytes) -> None:
    assert read(status, answer, since=0.0) is not Verdict.DEAD_TOKEN


@pytest.mark.pitfall(5)
@pytest.mark.parametrize(("since", "outcome"), [(999.0, Outcome.DEAD_TOKEN), (1001.0, Outcome.DISPUTED)])
async def test_a_token_that_the_app_brought_after_apple_lost_it_is_not_taken_for_dead(
    bench: Bench, since: float, outcome: Outcome
) -> None:
    bench.apple.replies.append(refusal(410, "Unregistered", timestamp=1_000_000))
    assert await bench.sender.send(bench.push(since=since)) is outcome


# Again, or not ------------------------------------------------------------------------------------------------------


@pytest.mark.pitfall(26)
async def test_a_push_that_was_not_processed_is_repeated_under_the_same_name(bench: Bench) -> None:
    bench.line.failures.append(Unreachable(recipient="apple", kind="ConnectError", sent=False))
    bench.apple.replies.append(refusal(503, "Shutdown"))
    assert await bench.sender.send(bench.push()) is Outcome.ACCEPTED
    assert len({posted.headers["apns-id"] for posted in bench.line.posted}) == 1
    assert len(bench.line.posted) == 3
    await bench.sender.send(bench.push())
    assert len({posted.headers["apns-id"] for posted in bench.line.posted}) == 2


@pytest.mark.pitfall(26)
async def test_a_push_that_may_have_arrived_is_not_repeated(bench: Bench) -> None:
    bench.line.failures.append(Unreachable(recipient="apple", kind="RemoteProtocolError", sent=True))
    assert await bench.sender.send(bench.push()) is Outcome.UNKNOWN
    bench.apple.replies.append(refusal(500, "InternalServerError"))
    assert await bench.sender.send(bench.push()) is Outcome.UNKNOWN
    assert len(bench.line.posted) == 2


async def test_retry_after_is_obeyed_within_the_call(bench: Bench) -> None:
    bench.apple.replies.append(refusal(429, "TooManyRequests", headers={"retry-after": "20"}))
    assert await bench.sender.send(bench.push()) is Outcome.ACCEPTED
    assert bench.slept == [20.0]
    assert bench.apple.taken[0].headers["apns-expiration"] == str(int(bench.clock.time()) + 40)
    bench.apple.replies.append(refusal(503, "ServiceUnavailable", headers={"retry-after": "61"}))
    assert await bench.sender.send(bench.push()) is Outcome.LATER


async def test_a_blocked_transfer_is_said_to_be_blocked(bench: Bench) -> None:
    blocked = TransferBlocked(BlockReason.NO_MECHANISM, recipient="apple", flow="wake.push", day="2026-11-22")
    bench.line.failures.append(blocked)
    assert await bench.sender.send(bench.push()) is Outcome.BLOCKED
