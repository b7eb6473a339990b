"""What can be chosen, at which age, and what a browser says for somebody."""

import datetime as dt
import json

import pytest

from ringfence.declarations import Basis, Purpose
from ringfence.identifiers import ProviderId, RecipientId
from ringfence.privacy.consent import (
    GPC_HEADER,
    GPC_PATH,
    Channel,
    Choice,
    ConsentPolicy,
    Feature,
    PolicyUnusable,
    age_asked_for,
    age_of_consent,
    asks_not_to_sell,
    choices_of,
    gpc_document,
)
from ringfence.privacy.law import Law

PROVIDER = ProviderId("example")


@pytest.mark.promise("ZOI-25")
@pytest.mark.parametrize(("age", "lawful"), [(12, False), (13, True), (16, True), (18, True), (19, False)])
def test_nobody_may_ask_for_an_age_that_article_8_forbids(age: int, lawful: bool) -> None:
    if lawful:
        assert ConsentPolicy(PROVIDER, (), age).age == age
    else:
        with pytest.raises(PolicyUnusable):
            ConsentPolicy(PROVIDER, (), age)


@pytest.mark.promise("APP-05")
def test_each_purpose_on_consent_is_a_feature_of_its_own() -> None:
    on_consent = [purpose for purpose in Purpose if purpose.basis is Basis.CONSENT]
    assert [feature.purpose for feature in Feature] == on_consent
    assert [Feature.of(purpose).purpose for purpose in on_consent] == on_consent


@pytest.mark.parametrize("purpose", [purpose for purpose in Purpose if purpose.basis is not Basis.CONSENT])
def test_what_stands_on_another_basis_is_no_choice(purpose: Purpose) -> None:
    with pytest.raises(ValueError, match=purpose.name):
        Feature.of(purpose)


@pytest.mark.promise("ZOI-06", "ZOI-26")
def test_marketing_is_asked_for_partner_by_partner_and_channel_by_channel() -> None:
    cinema, bakery = RecipientId("cinema"), RecipientId("bakery")
    found = choices_of({Feature.MARKETING}, partners=[cinema, bakery], channels={Channel.SMS, Channel.MAIL})
    assert found == tuple(
        Choice(Feature.MARKETING, recipient, channel)
        for recipient in (None, cinema, bakery)
        for channel in (Channel.MAIL, Channel.SMS)
    )


def test_features_that_are_not_in_use_are_no_choice() -> None:
    assert choices_of({Feature.LOGS, Feature.CONTACTS}) == (Choice(Feature.CONTACTS), Choice(Feature.LOGS))
    assert choices_of(()) == ()


def test_settings_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(PolicyUnusable):
        choices_of({Feature.MARKETING})
    with pytest.raises(PolicyUnusable):
        choices_of({Feature.LOGS}, channels={Channel.MAIL})
    with pytest.raises(PolicyUnusable):
        choices_of({Feature.LOGS}, partners=[RecipientId("cinema")])
    for age in (12, 19):
        with pytest.raises(PolicyUnusable):
            ConsentPolicy(PROVIDER, (), age)


@pytest.mark.promise("ZOI-25", "CTP-16")
@pytest.mark.parametrize(
    ("country", "policy", "age"),
    [("SE", 13, 13), ("SE", 16, 16), ("DE", 13, 16), ("AT", 13, 14), ("CZ", 13, 15), ("FR", 16, 16)],
)
def test_the_age_is_the_higher_of_policy_and_law(country: str, policy: int, age: int) -> None:
    assert age_of_consent(policy, Law.load().country(country).child_age) == age


@pytest.mark.promise("ZOI-25")
def test_nobody_is_asked_for_their_age_where_consent_is_not_the_basis() -> None:
    assert age_asked_for([Purpose.ENROL, Purpose.SECURE], 16) is None
    assert age_asked_for([Purpose.ENROL, Purpose.SYNC_CONTACTS], 16) == 16


@pytest.mark.parametrize(("header", "says"), [("1", True), ("0", False), ("", False), ("1, 1", False), (None, False)])
def test_only_the_signal_is_the_signal(header: str | None, says: bool) -> None:
    assert asks_not_to_sell(header) is says


def test_a_server_says_that_it_honours_the_signal() -> None:
    body = gpc_document(dt.date(2026, 11, 22))
    assert json.loads(body) == {"gpc": True, "lastUpdate": "2026-11-22"}
    assert (GPC_HEADER, GPC_PATH) == ("sec-gpc", "/.well-known/gpc.json")
