"""What holds of deadlines whatever the country, the day and the pauses."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.privacy.law import Law, deadlines
from ringfence.privacy.law.retention import plus_months

LAW = Law.load()
DAYS = st.dates(dt.date(2024, 1, 1), dt.date(2045, 12, 31))
COUNTRIES = st.sampled_from(LAW.countries())
A_DAY = dt.timedelta(days=1)


@st.composite
def pauses(draw: st.DrawFn, received: dt.date) -> list[tuple[dt.date, dt.date | None]]:
    starts = draw(st.lists(st.integers(-10, 120), max_size=4))
    return [(received + start * A_DAY, received + (start + draw(st.integers(0, 60))) * A_DAY) for start in starts]


@pytest.mark.promise("CTP-08")
@given(COUNTRIES, DAYS)
def test_the_promise_is_never_later_than_the_law(country: str, received: dt.date) -> None:
    clocks = deadlines(LAW.calendar(country), received)
    assert received < clocks.send_by <= clocks.promised <= clocks.legal
    assert clocks.send_by - received < dt.timedelta(days=30)
    assert clocks.extend_by <= clocks.legal


@pytest.mark.promise("ZOI-22")
@given(COUNTRIES.filter(lambda country: country != "CH"), DAYS, st.booleans(), st.data())
def test_the_legal_date_is_a_working_day(country: str, received: dt.date, extended: bool, data: st.DataObject) -> None:
    calendar = LAW.calendar(country)
    legal = deadlines(calendar, received, extended=extended, paused=data.draw(pauses(received))).legal
    assert calendar.is_working(legal)


@given(COUNTRIES, DAYS, st.booleans(), st.data())
def test_a_pause_never_moves_anything_but_the_legal_date_and_that_only_later(
    country: str, received: dt.date, extended: bool, data: st.DataObject
) -> None:
    calendar = LAW.calendar(country)
    plain = deadlines(calendar, received, extended=extended, complaint=True)
    paused = deadlines(calendar, received, extended=extended, complaint=True, paused=data.draw(pauses(received)))
    assert paused.legal >= plain.legal
    assert (paused.promised, paused.send_by, paused.extend_by, paused.complaint) == (
        plain.promised,
        plain.send_by,
        plain.extend_by,
        plain.complaint,
    )


@given(COUNTRIES, DAYS, st.integers(1, 40))
def test_a_request_that_came_later_is_never_due_sooner(country: str, received: dt.date, later: int) -> None:
    calendar = LAW.calendar(country)
    first, second = deadlines(calendar, received), deadlines(calendar, received + later * A_DAY)
    assert first.legal <= second.legal
    assert first.promised <= second.promised
    assert first.send_by <= second.send_by


@given(COUNTRIES, DAYS)
def test_an_extension_never_makes_it_due_sooner(country: str, received: dt.date) -> None:
    calendar = LAW.calendar(country)
    assert deadlines(calendar, received, extended=True).legal > deadlines(calendar, received).legal


@given(DAYS, st.integers(0, 400))
def test_months_keep_the_day_number_or_end_the_month(day: dt.date, months: int) -> None:
    later = plus_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + A_DAY).day == 1)
