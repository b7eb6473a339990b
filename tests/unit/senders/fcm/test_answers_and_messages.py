"""What FCM's answers mean, and what is posted, byte for byte."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.identifiers import CallRef
from ringfence.senders.delivery import Verdict, retry_after
from ringfence.senders.fcm.answer import read
from ringfence.senders.fcm.message import body
from ringfence.services.wake import Profile
from ringfence.services.wake import payload as payloads
from tests.peers.fcm_standin import bad_request, detail, fcm_error

REF = CallRef("abcdefghijklmnopqrstuvwxyz")


def refusal(status: int, word: str, *details: dict[str, Any]) -> tuple[int, bytes]:
    answer = fcm_error(status, word, *details)
    return answer.status, json.dumps(answer.body).encode()


@pytest.mark.parametrize(
    ("status", "answer", "verdict"),
    [
        (200, b'{"name": "projects/p/messages/1"}', Verdict.ACCEPTED),
        (*refusal(404, "NOT_FOUND", detail("UNREGISTERED")), Verdict.DEAD_TOKEN),
        (*refusal(400, "INVALID_ARGUMENT", detail("INVALID_ARGUMENT")), Verdict.DEAD_TOKEN),
        (
            *refusal(400, "INVALID_ARGUMENT", detail("INVALID_ARGUMENT"), bad_request("message.data")),
            Verdict.OUR_FAULT,
        ),
        (*refusal(400, "INVALID_ARGUMENT", bad_request("message.android.ttl")), Verdict.OUR_FAULT),
        (*refusal(403, "PERMISSION_DENIED", detail("SENDER_ID_MISMATCH")), Verdict.WRONG_SENDER),
        (*refusal(403, "PERMISSION_DENIED"), Verdict.OUR_FAULT),
        (*refusal(404, "NOT_FOUND"), Verdict.OUR_FAULT),
        (*refusal(401, "UNAUTHENTICATED"), Verdict.STALE_ACCESS),
        (*refusal(401, "UNAUTHENTICATED", detail("THIRD_PARTY_AUTH_ERROR")), Verdict.OUR_FAULT),
        (*refusal(429, "RESOURCE_EXHAUSTED", detail("QUOTA_EXCEEDED")), Verdict.BUSY),
        (*refusal(503, "UNAVAILABLE", detail("UNAVAILABLE")), Verdict.BUSY),
        (*refusal(500, "INTERNAL", detail("INTERNAL")), Verdict.UNCLEAR),
        (404, b"<html>a proxy's page</html>", Verdict.OUR_FAULT),
        (400, b'{"error": "a string"}', Verdict.OUR_FAULT),
        (413, b"", Verdict.OUR_FAULT),
    ],
)
def test_the_detail_decides_and_not_the_status_alone(status: int, answer: bytes, verdict: Verdict) -> None:
    assert read(status, answer) is verdict


@given(st.integers(min_value=100, max_value=599), st.binary(max_size=200))
def test_any_answer_has_a_meaning(status: int, answer: bytes) -> None:
    assert read(status, answer) in Verdict


@given(st.integers(min_value=300, max_value=499), st.binary(max_size=200))
def test_garbage_never_kills_a_token(status: int, answer: bytes) -> None:
    assert read(status, answer) is not Verdict.DEAD_TOKEN


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("30", 30.0), (" 0 ", 0.0), ("Thu, 01 Jan 1970 00:01:00 GMT", 50.0), ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0)],
)
def test_retry_after_comes_as_seconds_or_as_a_date(value: str, seconds: float) -> None:
    assert retry_after({"retry-after": value}, 10.0) == seconds


@pytest.mark.parametrize("value", ["", "soon", "-5", "1.5", "²"])
def test_a_retry_after_that_says_nothing_asks_for_nothing(value: str) -> None:
    assert retry_after({"retry-after": value}, 10.0) is None


@pytest.mark.pitfall(22)
def test_the_golden_call_of_our_own_app() -> None:
    data = payloads.call(Profile.RINGFENCE, REF, 1_800_000_060, box=bytes(range(9)), call_id="secret@pbx")
    assert body("TOKEN", data, urgent=True, ttl=60) == (
        b'{"message":{"android":{"priority":"HIGH","ttl":"60s"},'
        b'"data":{"box":"AAECAwQFBgcI","by":"1800000060","call":"abcdefghijklmnopqrstuvwxyz","v":"1"},'
        b'"token":"TOKEN"}}'
    )


@pytest.mark.pitfall(16)
@pytest.mark.pitfall(22)
def test_the_golden_call_of_a_linphone_build() -> None:
    data = payloads.call(Profile.LINPHONE, REF, 1_800_000_060, box=b"", call_id="abc@pbx")
    assert body("TOKEN", data, urgent=True, ttl=60) == (
        b'{"message":{"android":{"priority":"HIGH","ttl":"60s"},'
        b'"data":{"call-id":"abc@pbx","display-name":"","from-uri":"","loc-args":"","loc-key":"IC_MSG",'
        b'"uuid":"abcdefghijklmnopqrstuvwxyz"},"token":"TOKEN"}}'
    )


@pytest.mark.pitfall(21)
def test_only_calls_are_urgent_and_nothing_is_a_notification() -> None:
    for data in (
        payloads.over(Profile.RINGFENCE, REF, missed=False),
        payloads.alert(Profile.RINGFENCE),
        payloads.warning(Profile.RINGFENCE, 1, visible=True),
    ):
        assert data is not None
        message = json.loads(body("TOKEN", data, urgent=False, ttl=5))["message"]
        assert message["android"] == {"priority": "NORMAL", "ttl": "5s"}
        assert set(message) == {"token", "data", "android"}


@pytest.mark.parametrize(("ttl", "said"), [(-1, "0s"), (0, "0s"), (3_000_000, "2419200s")])
def test_a_time_to_live_stays_in_the_range_that_fcm_takes(ttl: int, said: str) -> None:
    assert json.loads(body("T", {}, urgent=False, ttl=ttl))["message"]["android"]["ttl"] == said
