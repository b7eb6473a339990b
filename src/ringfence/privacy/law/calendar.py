"""Days of one country: which are worked on, when a period ends, which day it is there.

Periods follow Regulation (EEC, Euratom) 1182/71 Art. 3. What is counted as a public holiday (Art. 2(1)): the days that
are holidays in the whole country, with those that are observed in place of one that falls on a weekend (BG, ES, GB).
Not counted: holidays of single regions, cantons, Länder or Scotland alone, half holidays, bank holidays, and rest days
that a government moves from a Saturday (HU, LV). Each omission makes a period end sooner, never later. Saturdays and
Sundays are never working days (Art. 2(2)), also where a decree has people work on one.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays

from ringfence.privacy.law.retention import plus_months
from ringfence.privacy.law.rule import Place, Term, Unit

__all__ = ["Calendar", "Terms", "public_holidays"]

_SATURDAY = 5
_MOVED = "substituted"  # how the library calls, in English, a rest day moved from a Saturday
_A_DAY = dt.timedelta(days=1)


class Terms(Protocol):
    """Where a calendar reads how long things take in its country."""

    def __call__(self, name: str, on: dt.date) -> Term: ...


def public_holidays(country: str, year: int) -> dict[dt.date, str]:
    """The national public holidays, with their English names. Weekdays or not."""
    found = holidays.country_holidays(country, years=year, language="en_US")
    return {day: name for day, name in sorted(found.items()) if day.year == year and _MOVED not in name}


@final
@dataclass(frozen=True, slots=True)
class Calendar:
    """The calendar of one country; holidays are computed once a year's days are asked for."""

    country: str
    place: Place
    terms: Terms
    zone: Callable[[str], dt.tzinfo] = ZoneInfo
    holidays: Callable[[str, int], Mapping[dt.date, str]] = public_holidays
    _years: dict[int, frozenset[dt.date]] = field(default_factory=dict, repr=False, compare=False)

    def is_working(self, day: dt.date) -> bool:
        return day.weekday() < _SATURDAY and day not in self._holidays(day.year)

    def working(self, day: dt.date) -> dt.date:
        """That day, or the next working day (Art. 3(4)). Not for hours, nor for periods counted backwards."""
        while not self.is_working(day):
            day += _A_DAY
        return day

    def months_after(self, day: dt.date, months: int) -> dt.date:
        """The last day of a period of months: clipped to the month (Art. 3(2)(c)), then a working day."""
        return self.working(plus_months(day, months))

    def days_after(self, day: dt.date, days: int) -> dt.date:
        """The last day of a period of days: the day of the event is not counted (Art. 3(1)), then a working day."""
        return self.working(day + dt.timedelta(days=days))

    def after(self, day: dt.date, number: int, unit: Unit) -> dt.date:
        """The last day of a period, before any weekend or holiday is looked at."""
        return plus_months(day, number) if unit is Unit.MONTHS else day + dt.timedelta(days=number)

    def term(self, name: str, on: dt.date) -> Term:
        """Raises LawMisstated if the tables name no such term for that day."""
        return self.terms(name, on)

    def day_of(self, seconds: float) -> dt.date:
        """The local day of a moment in epoch seconds: days of a period are those of the provider's country.

        Where the machine has no time zone data, the country's standard time is used: in summer that is an hour behind,
        so a day is never taken for a later one, and no answer becomes due later than the law says.
        """
        return dt.datetime.fromtimestamp(seconds, self._local()).date()

    def _local(self) -> dt.tzinfo:
        try:
            return self.zone(self.place.zone)
        except ZoneInfoNotFoundError:
            return dt.timezone(dt.timedelta(hours=self.place.utc_offset))

    def _holidays(self, year: int) -> frozenset[dt.date]:
        found = self._years.get(year)
        if found is None:
            found = self._years[year] = frozenset(self.holidays(self.country, year))
        return found
