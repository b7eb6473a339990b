"""Notices: every entry of the data map is said, in every language, and nothing goes live without who is responsible."""

import dataclasses
import json

import pytest

from ringfence.app.records import DECLARING
from ringfence.declarations import (
    REGISTRY,
    Basis,
    Category,
    Flows,
    Keep,
    Purpose,
    Record,
    Registry,
    Role,
    Source,
    personal,
)
from ringfence.identifiers import ProviderId
from ringfence.privacy.datamap import EntryKind, entries
from ringfence.privacy.notices import (
    NamedRecipient,
    Notice,
    Notices,
    PolicyIncomplete,
    ProviderPolicy,
    UnknownProvider,
)
from ringfence.privacy.notices.catalogue import LANGUAGES, TextMissing, catalogue, say, word

assert DECLARING

POLICY = ProviderPolicy(
    id=ProviderId("example"), name="Example Telecom", controller="Example Telecom GmbH, Berlin",
    privacy_officer="dpo@example.net", supervisory_authority="BfDI, Bonn", country="DE", minimum_age=16,
    recipients=(NamedRecipient("Push Inc.", "US", "processor", ("EU-US Data Privacy Framework",)),),
)  # fmt: skip


def current(language: str, policy: ProviderPolicy = POLICY, registry: Registry = REGISTRY) -> Notice:
    return Notices([policy], registry=registry).current(policy.id, language)


def text(notice: Notice) -> str:
    return "\n".join(line for part in (*notice.notice, *notice.terms) for line in (part.heading, *part.sentences))


@pytest.mark.promise("ZOI-01")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_entry_of_the_data_map_has_its_sentence(language: str) -> None:
    notice = current(language)
    shown = text(notice)
    keys = {
        entry.table if entry.kind is EntryKind.FLOW else f"{entry.table}.{entry.field}" for entry in entries(REGISTRY)
    }
    assert set(notice.bound) == keys
    for entry in entries(REGISTRY):
        key = entry.table if entry.kind is EntryKind.FLOW else f"{entry.table}.{entry.field}"
        assert notice.bound[key] in shown
        if entry.category is not None:
            assert word(language, entry.category) in notice.bound[key]


@pytest.mark.promise("ZOI-07")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kept_datum_names_its_purpose_basis_source_and_term(language: str) -> None:
    notice = current(language)
    for entry in entries(REGISTRY):
        if entry.kind is EntryKind.COLUMN:
            sentence = notice.bound[f"{entry.table}.{entry.field}"]
            assert word(language, entry.purpose) in sentence
            assert word(language, entry.purpose.basis) in sentence
            assert word(language, entry.source) in sentence


@pytest.mark.promise("ACR-02")
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_notice_names_all_that_it_must(language: str) -> None:
    shown = text(current(language))
    for fact in (
        "Example Telecom GmbH, Berlin", "dpo@example.net", "BfDI, Bonn", "Push Inc.", "DE", "US", "16",
        "EU-US Data Privacy Framework",
    ):  # fmt: skip
        assert fact in shown
    headings = [part.heading for part in current(language).notice]
    assert headings == [
        say(language, section, "heading")
        for section in ("who", "held", "flows", "recipients", "erasure", "rights", "needed")
    ]
    for key in ("access", "rectify", "complain"):
        assert say(language, "rights", key).split("{")[0] in shown
    assert "{" not in shown


@pytest.mark.promise("ACR-04")
def test_the_text_says_who_is_controller_and_who_processor() -> None:
    assert "runs this installation itself" in text(current("en"))
    operated = text(current("en", dataclasses.replace(POLICY, operator="Host AG")))
    assert "Host AG runs this installation as a processor for Example Telecom" in operated


@pytest.mark.promise("ACR-16")
@pytest.mark.parametrize("setting", ["controller", "privacy_officer", "supervisory_authority", "name", "country"])
def test_no_provider_goes_live_without_who_is_responsible(setting: str) -> None:
    with pytest.raises(PolicyIncomplete) as refused:
        dataclasses.replace(POLICY, **{setting: "  "})  # type: ignore[arg-type]  # these fields are texts
    assert refused.value.facts == {"provider": "example", "setting": setting}


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


def test_the_version_is_the_same_in_all_languages_and_stays_while_nothing_changes() -> None:
    assert len({(current(language).notice_version, current(language).terms_version) for language in LANGUAGES}) == 1
    notices = Notices([POLICY])
    assert notices.versions(POLICY.id).notice == current("de").notice_version
    assert notices.current(POLICY.id, "de") is notices.current(POLICY.id, "de")


def test_the_policys_term_stands_in_the_text() -> None:
    six = dataclasses.replace(POLICY, reachable_days=6)
    assert "6 days after the device was last heard of" in text(current("en", six))
    assert "6 Tage nach dem letzten Lebenszeichen" in text(current("de", six))


def test_a_language_that_we_do_not_speak_is_answered_in_english() -> None:
    assert current("fr").language == "en"


def test_an_unknown_provider_has_no_notice() -> None:
    with pytest.raises(UnknownProvider):
        Notices([POLICY]).versions(ProviderId("stranger"))


def test_a_recipient_inside_the_territory_needs_no_mechanism_in_the_text() -> None:
    home = dataclasses.replace(POLICY, recipients=(NamedRecipient("Mail GmbH", "DE", "processor"),))
    assert "Mail GmbH (DE), processor." in text(current("en", home))


def test_the_catalogues_say_the_same_things() -> None:
    english, german = catalogue("en"), catalogue("de")
    translated = {"category", "purpose", "basis", "source", "role", "keep", "flow_says", "flow_rests"}
    assert set(german) - set(english) <= translated
    for section in set(english) - translated:
        assert set(german[section]) == set(english[section])


@pytest.mark.parametrize("vocabulary", [Category, Purpose, Basis, Source, Role, Keep])
def test_every_word_of_the_declarations_is_said_in_german_and_no_other(
    vocabulary: type[Category | Purpose | Basis | Source | Role | Keep],
) -> None:
    said = set(catalogue("de")[vocabulary.__name__.lower()])
    assert said == {member.name.lower() if vocabulary is Keep else member.value for member in vocabulary}


def test_every_flow_is_said_in_german_and_no_other() -> None:
    names = {flow.name for flow in REGISTRY.flows}
    assert set(catalogue("de")["flow_says"]) == set(catalogue("de")["flow_rests"]) == names


def test_a_text_that_is_missing_is_said_so() -> None:
    with pytest.raises(TextMissing):
        say("en", "who", "nobody")


def test_a_notice_can_be_sent_as_json() -> None:
    assert json.dumps(dataclasses.asdict(current("en")))
