"""Notices: every datum of the data map is said, in every language, and nothing goes live without who is responsible."""

import dataclasses
import json

import pytest

from ringfence.declarations import Basis, Category, Flows, Keep, Purpose, Record, Registry, Source, personal
from ringfence.identifiers import ProviderId
from ringfence.privacy.datamap import Entry, EntryKind, entries, kept, said
from ringfence.privacy.notices import (
    ACTIVITY_OF,
    CATALOGUES,
    Activity,
    Catalogue,
    NamedRecipient,
    Notices,
    PolicyIncomplete,
    UnknownProvider,
    languages,
)
from tests.unit.privacy.notices.texts import POLICY, changed, current, known, text, unkept

LANGUAGES = languages(CATALOGUES)
RIGHTS = ("access", "rectify", "erase", "restrict", "carry", "object", "machine")
PEOPLE = [entry for entry in entries() if entry.category is not None]
"""The data map but for flows that name nobody."""


def key(entry: Entry) -> str:
    return entry.table if entry.kind is EntryKind.FLOW else f"{entry.table}.{entry.field}"


@pytest.mark.promise("ZOI-01")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_datum_of_the_data_map_has_its_sentence(language: str) -> None:
    notice = known(language)
    sentences = {sentence for paragraph in notice.notice for sentence in paragraph.sentences}
    assert set(notice.bound) == {key(entry) for entry in PEOPLE}
    assert set(notice.bound.values()) <= sentences
    everything = " ".join(notice.bound.values())
    many = Catalogue.load(CATALOGUES, language).text("data.many")
    for entry in PEOPLE:
        assert entry.category
        sentence = notice.bound[key(entry)]
        assert said(entry.category, language) in (everything if many in sentence else sentence)


@pytest.mark.promise("ZOI-07")
@pytest.mark.promise("ACR-02")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_datum_stands_under_its_purpose_and_basis_with_source_term_and_recipient(language: str) -> None:
    notice = known(language)
    words = Catalogue.load(CATALOGUES, language)
    need = {basis: words.text(f"data.need.{basis.value}") for basis in Basis}
    for entry in PEOPLE:
        sentence = notice.bound[key(entry)]
        paragraph = next(each for each in notice.notice if sentence in each.sentences)
        assert paragraph.heading == said(entry.purpose, language).rstrip(".")
        assert paragraph.sentences[0].endswith(said(entry.purpose.basis, language))
        assert need[entry.purpose.basis] == paragraph.sentences[1]
        assert said(entry.source, language) in sentence
        if entry.retention != Keep.WHILE_REACHABLE.sentence:
            assert kept(entry, language)[0] in sentence
        if entry.kind is EntryKind.FLOW:
            assert said(entry.recipients[0], language) in sentence


@pytest.mark.promise("ACR-02")
@pytest.mark.promise("ACR-14")
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_notice_names_who_answers_who_receives_and_where_to_complain(language: str) -> None:
    shown = text(known(language))
    country = Catalogue.load(CATALOGUES, language).text("country.US")
    for fact in (
        "Example Telecom GmbH, Berlin",
        "dpo@example.net",
        "BfDI, Bonn",
        "Push Inc.",
        country,
        "EU-US Data Privacy Framework",
    ):
        assert fact in shown
    assert "{" not in shown


@pytest.mark.promise("ACR-02")
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_notice_names_every_right(language: str) -> None:
    shown = text(known(language))
    for right in RIGHTS:
        assert Catalogue.load(CATALOGUES, language).text(f"rights.{right}") in shown


def test_withdrawing_is_a_right_where_something_rests_on_consent(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "withdraw a consent" not in text(current("en"))
    monkeypatch.setattr(Purpose.SHOW_MISSED, "basis", Basis.CONSENT)
    assert "withdraw a consent" in text(current("en"))


@pytest.mark.promise("ACR-05")
@pytest.mark.promise("ACR-06")
def test_removing_the_app_is_a_request_for_erasure_and_seven_days_are_the_most() -> None:
    shown = text(current("en", changed(reachable_days=6)))
    assert "Removing the app is a request for erasure too; you need not write to anybody." in shown
    assert "what wakes it is erased 6 days after it was last heard of" in shown
    assert "Seven days after you stopped using the service, removed the app or asked, at the latest" in shown


@pytest.mark.promise("ZOI-02")
@pytest.mark.promise("ACR-08")
def test_the_password_is_said_to_be_kept_only_as_a_secret_that_works_like_it() -> None:
    password = next(part for part in current("en").notice if part.heading == "Your SIP password")
    kept_as, works, use = password.sentences
    assert kept_as.startswith("Your password is never stored.")
    assert "works like the password" in works
    assert use.startswith("It serves to register your account")
    assert use.endswith("and nothing else.")


@pytest.mark.promise("ACR-03")
def test_what_the_installation_does_not_do_is_not_spoken_of() -> None:
    does, does_not = text(current("en")), text(current("en", registry=unkept()))
    for said_only_where_true in ("SIP password", "we ask the push service", "If you do not use push"):
        assert said_only_where_true in does
        assert said_only_where_true not in does_not


@pytest.mark.promise("ACR-04")
def test_the_text_says_who_is_controller_and_who_processor() -> None:
    own, operated = text(current("en")), text(current("en", changed(operator="Host AG")))
    service = "The telephone service: Example Telecom GmbH, Berlin decides about it"
    assert f"{service}, alone (the controller)." in own
    assert "(the processor)" not in own
    assert f"{service} (the controller). Host AG works on its instructions only (the processor)." in operated


@pytest.mark.promise("ACR-04")
@pytest.mark.parametrize("language", LANGUAGES)
def test_roles_are_told_activity_by_activity(language: str) -> None:
    policy = changed(operator="Host AG", operator_decides=(Activity.RIGHTS,))
    words = Catalogue.load(CATALOGUES, language)
    told = next(part for part in known(language, policy).notice if part.heading == words.text("roles.heading"))
    activities = {ACTIVITY_OF[entry.purpose] for entry in PEOPLE}
    assert len(told.said) == len(activities)
    assert {sentence.key for sentence in told.said} == {"roles.decides", "roles.works"}
    for sentence in told.said:
        (activity,) = {each for each in activities if sentence.text.startswith(words.text(f"activity.{each.value}"))}
        assert sentence.key == ("roles.decides" if activity is Activity.RIGHTS else "roles.works")
        assert sentence.about == tuple(
            dict.fromkeys(key(entry) for entry in PEOPLE if ACTIVITY_OF[entry.purpose] is activity)
        )


def test_every_purpose_belongs_to_an_activity() -> None:
    assert set(ACTIVITY_OF) == set(Purpose)


def test_an_operator_decides_only_where_there_is_one() -> None:
    with pytest.raises(PolicyIncomplete):
        changed(operator_decides=(Activity.STAFF,))


def test_only_what_rests_on_consent_is_a_choice() -> None:
    with pytest.raises(PolicyIncomplete):
        changed(offers=(Purpose.WAKE_DEVICE,))


@pytest.mark.promise("ACR-16")
@pytest.mark.parametrize("setting", ["controller", "privacy_officer", "supervisory_authority", "name", "country"])
def test_no_provider_goes_live_without_who_is_responsible(setting: str) -> None:
    with pytest.raises(PolicyIncomplete) as refused:
        changed(**{setting: "  "})
    assert refused.value.facts == {"provider": "example", "setting": setting}


def test_a_recipient_has_a_legal_role() -> None:
    with pytest.raises(PolicyIncomplete):
        NamedRecipient("Push Inc.", "US", "friend")


@pytest.mark.promise("ACR-01")
def test_the_terms_say_that_nothing_works_until_they_are_agreed_to() -> None:
    agreeing = next(part for part in current("en").terms if part.heading == "What agreeing means")
    assert "Until you agree, nothing works and nothing of yours is stored." in agreeing.sentences


def test_a_recipient_inside_the_territory_needs_no_mechanism_in_the_text() -> None:
    shown = text(current("en", changed(recipients=(NamedRecipient("Mail GmbH", "DE", "processor"),))))
    assert "Mail GmbH (Germany), as a processor, on instructions only." in shown
    assert "The transfer to that country" not in shown


def test_where_nobody_receives_anything_the_text_says_so() -> None:
    assert "No other company receives anything about you." in text(current("en", changed(recipients=())))


def test_a_country_without_a_name_stands_as_its_code() -> None:
    assert "Push Inc. (ZZ)" in text(current("en", changed(recipients=(NamedRecipient("Push Inc.", "ZZ", "person"),))))


def test_the_policys_term_stands_in_the_text() -> None:
    six = changed(reachable_days=6)
    assert "6 days after the device was last heard of" in text(current("en", six))
    assert "6 Tage nach dem letzten Lebenszeichen" in text(current("de", six))


def test_a_new_field_is_another_version_of_the_notice_and_not_of_the_terms() -> None:
    before, after = Registry(Flows()), Registry(Flows())

    class Small(Record, table="small", number=1, keep=Keep.EVIDENCE, registry=before):
        old: str = personal(1, Category.MESSAGE, Purpose.DELIVER_CALL, Source.PBX)

    class Larger(Record, table="small", number=1, keep=Keep.EVIDENCE, registry=after):
        old: str = personal(1, Category.MESSAGE, Purpose.DELIVER_CALL, Source.PBX)
        new: str = personal(2, Category.ACTIVITY, Purpose.SECURE, Source.DEVICE)

    old, new = current("en", registry=before), current("en", registry=after)
    assert old.notice_version != new.notice_version
    assert old.terms_version == new.terms_version
    assert Small.declaration.table is not Larger.declaration.table


def test_another_controller_is_another_version() -> None:
    other = changed(controller="Other GmbH, Bonn")
    assert current("en", other).notice_version != current("en").notice_version


def test_the_version_is_the_same_in_all_languages_and_stays_while_nothing_changes() -> None:
    notices = Notices([POLICY])
    versions = notices.versions(POLICY.id)
    for language in LANGUAGES:
        notice = notices.current(POLICY.id, language)
        assert (notice.notice_version, notice.terms_version) == (versions.notice, versions.terms)
    assert versions == Notices([POLICY]).versions(POLICY.id)
    assert {len(version) for version in (versions.notice, versions.terms)} == {64}


def test_what_is_declared_after_the_start_and_before_the_first_reader_is_in_the_text() -> None:
    registry = Registry(Flows())
    notices = Notices([POLICY], registry=registry)

    class Late(Record, table="late", number=1, keep=Keep.EVIDENCE, registry=registry):
        said: str = personal(1, Category.MESSAGE, Purpose.DELIVER_CALL, Source.PBX)

    assert set(notices.current(POLICY.id, "en").bound) == {f"{Late.declaration.name}.said"}


def test_a_language_that_we_do_not_speak_is_answered_in_english() -> None:
    assert current("xx").language == "en"


def test_an_unknown_provider_has_no_notice() -> None:
    with pytest.raises(UnknownProvider):
        Notices([POLICY]).versions(ProviderId("stranger"))


def test_a_notice_can_be_sent_as_json() -> None:
    assert json.dumps(dataclasses.asdict(current("en")))
