"""Deadlines: the examples of the law, of the promises, and what moves a date and what doesn't."""

import datetime as dt

import pytest

from ringfence.privacy.law import Deadlines, Law, deadlines

LAW = Law.load()
D = dt.date


def due(country: str, received: dt.date, *, extended: bool = False) -> dt.date:
    return deadlines(LAW.calendar(country), received, extended=extended).legal


@pytest.mark.promise("ZOI-22")
@pytest.mark.parametrize(
    ("received", "legal"),
    [
        (D(2025, 3, 5), D(2025, 4, 7)),  # the 5th is a Saturday
        (D(2024, 3, 5), D(2024, 4, 5)),
        (D(2026, 8, 31), D(2026, 9, 30)),
        (D(2027, 1, 29), D(2027, 3, 1)),
        (D(2027, 1, 30), D(2027, 3, 1)),
        (D(2027, 1, 31), D(2027, 3, 1)),
        (D(2028, 1, 31), D(2028, 2, 29)),
        (D(2026, 11, 25), D(2026, 12, 28)),  # Christmas, Boxing Day, a weekend
    ],
)
def test_a_month_ends_on_the_same_day_or_the_months_last_and_then_on_a_working_day(
    received: dt.date, legal: dt.date
) -> None:
    assert due("DE", received) == legal


@pytest.mark.promise("ZOI-22")
def test_an_extension_counts_on_the_original_receipt() -> None:
    assert due("DE", D(2026, 12, 31), extended=True) == D(2027, 3, 31)
    assert due("DE", D(2026, 11, 30), extended=True) == D(2027, 3, 1)  # 28 February is a Sunday


@pytest.mark.promise("ZOI-22")
def test_an_extension_is_told_within_the_first_month_whatever_day_that_ends_on() -> None:
    assert deadlines(LAW.calendar("DE"), D(2027, 1, 31), extended=True).extend_by == D(2027, 2, 28)


@pytest.mark.promise("ZOI-22")
def test_holidays_are_those_of_the_providers_country() -> None:
    assert due("DE", D(2026, 9, 26)) == D(2026, 10, 26)
    assert due("AT", D(2026, 9, 26)) == D(2026, 10, 27)  # the national day
    assert due("IE", D(2026, 9, 26)) == D(2026, 10, 27)  # the October bank holiday


@pytest.mark.promise("ZOI-22")
def test_switzerland_counts_thirty_days_and_moves_no_weekend() -> None:
    assert due("CH", D(2027, 1, 29)) == D(2027, 2, 28)


@pytest.mark.promise("CTP-08")
def test_the_answer_leaves_on_day_29_also_if_that_is_a_sunday() -> None:
    clocks = deadlines(LAW.calendar("DE"), D(2026, 10, 3))
    assert clocks.send_by == D(2026, 11, 1)
    assert clocks.promised == D(2026, 11, 2)


@pytest.mark.promise("CTP-08")
def test_in_a_short_month_the_month_is_sooner_than_thirty_days() -> None:
    clocks = deadlines(LAW.calendar("DE"), D(2027, 1, 31))
    assert clocks.promised == D(2027, 2, 28)
    assert clocks.send_by == D(2027, 2, 28)
    assert clocks.legal == D(2027, 3, 1)


@pytest.mark.promise("CTP-08")
def test_a_pause_moves_the_legal_date_only() -> None:
    calendar = LAW.calendar("DE")
    plain = deadlines(calendar, D(2026, 3, 2))
    paused = deadlines(calendar, D(2026, 3, 2), paused=[(D(2026, 3, 4), D(2026, 3, 9))])
    assert plain.legal == D(2026, 4, 2)
    assert paused == Deadlines(
        legal=D(2026, 4, 7),  # five days on, the day after Easter Monday
        promised=plain.promised,
        send_by=plain.send_by,
        extend_by=plain.extend_by,
    )


@pytest.mark.promise("CTP-08")
def test_a_follow_up_starts_its_own_clock() -> None:
    calendar = LAW.calendar("FR")
    assert deadlines(calendar, D(2026, 6, 1)).send_by == D(2026, 6, 30)
    assert deadlines(calendar, D(2026, 6, 29)).send_by == D(2026, 7, 28)


def test_overlapping_pauses_count_no_day_twice() -> None:
    calendar = LAW.calendar("NL")
    one = deadlines(calendar, D(2026, 3, 2), paused=[(D(2026, 3, 4), D(2026, 3, 14))])
    two = deadlines(calendar, D(2026, 3, 2), paused=[(D(2026, 3, 6), D(2026, 3, 14)), (D(2026, 3, 4), D(2026, 3, 12))])
    assert one == two


def test_a_pause_begun_after_the_date_was_missed_revives_nothing() -> None:
    calendar = LAW.calendar("NL")
    late = deadlines(calendar, D(2026, 3, 2), paused=[(D(2026, 4, 3), D(2026, 4, 20))])
    assert late == deadlines(calendar, D(2026, 3, 2))


def test_days_before_the_receipt_pause_nothing() -> None:
    calendar = LAW.calendar("NL")
    early = deadlines(calendar, D(2026, 3, 2), paused=[(D(2026, 2, 20), D(2026, 3, 2))])
    assert early == deadlines(calendar, D(2026, 3, 2))


def test_an_open_pause_is_said_and_its_date_is_the_earliest_possible() -> None:
    calendar = LAW.calendar("NL")
    waiting = deadlines(calendar, D(2026, 3, 2), paused=[(D(2026, 3, 4), None)])
    assert waiting.paused
    assert waiting.legal == deadlines(calendar, D(2026, 3, 2)).legal


@pytest.mark.promise("IPS-06")
def test_a_complaint_is_answered_within_45_days_of_its_receipt() -> None:
    assert deadlines(LAW.calendar("DE"), D(2026, 1, 1), complaint=True).complaint == D(2026, 2, 15)
    assert deadlines(LAW.calendar("DE"), D(2026, 1, 1)).complaint is None
