"""Working days and local days."""

import datetime as dt
import tomllib
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfoNotFoundError

import pytest
from dateutil.easter import easter

from ringfence.privacy.law import Law, Unit, UnknownCountry

LAW = Law.load()
D = dt.date
BY_HAND = tomllib.loads((Path(__file__).parent / "holidays.toml").read_text("utf-8"))
SINGLE = [
    (country, int(year), days) for country, years in BY_HAND.pop("single").items() for year, days in years.items()
]


@pytest.mark.promise("ZOI-22")
@pytest.mark.parametrize("country", BY_HAND)
@pytest.mark.parametrize("year", range(2024, 2034))
def test_holidays_are_those_written_in_the_countrys_law(country: str, year: int) -> None:
    by_hand = {D(year, *map(int, day.split("-"))) for day in BY_HAND[country]["fixed"]}
    by_hand |= {easter(year) + dt.timedelta(days=days) for days in BY_HAND[country]["easter"]}
    known = set(LAW.holidays(country, year))
    assert {day for day in known if day.weekday() < 5} == {day for day in by_hand if day.weekday() < 5}


@pytest.mark.promise("ZOI-22")
@pytest.mark.parametrize(("country", "year", "days"), SINGLE)
def test_holidays_that_move_are_those_of_the_official_lists(country: str, year: int, days: list[str]) -> None:
    known = [f"{day:%m-%d}" for day in sorted(LAW.holidays(country, year)) if day.weekday() < 5]
    assert known == days


def test_a_holiday_of_one_region_is_a_working_day() -> None:
    assert LAW.calendar("DE").is_working(D(2026, 1, 6))  # Epiphany: Bavaria, Baden-Württemberg, Saxony-Anhalt
    assert LAW.calendar("GB").is_working(D(2026, 11, 30))  # Saint Andrew's Day: Scotland


def test_a_holiday_on_a_weekend_is_observed_where_the_law_says_so() -> None:
    assert not LAW.calendar("GB").is_working(D(2026, 12, 28))  # for Boxing Day, a Saturday
    assert LAW.calendar("DE").is_working(D(2026, 12, 28))


def test_a_rest_day_moved_by_decree_is_a_working_day_and_its_saturday_is_none() -> None:
    assert LAW.calendar("HU").is_working(D(2026, 1, 2))
    assert not LAW.calendar("HU").is_working(D(2026, 1, 10))


def test_periods_of_days_and_months_end_on_working_days() -> None:
    calendar = LAW.calendar("DE")
    assert calendar.days_after(D(2026, 12, 22), 3) == D(2026, 12, 28)
    assert calendar.months_after(D(2026, 11, 25), 1) == D(2026, 12, 28)
    assert calendar.after(D(2026, 12, 22), 3, Unit.DAYS) == D(2026, 12, 25)
    assert calendar.after(D(2026, 11, 25), 1, Unit.MONTHS) == D(2026, 12, 25)


def test_a_calendar_is_built_once() -> None:
    assert LAW.calendar("de") is LAW.calendar("DE")


def test_an_unknown_country_is_refused_everywhere() -> None:
    for ask in (LAW.country, LAW.calendar, lambda code: LAW.holidays(code, 2026)):
        with pytest.raises(UnknownCountry):
            ask("US")


@pytest.mark.promise("CTP-08")
def test_the_day_of_receipt_is_the_local_one() -> None:
    late = dt.datetime(2026, 1, 31, 23, 30, tzinfo=dt.UTC).timestamp()
    assert LAW.calendar("PT").day_of(late) == D(2026, 1, 31)
    assert LAW.calendar("DE").day_of(late) == D(2026, 2, 1)
    summer = dt.datetime(2026, 7, 31, 22, 30, tzinfo=dt.UTC).timestamp()
    assert LAW.calendar("DE").day_of(summer) == D(2026, 8, 1)
    assert LAW.calendar("IE").day_of(summer) == D(2026, 7, 31)


@pytest.mark.promise("CTP-08")
@pytest.mark.parametrize("country", LAW.countries())
def test_without_time_zone_data_no_day_is_taken_for_a_later_one(country: str) -> None:
    def absent(name: str) -> dt.tzinfo:
        raise ZoneInfoNotFoundError(name)

    calendar = LAW.calendar(country)
    bare = replace(calendar, zone=absent)
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC).timestamp()
    moments = [start + hour * 3600 for hour in range(0, 365 * 24, 1)]
    gaps = {calendar.day_of(moment) - bare.day_of(moment) for moment in moments}
    assert gaps <= {dt.timedelta(0), dt.timedelta(days=1)}
    winter = [moment for moment in moments if moment < start + 60 * 86400]
    assert all(calendar.day_of(moment) == bare.day_of(moment) for moment in winter)
