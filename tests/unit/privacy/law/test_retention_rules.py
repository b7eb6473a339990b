"""Until when something is kept, and what a country's rules say of it."""

import datetime as dt

import pytest

from ringfence.privacy.law import InvoiceRule, Law, LawMisstated, Start, UnknownRule

LAW = Law.load()
D = dt.date


def rule(starts: Start, *, years: int = 0, months: int = 0, delay: int = 0) -> InvoiceRule:
    return InvoiceRule(
        country="*",
        article="made up",
        valid_from=D(2020, 1, 1),
        checked=False,
        starts=starts,
        years=years,
        months=months,
        delay_months=delay,
    )


@pytest.mark.promise("ZOI-09")
@pytest.mark.parametrize(
    ("country", "issued", "until"),
    [
        ("DE", D(2025, 3, 10), D(2033, 12, 31)),
        ("CH", D(2025, 3, 10), D(2035, 12, 31)),
        ("FR", D(2025, 3, 10), D(2035, 12, 31)),
        ("DK", D(2025, 3, 10), D(2030, 12, 31)),
        ("IT", D(2025, 3, 10), D(2035, 3, 10)),
        ("CZ", D(2025, 3, 10), D(2035, 3, 31)),
        ("RO", D(2025, 3, 10), D(2031, 6, 30)),
    ],
)
def test_an_invoice_is_kept_as_long_as_the_countrys_law_says(country: str, issued: D, until: D) -> None:
    assert LAW.country(country).invoice.until(issued) == until


@pytest.mark.promise("ZOI-09")
def test_germanys_eight_years_hold_from_2025_on() -> None:
    assert LAW.country("DE", D(2024, 12, 31)).invoice.years == 10
    assert LAW.country("DE", D(2025, 1, 1)).invoice.years == 8
    assert LAW.country("DE").invoice.years == 8


@pytest.mark.promise("ZOI-09")
def test_call_records_never_follow_the_invoices_term() -> None:
    for country in LAW.countries():
        rules = LAW.country(country)
        assert rules.traffic.until(D(2026, 1, 15)) <= rules.invoice.until(D(2026, 1, 15))
    assert LAW.country("DE").traffic.until(D(2026, 1, 15)) == D(2026, 7, 15)


def test_a_financial_year_may_end_in_summer() -> None:
    kept = rule(Start.FINANCIAL_YEAR_END, years=5)
    assert kept.until(D(2026, 6, 30), financial_year_end=(6, 30)) == D(2031, 6, 30)
    assert kept.until(D(2026, 7, 1), financial_year_end=(6, 30)) == D(2032, 6, 30)


def test_a_term_from_the_end_of_a_calendar_year_waits_for_it() -> None:
    kept = rule(Start.CALENDAR_YEAR_OF_FINANCIAL_YEAR_END, years=7)
    assert kept.until(D(2026, 5, 1), financial_year_end=(4, 30)) == D(2034, 12, 31)


def test_the_end_of_february_is_the_end_of_february() -> None:
    ten = rule(Start.MONTH_END, years=10)
    assert ten.until(D(2026, 2, 3)) == D(2036, 2, 29)
    year = rule(Start.FINANCIAL_YEAR_END, years=1)
    assert year.until(D(2026, 3, 1), financial_year_end=(2, 29)) == D(2028, 2, 29)
    assert year.until(D(2026, 1, 1), financial_year_end=(2, 29)) == D(2027, 2, 28)


def test_only_spain_blocks() -> None:
    assert [code for code in LAW.countries() if LAW.country(code).blocking] == ["ES"]
    blocking = LAW.country("ES").blocking
    assert blocking is not None
    assert blocking.until(D(2026, 5, 4)) == D(2029, 5, 4)


def test_evidence_finds_the_rule_that_was_applied() -> None:
    applied = LAW.country("DE").invoice
    assert applied.id == "invoices.DE.2025-01-01"
    assert LAW.retention(applied.id) is applied
    with pytest.raises(UnknownRule):
        LAW.retention("invoices.DE.1900-01-01")


def test_no_two_rules_share_an_id() -> None:
    tables = (LAW.terms, LAW.invoices, LAW.traffic, LAW.claims, LAW.blocking, LAW.exceptions, LAW.grounds)
    ids = [row.id for table in tables for row in table]
    assert len(ids) == len(set(ids))


def test_a_day_before_the_tables_begin_is_an_error_and_no_guess() -> None:
    with pytest.raises(LawMisstated):
        LAW.country("DE", D(2000, 1, 1))
