"""What others ask the law: ages, exceptions, grounds, heirs, documents, the page."""

import datetime as dt
from dataclasses import fields

import pytest

from ringfence.privacy.law import Copies, Law, UnknownRule, page
from ringfence.privacy.law.table import Table

LAW = Law.load()
KINDS = (
    *("access", "portability", "rectification", "restriction", "lift_restriction"),
    *("objection", "erasure", "withdrawal", "complaint", "recipients"),
)


@pytest.mark.promise("ZOI-25")
def test_denmark_raised_its_age_with_the_year_2024() -> None:
    assert LAW.country("DK", dt.date(2023, 12, 31)).child_age == 13
    assert LAW.country("DK", dt.date(2024, 1, 1)).child_age == 15


@pytest.mark.promise("ZOI-25")
def test_the_stricter_of_policy_and_country_counts() -> None:
    assert LAW.country("DE").age_of_consent(13) == 16
    assert LAW.country("SE").age_of_consent(16) == 16
    assert LAW.country("SE").age_of_consent(13) == 13


def names(kind: str, country: str | None = None) -> set[str]:
    return {row.name for row in LAW.exceptions_for(kind, country)}


@pytest.mark.promise("ZOI-22")
def test_an_erasure_is_refused_by_an_exception_and_never_by_a_ground_of_article_6() -> None:
    assert {"17-3-a", "17-3-b", "17-3-c", "17-3-d", "17-3-e", "12-5", "11-2", "18-2"} == names("erasure")
    grounds = {row.name for row in LAW.grounds}
    assert not any(grounds & names(kind, country) for kind in KINDS for country in LAW.countries())
    assert {f"6-1-{letter}" for letter in "abcdef"} == grounds


def test_a_national_exception_holds_in_its_country_only() -> None:
    assert "bdsg-34" in names("access", "DE")
    assert "bdsg-34" not in names("access", "AT")
    assert "bdsg-34" not in names("access")


@pytest.mark.parametrize("kind", KINDS)
def test_whoever_has_shown_who_they_are_is_not_told_that_they_can_not_be_identified(kind: str) -> None:
    for country in LAW.countries():
        proven = {row.name for row in LAW.exceptions_for(kind, country, proven=True)}
        assert proven == names(kind, country) - {"11-2"}


def test_an_exception_holds_from_its_first_day() -> None:
    assert "dsg-26" not in {row.name for row in LAW.exceptions_for("access", "CH", dt.date(2023, 8, 31))}
    assert "dsg-26" in {row.name for row in LAW.exceptions_for("access", "CH", dt.date(2023, 9, 1))}


@pytest.mark.promise("ZOI-22")
def test_withdrawing_consent_and_complaining_can_never_be_refused() -> None:
    for country in LAW.countries():
        assert not names("withdrawal", country)
        assert not names("complaint", country)


def test_an_exception_says_what_its_refusal_must_say() -> None:
    assert LAW.exception("17-3-b").needs == ("statute", "until")
    assert LAW.ground("6-1-f").title == "legitimate interests"
    for unknown in (LAW.exception, LAW.ground):
        with pytest.raises(UnknownRule):
            unknown("6-1-g")


def test_who_may_ask_about_the_dead_is_the_countrys_to_say() -> None:
    died, on = dt.date(2010, 3, 1), dt.date(2026, 3, 1)
    assert LAW.country("IT").heirs.may("heirs", "erasure", died=died, on=on)
    assert not LAW.country("BG").heirs.may("heirs", "erasure", died=died, on=on)
    assert not LAW.country("SE").heirs.may("heirs", "access", died=died, on=on)


def test_what_may_be_asked_about_the_dead_may_end() -> None:
    heirs = LAW.country("DK").heirs
    assert heirs.may("heirs", "access")
    assert heirs.may("heirs", "access", died=dt.date(2016, 2, 29), on=dt.date(2026, 2, 28))
    assert not heirs.may("heirs", "access", died=dt.date(2016, 2, 29), on=dt.date(2026, 3, 1))


def test_where_copies_are_forbidden_a_document_is_only_seen() -> None:
    assert LAW.country("PL").documents.copies is Copies.SEEN_ONLY
    assert not LAW.country("PL").documents.copy_allowed
    assert LAW.country("FR").documents.copy_allowed
    assert LAW.country("FR").documents.seen_suffices


def test_germanys_authority_is_the_federal_one_for_telecommunications() -> None:
    authority = LAW.country("DE").authority
    assert "(BfDI)" in authority.name
    assert "Land" in authority.note


def test_a_name_in_another_script_is_latin_for_all_but_its_own_readers() -> None:
    bulgaria, germany = LAW.country("BG"), LAW.country("DE")
    assert bulgaria.authority.name_in("bg") == bulgaria.authority.name
    assert bulgaria.authority.name_in("cs") == "Commission for Personal Data Protection"
    assert "Sofia" in bulgaria.authority.address_in("en")
    assert "София" in bulgaria.authority.address_in("bg")
    assert bulgaria.court.name_in("de").startswith("Administrativen sad")
    assert LAW.country("GR").court.name_in("bg").startswith("Monomeles")
    assert germany.authority.name_in("bg") == germany.authority.name
    assert germany.court.name_in("en") == germany.court.name


def test_the_page_shows_every_row_and_says_what_nobody_checked() -> None:
    text = page()
    assert "Nothing here is legal advice" in text
    tables = [table for field in fields(LAW) if isinstance(table := getattr(LAW, field.name), Table)]
    assert text.count("\n| ") == sum(2 + len(list(table)) for table in tables)
    assert "| DK | 15 | Databeskyttelsesloven § 6(2) | 2024-01-01 |  | yes |  |" in text
    assert "**unchecked**" in text
    assert page(LAW) == text
