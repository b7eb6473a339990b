"""What every row of the tables has: country, article, since when, until when, and whether somebody checked it."""

import datetime as dt
from enum import StrEnum
from typing import ClassVar

import msgspec

from ringfence.privacy.law.script import readable

__all__ = ["EVERYWHERE", "Court", "Place", "Rule", "Term", "Unit"]

EVERYWHERE = "*"


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row. It holds on the days [valid_from, valid_to); `valid_to` None is open.

    `country` is ISO 3166-1 alpha-2, or "*" for every country without a row of its own. `article` is the source in law.
    `checked` is true where the row was read in a source, false where it still has to be compared with the law itself.
    """

    table: ClassVar[str] = ""

    country: str
    article: str
    valid_from: dt.date
    valid_to: dt.date | None = None
    checked: bool
    note: str = ""

    @property
    def key(self) -> str:
        """What tells rows of one country apart within their table; empty where there is one at a time."""
        return ""

    @property
    def id(self) -> str:
        """Stable as long as the row is; written into evidence, so that it can be said later which rule was applied."""
        return ".".join(part for part in (self.table, self.country, self.key, self.valid_from.isoformat()) if part)

    def holds(self, on: dt.date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


class Unit(StrEnum):
    """How a term is counted."""

    DAYS = "days"  # calendar days after the day of the event
    MONTHS = "months"  # same day number, or the last day of a shorter month (Regulation 1182/71 Art. 3(2)(c))


class Term(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long something may take. `rolls`: if the last day is no working day, the next one counts (Art. 3(4))."""

    table: ClassVar[str] = "terms"

    name: str
    number: int
    unit: Unit
    rolls: bool = False

    @property
    def key(self) -> str:
        return self.name


class Place(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose midnight ends a day. `utc_offset` is the standard (winter) time of `zone`, in hours east of UTC."""

    table: ClassVar[str] = "places"

    zone: str
    utc_offset: int


class Court(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where somebody may sue a controller (GDPR Art. 79). `branch` is a key for texts, `name` stands in `language`.

    `latin` is for readers of another script, and empty where `name` is in Latin letters anyway.
    """

    table: ClassVar[str] = "courts"

    branch: str
    name: str
    latin: str = ""
    language: str

    def name_in(self, language: str) -> str:
        """The name for somebody who reads that language."""
        return readable(self.name, self.latin, spoken=self.language, language=language)
