"""How long something may or must be kept: invoices, traffic data, blocked data, a dossier."""

import calendar
import datetime as dt
from enum import StrEnum
from typing import ClassVar

from ringfence.privacy.law.rule import Rule

__all__ = ["BlockingRule", "ClaimsRule", "InvoiceRule", "RetentionRule", "Start", "TrafficRule", "plus_months"]

_MONTHS_A_YEAR = 12
_CALENDAR_YEAR_END = (12, 31)


class Start(StrEnum):
    """From which day a term of retention runs."""

    EVENT = "event"  # the day itself: an invoice's date, the day a bill was sent, the day a case was closed
    MONTH_END = "month_end"  # the last day of that month (a tax period)
    CALENDAR_YEAR_END = "calendar_year_end"
    FINANCIAL_YEAR_END = "financial_year_end"
    CALENDAR_YEAR_OF_FINANCIAL_YEAR_END = "calendar_year_of_financial_year_end"


class RetentionRule(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A term of `years` and `months` from `starts`; `delay_months` moves the start (RO counts from the next 1 July)."""

    starts: Start
    years: int = 0
    months: int = 0
    delay_months: int = 0

    def until(self, event: dt.date, *, financial_year_end: tuple[int, int] = _CALENDAR_YEAR_END) -> dt.date:
        """The last day on which it is kept; the day after, it is gone.

        `financial_year_end` is the provider's, as (month, day).
        """
        start = _start(self.starts, event, financial_year_end)
        end = plus_months(start, self.delay_months + self.years * _MONTHS_A_YEAR + self.months)
        whole_months = self.starts is not Start.EVENT and start == _month_end(start.year, start.month)
        return _month_end(end.year, end.month) if whole_months else end  # from 28 February on to a 29th


class InvoiceRule(RetentionRule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long an invoice must be kept; GDPR Art. 17(3)(b) stands on it."""

    table: ClassVar[str] = "invoices"


class TrafficRule(RetentionRule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long call records may be kept for billing, from the bill (ePrivacy Art. 6(2)). Never an invoice's term."""

    table: ClassVar[str] = "traffic"


class ClaimsRule(RetentionRule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """After how long a claim out of a case is prescribed; a dossier lives until then."""

    table: ClassVar[str] = "claims"


class BlockingRule(RetentionRule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The state wants erased data blocked first: shut away for courts and authorities, then destroyed."""

    table: ClassVar[str] = "blocking"


def plus_months(day: dt.date, months: int) -> dt.date:
    """Same day number, or the last day of a shorter month (Regulation 1182/71 Art. 3(2)(c))."""
    year, month = divmod(day.year * _MONTHS_A_YEAR + day.month - 1 + months, _MONTHS_A_YEAR)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _start(start: Start, event: dt.date, financial_year_end: tuple[int, int]) -> dt.date:
    match start:
        case Start.EVENT:
            return event
        case Start.MONTH_END:
            return _month_end(event.year, event.month)
        case Start.CALENDAR_YEAR_END:
            return dt.date(event.year, *_CALENDAR_YEAR_END)
    end = _financial_year_end(event, financial_year_end)
    return end if start is Start.FINANCIAL_YEAR_END else dt.date(end.year, *_CALENDAR_YEAR_END)


def _financial_year_end(event: dt.date, month_and_day: tuple[int, int]) -> dt.date:
    """The first end of a financial year on or after the day. 29 February means the end of February."""
    ends = (_clipped(year, *month_and_day) for year in (event.year, event.year + 1))
    return next(end for end in ends if end >= event)


def _clipped(year: int, month: int, day: int) -> dt.date:
    return min(dt.date(year, month, 1) + dt.timedelta(days=day - 1), _month_end(year, month))


def _month_end(year: int, month: int) -> dt.date:
    return dt.date(year, month, calendar.monthrange(year, month)[1])
