"""An invoice as it is handed in, checked."""

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import Final, final

from ringfence.services.billing.errors import InvoiceUnusable
from ringfence.services.billing.records import Origin

__all__ = ["Draft", "amount", "day"]

_LONGEST: Final = {"number": 64, "customer": 64, "sip": 255, "name": 200, "what": 500, "payment": 200}  # characters
_NEEDED: Final = ("number", "name", "what")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")  # ISO 4217
_AMOUNT: Final = re.compile(r"(-?)(\d{1,10})(?:[.,](\d{2}))?")
_EARLIEST: Final = dt.date(1990, 1, 1)  # older ones must be kept by no law
_AHEAD: Final = dt.timedelta(days=366)  # an advance invoice
_MOST: Final = 10**12  # cents


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """`customer` is the number in the provider's books, `sip` the account's address; one of them leads to the person.

    Amounts in cents; a credit note is negative.
    """

    number: str = field(repr=False)
    issued: dt.date
    name: str = field(repr=False)
    what: str = field(repr=False)
    net: int = field(repr=False)
    tax: int = field(repr=False)
    currency: str = "EUR"
    customer: str = field(default="", repr=False)
    sip: str = field(default="", repr=False)
    payment: str = field(default="", repr=False)
    origin: Origin = Origin.PROVIDER

    def check(self, today: dt.date) -> None:
        """Raises InvoiceUnusable with the first column that can't stand."""
        for column, longest in _LONGEST.items():
            value: str = getattr(self, column)
            if len(value) > longest or not value.isprintable() or (column in _NEEDED and not value.strip()):
                raise InvoiceUnusable(column=column)
        if not (self.customer.strip() or self.sip.strip()):
            raise InvoiceUnusable(column="customer")
        if not _EARLIEST <= self.issued <= today + _AHEAD:
            raise InvoiceUnusable(column="issued")
        for column in ("net", "tax"):
            if abs(getattr(self, column)) > _MOST:
                raise InvoiceUnusable(column=column)
        if not _CURRENCY.fullmatch(self.currency):
            raise InvoiceUnusable(column="currency")


def amount(column: str, text: str) -> int:
    """Cents from `12`, `12.34` or `12,34`, without separators of thousands. Raises InvoiceUnusable."""
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        raise InvoiceUnusable(column=column)
    sign, whole, cents = found.groups()
    value = int(whole) * 100 + int(cents or 0)
    return -value if sign else value


def day(column: str, text: str) -> dt.date:
    """From ISO 8601 (`2026-11-22`). Raises InvoiceUnusable."""
    try:
        return dt.datetime.strptime(text.strip(), "%Y-%m-%d").replace(tzinfo=dt.UTC).date()
    except ValueError:
        raise InvoiceUnusable(column=column) from None
