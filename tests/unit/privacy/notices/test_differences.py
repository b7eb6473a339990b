"""Differences: in plain words what is done otherwise, in every language, and nothing where only words changed."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from ringfence.clock import DAY
from ringfence.declarations import (
    Basis,
    Category,
    Flow,
    Flows,
    Keep,
    Medium,
    Purpose,
    Record,
    Registry,
    Role,
    Source,
    personal,
)
from ringfence.privacy.datamap import said
from ringfence.privacy.egress import LegalRole
from ringfence.privacy.notices import (
    CATALOGUES,
    Activity,
    Catalogue,
    Change,
    Edition,
    NamedRecipient,
    Notices,
    OwnParagraph,
    ProviderPolicy,
    differences,
    languages,
)
from tests.unit.privacy.notices.texts import POLICY, changed, unkept

LANGUAGES = languages(CATALOGUES)
ABROAD = NamedRecipient("Cloud Inc.", "US", "processor", ("Clauses",))
Declares = Callable[[Registry], object]


def made(policy: ProviderPolicy = POLICY, *declares: Declares) -> Edition:
    """The edition of an installation that keeps and passes what these declare; a call's time if none does."""
    registry = Registry(Flows())
    for declare in declares or (kept(),):
        declare(registry)
    return Notices([policy], registry=registry).edition(policy.id)


def kept(
    category: Category = Category.CALL_TIME,
    purpose: Purpose = Purpose.SHOW_MISSED,
    source: Source = Source.PBX,
    keep: Keep = Keep.SHORT_CALLS,
) -> Declares:
    def declare(registry: Registry) -> object:
        number = len(registry) + 1

        class Kept(Record, table=f"kept_{number}", number=number, keep=keep, registry=registry):
            datum: str = personal(1, category, purpose, source)

        return Kept

    return declare


def passed(category: Category = Category.CALL_TIME, to: Role = Role.PERSON) -> Declares:
    return lambda registry: Flow(
        name=f"passed.{to.value}",
        medium=Medium.SIP,
        carries=(category,),
        purpose=Purpose.SHOW_MISSED,
        source=Source.PBX,
        to=to,
        says="Something passes.",
        among=registry.flows,
    )


def with_terms(*keys: str) -> Edition:
    """An edition whose terms have only these clauses."""
    edition = made()
    texts = {
        language: dataclasses.replace(
            notice,
            terms=tuple(
                dataclasses.replace(part, said=tuple(each for each in part.said if each.key in keys))
                for part in notice.terms
            ),
        )
        for language, notice in edition.texts.items()
    }
    return dataclasses.replace(edition, texts=texts)


def policy(**settings: Any) -> Edition:  # names of fields
    return made(changed(**settings))


SHORT, LONG = made(POLICY, kept(keep=Keep.SHORT_CALLS)), made(POLICY, kept(keep=Keep.PACKAGE))
FOREVER = made(POLICY, kept(keep=Keep.WHILE_ENROLLED))
OWN = {"en": (OwnParagraph("Our promise", "Words."),)}
OTHER_OWN = {"en": (OwnParagraph("Our promise", "Other words."),)}
OPERATED = policy(operator="Host AG")
CLAUSES = ("terms.account.own", "terms.ending.you")

CASES: Mapping[Change, tuple[Edition, Edition, str]] = {
    Change.CONTROLLER: (made(), policy(controller="Other GmbH"), "Other GmbH"),
    Change.OFFICER: (made(), policy(privacy_officer="privacy@example.net"), "privacy@example.net"),
    Change.AUTHORITY: (made(), policy(supervisory_authority="CNIL"), "CNIL"),
    Change.OPERATOR: (made(), OPERATED, "Host AG"),
    Change.OPERATOR_GONE: (OPERATED, made(), "Host AG"),
    Change.DECIDES: (OPERATED, policy(operator="Host AG", operator_decides=(Activity.SECURITY,)), "Host AG"),
    Change.DECIDES_NO_MORE: (policy(operator="Host AG", operator_decides=(Activity.SECURITY,)), OPERATED, "Host AG"),
    Change.PLACE: (made(), policy(hosted_in="US"), ""),
    Change.FIRST_TRANSFER: (policy(recipients=()), policy(recipients=(ABROAD,)), "Cloud Inc."),
    Change.NEW_RECIPIENT: (made(), policy(recipients=(*POLICY.recipients, ABROAD)), "Cloud Inc."),
    Change.GONE_RECIPIENT: (policy(recipients=(*POLICY.recipients, ABROAD)), made(), "Cloud Inc."),
    Change.RECIPIENT_ROLE: (
        policy(recipients=(ABROAD,)),
        policy(recipients=(dataclasses.replace(ABROAD, role=LegalRole.CONTROLLER),)),
        "Cloud Inc.",
    ),
    Change.RECIPIENT_MOVED: (
        policy(recipients=(ABROAD,)),
        policy(recipients=(dataclasses.replace(ABROAD, country="IN"),)),
        "Cloud Inc.",
    ),
    Change.MECHANISM: (
        policy(recipients=(ABROAD,)),
        policy(recipients=(dataclasses.replace(ABROAD, mechanisms=("Other clauses",)),)),
        "Other clauses",
    ),
    Change.BLOCKED: (
        policy(recipients=(ABROAD,)),
        policy(recipients=(dataclasses.replace(ABROAD, mechanisms=(), abroad=True),)),
        "Cloud Inc.",
    ),
    Change.NEW_DATA: (made(), made(POLICY, kept(), kept(Category.CALLER)), ""),
    Change.GONE_DATA: (made(POLICY, kept(), kept(Category.CALLER)), made(), ""),
    Change.NEW_PURPOSE: (made(), made(POLICY, kept(), kept(purpose=Purpose.SECURE)), ""),
    Change.GONE_PURPOSE: (made(POLICY, kept(), kept(purpose=Purpose.SECURE)), made(), ""),
    Change.KEPT_LONGER: (SHORT, LONG, "23"),
    Change.KEPT_SHORTER: (LONG, SHORT, "23"),
    Change.KEPT_OTHERWISE: (SHORT, FOREVER, ""),
    Change.NEW_RECEIVER: (made(), made(POLICY, kept(), passed()), ""),
    Change.GONE_RECEIVER: (made(POLICY, kept(), passed()), made(), ""),
    Change.NEW_SOURCE: (made(), made(POLICY, kept(), kept(source=Source.DEVICE)), ""),
    Change.AGE: (made(), policy(minimum_age=18), "18"),
    Change.NEW_CHOICE: (made(), policy(offers=(Purpose.USE_LOCATION,)), ""),
    Change.GONE_CHOICE: (policy(offers=(Purpose.USE_LOCATION,)), made(), ""),
    Change.OWN_PARAGRAPH: (made(), policy(paragraphs=OWN), "Our promise"),
    Change.OWN_PARAGRAPH_GONE: (policy(paragraphs=OWN), made(), "Our promise"),
    Change.NEW_CLAUSE: (with_terms(CLAUSES[0]), with_terms(*CLAUSES), ""),
    Change.GONE_CLAUSE: (with_terms(*CLAUSES), with_terms(CLAUSES[0]), ""),
}


def test_each_kind_of_change_has_its_case() -> None:
    assert set(CASES) == set(Change)


@pytest.mark.promise("APP-10")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("change", Change)
def test_a_change_is_found_and_said_in_plain_words(change: Change, language: str) -> None:
    old, new, fact = CASES[change]
    found = [each for each in differences(old, new, language) if each.change is change]
    (difference,) = found
    words = Catalogue.load(CATALOGUES, language)
    beginning = words.text(f"change.{change.value}").split("{")[0]
    assert difference.text.startswith(beginning)
    assert difference.text.count(" ") > 1
    assert fact in difference.text
    assert "{" not in difference.text


@pytest.mark.parametrize("change", [each for each in Change if each is not Change.FIRST_TRANSFER])
def test_a_change_is_told_once_and_nothing_else_is(change: Change) -> None:
    old, new, _ = CASES[change]
    others = {each.change for each in differences(old, new, "en")} - {change}
    assert others <= {Change.FIRST_TRANSFER}


@pytest.mark.promise("ZOI-21")
def test_a_first_transfer_abroad_is_told_as_such_and_a_second_is_not() -> None:
    first = {each.change for each in differences(policy(recipients=()), policy(recipients=(ABROAD,)), "en")}
    second = {each.change for each in differences(made(), policy(recipients=(*POLICY.recipients, ABROAD)), "en")}
    blocked = policy(recipients=(dataclasses.replace(ABROAD, mechanisms=(), abroad=True),))
    assert {each.change for each in differences(blocked, policy(recipients=(ABROAD,)), "en")} == {Change.MECHANISM}
    assert first == {Change.FIRST_TRANSFER, Change.NEW_RECIPIENT}
    assert second == {Change.NEW_RECIPIENT}


@pytest.mark.parametrize("language", LANGUAGES)
def test_how_much_longer_is_told_in_days(language: str) -> None:
    (difference,) = differences(SHORT, LONG, language)
    words = Catalogue.load(CATALOGUES, language)
    assert words.count("days", 23) in difference.text
    assert words.count("days", 30) in difference.text
    assert said(Category.CALL_TIME, language) in difference.text


def test_days_take_the_form_that_czech_has_for_them() -> None:
    words = Catalogue.load(CATALOGUES, "cs")
    assert [words.count("days", number) for number in (1, 3, 5)] == ["1 den", "3 dny", "5 dní"]
    assert Catalogue.load(CATALOGUES, "fr").count("days", 0) == "0 jour"


def test_the_policys_own_term_counts() -> None:
    three = made(POLICY, kept(keep=Keep.WHILE_REACHABLE))
    six = made(changed(reachable_days=6), kept(keep=Keep.WHILE_REACHABLE))
    (difference,) = differences(three, six, "en")
    assert difference.text.startswith("Kept longer, by 3 days")


@pytest.mark.promise("APP-10")
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_told_where_only_wording_changed(language: str) -> None:
    edition = made()
    notice = edition.texts["en"]
    reworded = tuple(
        dataclasses.replace(part, said=tuple(dataclasses.replace(each, text="Other words.") for each in part.said))
        for part in notice.terms
    )
    other = dataclasses.replace(edition, texts={**edition.texts, "en": dataclasses.replace(notice, terms=reworded)})
    assert other.digest != edition.digest
    assert differences(edition, other, language) == ()
    assert differences(edition, edition, language) == ()


def test_a_field_more_of_a_kind_that_is_known_is_no_change_for_anybody() -> None:
    assert differences(made(), made(POLICY, kept(), kept()), "en") == ()


@pytest.mark.promise("IPS-02")
def test_what_rests_on_consent_differs_as_a_choice_only() -> None:
    with_contacts = made(POLICY, kept(), kept(Category.NAME, Purpose.SYNC_CONTACTS))
    assert differences(made(), with_contacts, "en") == ()
    offered = made(changed(offers=(Purpose.SYNC_CONTACTS,)), kept(), kept(Category.NAME, Purpose.SYNC_CONTACTS))
    (difference,) = differences(made(), offered, "en")
    assert difference.change is Change.NEW_CHOICE
    assert not difference.material
    assert "It is off, and saying no ends nothing." in difference.text


def test_what_no_longer_rests_on_consent_is_a_new_purpose(monkeypatch: pytest.MonkeyPatch) -> None:
    old = made(POLICY, kept(), kept(purpose=Purpose.COUNT_USAGE))
    monkeypatch.setattr(Purpose.COUNT_USAGE, "basis", Basis.CONTRACT)
    new = made(POLICY, kept(), kept(purpose=Purpose.COUNT_USAGE))
    assert [each.change for each in differences(old, new, "en")] == [Change.NEW_PURPOSE]


def test_a_choice_that_stays_is_not_told_again() -> None:
    location, both = (Purpose.USE_LOCATION,), (Purpose.USE_LOCATION, Purpose.MARKETING)
    assert [each.change for each in differences(policy(offers=location), policy(offers=both), "en")] == [
        Change.NEW_CHOICE
    ]
    assert [each.change for each in differences(policy(offers=both), policy(offers=location), "en")] == [
        Change.GONE_CHOICE
    ]


def test_words_that_the_provider_changed_itself_count_once_by_heading() -> None:
    (difference,) = differences(policy(paragraphs=OWN), policy(paragraphs=OTHER_OWN), "en")
    assert difference.change is Change.OWN_PARAGRAPH


def test_a_clause_is_told_in_the_words_of_the_edition_that_has_it() -> None:
    old, new, _ = CASES[Change.NEW_CLAUSE]
    clause = Catalogue.load(CATALOGUES, "en").text("terms.ending.you")
    assert clause in differences(old, new, "en")[0].text
    assert clause in differences(new, old, "en")[0].text


def test_a_word_that_a_later_release_no_longer_has_is_told_by_its_code() -> None:
    old = made()
    line = dataclasses.replace(old.map[0], category="telepathy")
    (difference,) = differences(old, dataclasses.replace(old, map=(*old.map, line)), "en")
    assert "telepathy" in difference.text


def test_a_country_without_a_name_is_told_by_its_code() -> None:
    (difference,) = differences(made(), policy(hosted_in="ZZ"), "en")
    assert difference.text.endswith("ZZ")


def test_a_language_that_we_do_not_speak_is_told_in_english() -> None:
    assert differences(SHORT, LONG, "xx") == differences(SHORT, LONG, "en")


def test_what_could_make_somebody_leave_is_material() -> None:
    harmless = {
        Change.OFFICER, Change.AUTHORITY, Change.OPERATOR_GONE, Change.DECIDES_NO_MORE, Change.GONE_RECIPIENT,
        Change.MECHANISM, Change.BLOCKED, Change.GONE_DATA,
        Change.GONE_PURPOSE, Change.KEPT_SHORTER, Change.GONE_RECEIVER,
        Change.NEW_CHOICE, Change.GONE_CHOICE, Change.OWN_PARAGRAPH_GONE,
    }  # fmt: skip
    assert {change for change in Change if not change.material} == harmless


def test_the_map_of_an_edition_knows_how_long_in_seconds() -> None:
    (line,) = SHORT.map
    assert (line.keep, line.seconds) == ("SHORT_CALLS", 7 * DAY)
    assert all(line.keep == "" for line in Notices([POLICY], registry=unkept()).edition(POLICY.id).map)
