"""How long an invoice is kept: by the tables of the law, for each provider's country and financial year."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from ringfence.identifiers import ProviderId
from ringfence.privacy.law import Law

__all__ = ["Books", "LawfulTerms"]


@final
@dataclass(frozen=True, slots=True)
class Books:
    """A provider's: `country` (ISO 3166-1 alpha-2), and month and day on which its financial year ends."""

    country: str
    financial_year_end: tuple[int, int] = (12, 31)


@final
class LawfulTerms:
    """Implements the port `Terms`."""

    def __init__(self, law: Law, books: Mapping[ProviderId, Books]) -> None:
        self._law = law
        self._books = dict(books)

    def until(self, provider: ProviderId, issued: dt.date) -> dt.date:
        books = self._books[provider]
        rule = self._law.country(books.country).invoice  # the one in force: changed terms count for older invoices, too
        return rule.until(issued, financial_year_end=books.financial_year_end)
