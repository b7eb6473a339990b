"""At what a device is pushed: what is taken, which part carries what, and what a dead part leaves."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.services.wake import AcrobitsPart, Platform, PushTokenUnusable, Subscription, apple_text
from ringfence.services.wake.address import carrying, check, origin_of, without
from ringfence.services.wake.push import URGENT, PushKind
from tests.doubles.subscriber import Subscriber

CALL, OTHER = "ab" * 32, "cd" * 32
BROWSER = Subscriber("https://Push.test:8443/wpush/canary")
TUPLE = {"app": "net.example.voip", "token": "dG9rZW4="}
ACROBITS = json.dumps({"selector": "s", "call": TUPLE, "other": TUPLE | {"app": "other"}}, separators=(",", ":"))


@pytest.mark.pitfall(17)
@pytest.mark.parametrize("kind", PushKind)
def test_an_ios_token_for_calls_carries_what_wakes_at_once_and_nothing_else(kind: PushKind) -> None:
    both = apple_text(CALL, OTHER)
    assert carrying(Platform.APNS, both, kind) == (CALL if kind in URGENT else OTHER)
    assert carrying(Platform.APNS, CALL, kind) == (CALL if kind in URGENT else None)
    assert carrying(Platform.APNS, f"{OTHER}:remote&{CALL}:voip", kind) == carrying(Platform.APNS, both, kind)


@pytest.mark.pitfall(17)
def test_a_dead_ios_token_for_the_rest_leaves_the_one_for_calls() -> None:
    assert without(Platform.APNS, apple_text(CALL, OTHER), OTHER) == CALL
    assert without(Platform.APNS, apple_text(CALL, OTHER), CALL) is None


def test_an_acrobits_device_has_a_token_for_calls_and_one_for_the_rest() -> None:
    call, other = (carrying(Platform.ACROBITS, ACROBITS, kind) for kind in (PushKind.CALL, PushKind.QUIET))
    assert call == AcrobitsPart("net.example.voip", "dG9rZW4=", "s").text()
    assert other == AcrobitsPart("other", "dG9rZW4=", "s").text()
    left = without(Platform.ACROBITS, ACROBITS, other)
    assert left is not None
    assert carrying(Platform.ACROBITS, left, PushKind.QUIET) is None
    assert carrying(Platform.ACROBITS, left, PushKind.CALL) == call
    assert without(Platform.ACROBITS, ACROBITS, call) is None


def test_the_place_of_a_subscription_is_read_whatever_its_letters() -> None:
    assert origin_of(Platform.WEBPUSH, BROWSER.text()) == "https://push.test:8443"
    assert origin_of(Platform.FCM, "token") == ""


@pytest.mark.parametrize(
    ("platform", "text"),
    [
        (Platform.FCM, "dQw4w9WgXcQ:APA91b"),
        (Platform.APNS, CALL),
        (Platform.APNS, apple_text(CALL.upper(), OTHER)),
        (Platform.WEBPUSH, BROWSER.text()),
        (Platform.UNIFIEDPUSH, '{"endpoint":"https://ntfy.example.net/UP?id=1"}'),
        (Platform.ACROBITS, ACROBITS),
    ],
)
def test_what_push_services_give_out_is_taken(platform: Platform, text: str) -> None:
    check(platform, text)


def _subscription(**changed: object) -> str:
    return json.dumps(BROWSER.subscription() | changed, separators=(",", ":"))


@pytest.mark.parametrize(
    ("platform", "text"),
    [
        (Platform.APNS, "token"),
        (Platform.APNS, "ab" * 15),
        (Platform.APNS, "ab" * 101),
        (Platform.APNS, f"{CALL}:voip&{OTHER}:voip"),
        (Platform.APNS, f"{OTHER}:remote"),
        (Platform.APNS, f"{CALL}:voip&{OTHER}:other"),
        (Platform.APNS, f"{CALL}&"),
        (Platform.APNS, f"../{CALL}"),
        (Platform.WEBPUSH, "https://push.test/1"),
        (Platform.WEBPUSH, '{"endpoint":"https://push.test/1"}'),
        (Platform.WEBPUSH, _subscription(keys={"p256dh": "AAAA", "auth": "AAAA"})),
        (Platform.WEBPUSH, _subscription(keys={"p256dh": "\u00e4", "auth": "?"})),
        *((Platform.UNIFIEDPUSH, _subscription(endpoint=url)) for url in (
            "http://push.test/1", "https://user@push.test/1", "https://push.test/1#f", "https://", "ftp://push.test",
            "https://push.test:0/", "https://push.test:99999/", "https://[::1", "https://push.test\\@evil.test/",
            "https://" + "a" * 2_000, 7,
        )),
        (Platform.ACROBITS, "{}"),
        (Platform.ACROBITS, '{"selector":"s"}'),
    ],
)  # fmt: skip
def test_what_none_gives_out_is_refused(platform: Platform, text: str) -> None:
    with pytest.raises(PushTokenUnusable):
        check(platform, text)


@given(st.sampled_from(Platform), st.text())
def test_any_text_is_taken_or_refused(platform: Platform, text: str) -> None:
    try:
        check(platform, text)
    except PushTokenUnusable:
        return
    assert carrying(platform, text, PushKind.CALL)


def test_no_text_of_an_address_shows_it() -> None:
    assert "canary" not in repr(Subscription.parse(BROWSER.text()))
    assert "dG9rZW4" not in repr(AcrobitsPart("a", "dG9rZW4="))
