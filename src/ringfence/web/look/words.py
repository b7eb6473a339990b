"""The texts of a page in one language: by key, with dates in full and numbers that agree with their nouns."""

import datetime as dt
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final, final

from ringfence.privacy.notices import Catalogue, languages, plural

__all__ = ["Words", "catalogues"]

_PACKAGE: Final = "ringfence.web.look"


@cache
def catalogues(package: str) -> Mapping[str, Catalogue]:
    """The catalogues of a package, the default language first."""
    folder = files(package) / "catalogue"
    return {language: Catalogue.load(folder, language) for language in languages(folder)}


@final
class Words:
    """A face's own texts over those that all pages share; called with a key and its facts.

    Raises KeyError for a key that neither has: a page never shows a key.
    """

    __slots__ = ("_own", "_shared", "language")

    def __init__(self, package: str, language: str) -> None:
        self._own = catalogues(package)[language]
        self._shared = catalogues(_PACKAGE)[language]
        self.language = language

    def __call__(self, key: str, **facts: str | float) -> str:
        catalogue = self._own if key in self._own.keys else self._shared
        return catalogue.text(key, **facts)

    def has(self, key: str) -> bool:
        """Whether there is such a text: for the rare page that has a better one for some cases only."""
        return key in self._own.keys or key in self._shared.keys

    def count(self, key: str, number: int, **facts: str | float) -> str:
        """The form of `key` that this number takes: `key.one`, `key.few` or `key.many`; `number` is among its facts."""
        return self(f"{key}.{plural(self.language, number)}", number=number, **facts)

    def day(self, when: dt.date | float) -> str:
        """A date in full, as one says it: 22 November 2026. An instant in epoch seconds is taken in UTC."""
        date = when if isinstance(when, dt.date) else dt.datetime.fromtimestamp(when, dt.UTC).date()
        return self("date.day", day=date.day, month=self(f"month.{date.month}"), year=date.year)

    def moment(self, when: float) -> str:
        """A date in full with the time of day, in UTC and saying so."""
        return self("date.moment", day=self.day(when), time=f"{dt.datetime.fromtimestamp(when, dt.UTC):%H:%M}")

    def left(self, days: int) -> str:
        """How many days are left: "12 days left", "today", "3 days late"."""
        if days == 0:
            return self("left.today")
        return self.count("left.late" if days < 0 else "left.days", abs(days))
