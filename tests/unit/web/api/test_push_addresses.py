"""Where an app is pushed, as it tells us: a token, the two tokens of iOS, a subscription."""

import json

import pytest
from pydantic import ValidationError

from ringfence.services.wake import Platform
from ringfence.services.wake.address import check
from ringfence.web.api.bodies import PushTokenBody
from tests.doubles.subscriber import Subscriber
from tests.unit.web.api.conftest import Api, body_of

CALL, OTHER = "ab" * 32, "cd" * 32
BROWSER = Subscriber("https://push.test/canary")


def address(**said: object) -> str:
    return PushTokenBody.model_validate_json(json.dumps(said)).push_address()


def test_a_token_is_taken_as_it_is() -> None:
    assert address(push_token="token:1") == "token:1"


def test_the_two_tokens_of_an_ios_app_are_one_address() -> None:
    assert address(push_token=CALL) == CALL
    assert address(push_token=CALL, alert_token=OTHER) == f"{CALL}:voip&{OTHER}:remote"


def test_a_subscription_is_taken_as_browsers_write_it() -> None:
    text = address(push_subscription={**BROWSER.subscription(), "expirationTime": None})
    check(Platform.WEBPUSH, text)
    assert json.loads(text) == BROWSER.subscription()


def test_an_old_unifiedpush_app_has_no_keys() -> None:
    check(Platform.UNIFIEDPUSH, address(push_subscription={"endpoint": "https://ntfy.test/UP?id=1"}))


@pytest.mark.parametrize(
    "said", [{}, {"alert_token": OTHER}, {"push_token": "t", "push_subscription": BROWSER.subscription()}]
)
def test_neither_and_both_are_no_address(said: dict[str, object]) -> None:
    assert address(**said) == ""


@pytest.mark.parametrize(
    "subscription",
    [
        {"endpoint": "https://push.test/canary", "keys": {"p256dh": "canary"}},
        {"endpoint": "https://push.test/canary", "more": "canary"},
        {"endpoint": "https://push.test/canary" * 200},
        "https://push.test/canary",
    ],
)
def test_no_refusal_repeats_an_address(subscription: object) -> None:
    with pytest.raises(ValidationError) as refused:
        address(push_subscription=subscription)
    assert "canary" not in str(refused.value)


async def test_who_enrols_without_an_address_is_told_what_is_missing(served: Api) -> None:
    async with served.client() as client:
        answer = await client.post("/v1/enrolments", json=body_of(push_token=None))
    assert (answer.status_code, answer.json()["code"]) == (422, "push_token_unusable")


async def test_an_app_asks_with_what_it_subscribes(served: Api) -> None:
    async with served.client() as client:
        known = await client.get("/v1/apps/phone/push-key")
        unknown = await client.get("/v1/apps/canary/push-key")
    assert known.json() == {"application_server_key": ""}  # this one has a token
    assert (unknown.status_code, unknown.json()["code"]) == (422, "app_unknown")
    assert "canary" not in unknown.text
