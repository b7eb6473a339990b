"""Every receipt day of nine years in every country, against arithmetic that was written another way.

The oracle adds months with dateutil and walks over weekends and holidays itself. It asks the same library for holidays;
`test_calendar` checks the library against lists kept by hand.
"""

import datetime as dt
from collections.abc import Iterator

import holidays
import pytest
from dateutil.relativedelta import relativedelta

from ringfence.privacy.law import Law, deadlines

LAW = Law.load()
FIRST, LAST = dt.date(2024, 1, 1), dt.date(2032, 12, 31)


def days() -> Iterator[dt.date]:
    return (FIRST + dt.timedelta(days=number) for number in range((LAST - FIRST).days + 1))


SOONER = [(day, day + relativedelta(months=1), day + relativedelta(months=3)) for day in days()]
ONE_DAY = relativedelta(days=1)


def free_days(country: str) -> set[dt.date]:
    """The weekdays of nine years and a bit on which nobody works."""
    free = set()
    for day, name in holidays.country_holidays(country, years=range(2024, 2034), language="en_US").items():
        if "Day off (substituted from" not in name:
            free.add(day)
    return free


def next_open_day(day: dt.date, free: set[dt.date]) -> dt.date:
    while day.isoweekday() > 5 or day in free:
        day = day + ONE_DAY
    return day


@pytest.mark.promise("ZOI-22")
@pytest.mark.promise("CTP-08")
@pytest.mark.promise("IPS-06")
@pytest.mark.parametrize("country", sorted(set(LAW.countries()) - {"CH"}))
def test_the_clocks_agree_with_the_oracle_on_every_day_from_2024_to_2032(country: str) -> None:
    calendar, free = LAW.calendar(country), free_days(country)
    for received, month, quarter in SOONER:
        clocks = deadlines(calendar, received, complaint=True)
        thirty = received + relativedelta(days=30)
        promised = min(thirty, month)
        assert clocks.legal == next_open_day(month, free)
        assert clocks.promised == promised
        assert clocks.send_by == min(month, received + relativedelta(days=29))
        assert clocks.extend_by == month
        assert clocks.complaint == received + relativedelta(days=45)
        assert deadlines(calendar, received, extended=True).legal == next_open_day(quarter, free)


@pytest.mark.promise("ZOI-22")
@pytest.mark.promise("CTP-08")
def test_the_swiss_clocks_are_plain_days_on_every_day_from_2024_to_2032() -> None:
    calendar = LAW.calendar("CH")
    for received, month, _ in SOONER:
        clocks = deadlines(calendar, received)
        assert clocks.legal == clocks.extend_by == received + relativedelta(days=30)
        assert clocks.promised == min(month, clocks.legal)
        assert clocks.send_by == min(month, received + relativedelta(days=29))
        assert deadlines(calendar, received, extended=True).legal == received + relativedelta(days=90)
