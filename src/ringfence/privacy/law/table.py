"""A table of rules, read from TOML and checked: no unknown key, no overlap, no country left out."""

import datetime as dt
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib.resources.abc import Traversable
from itertools import pairwise
from typing import Generic, TypeVar, final

import msgspec

from ringfence.privacy.law.errors import LawMisstated
from ringfence.privacy.law.rule import EVERYWHERE, Rule

__all__ = ["COUNTRIES", "Table"]

R = TypeVar("R", bound=Rule)

# The member states of the EU and the EEA, Switzerland and the United Kingdom.
COUNTRIES = (
    *("AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU"),
    *("IE", "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"),
)


@final
class Table(Generic[R]):
    """The rows of one file. A country's own row goes before the one for everywhere."""

    def __init__(self, kind: type[R], rows: Iterable[R]) -> None:
        """Raises LawMisstated if two rows hold for the same thing on the same day."""
        self.kind = kind
        self._rows: dict[tuple[str, str], list[R]] = defaultdict(list)
        for row in rows:
            self._rows[row.country, row.key].append(row)
        for found in self._rows.values():
            found.sort(key=lambda row: row.valid_from)
            _check_intervals(found)

    @classmethod
    def read(cls, kind: type[R], folder: Traversable) -> "Table[R]":
        """From `<table>.toml`, an array of tables named `rule`. Raises LawMisstated."""
        try:
            raw = tomllib.loads(folder.joinpath(f"{kind.table}.toml").read_text("utf-8"))
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise LawMisstated(table=kind.table, problem="unreadable") from error
        if set(raw) != {"rule"} or not isinstance(raw["rule"], list):
            raise LawMisstated(table=kind.table, problem="not_a_list_of_rules")
        return cls(kind, [_row(kind, place, row) for place, row in enumerate(raw["rule"], start=1)])

    def __iter__(self) -> Iterator[R]:
        """All rows, by country and key, the oldest first."""
        for _, rows in sorted(self._rows.items()):
            yield from rows

    def keys(self) -> list[str]:
        return sorted({key for _, key in self._rows})

    def find(self, country: str, *, key: str = "", on: dt.date | None = None) -> R | None:
        """The row that holds on that day; without a day, the one that is open. None if there is none."""
        for place in (country, EVERYWHERE):
            for row in reversed(self._rows.get((place, key), ())):
                if row.valid_to is None if on is None else row.holds(on):
                    return row
        return None

    def rule(self, country: str, *, key: str = "", on: dt.date | None = None) -> R:
        """As `find`, for what must be there. Raises LawMisstated: the tables say nothing about that day."""
        row = self.find(country, key=key, on=on)
        if row is None:
            raise LawMisstated(table=self.kind.table, row=country, problem="nothing_holds_on_that_day")
        return row

    def complete(self) -> "Table[R]":
        """Itself, if every country has an open row under every key. Raises LawMisstated otherwise."""
        for country in COUNTRIES:
            for key in self.keys():
                if self.find(country, key=key) is None:
                    raise LawMisstated(table=self.kind.table, row=country, problem="country_incomplete")
        return self


def _row(kind: type[R], place: int, raw: object) -> R:
    try:
        row = msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        raise LawMisstated(table=kind.table, row=place, problem=str(error)) from error
    if row.country not in {EVERYWHERE, *COUNTRIES}:
        raise LawMisstated(table=kind.table, row=place, problem="unknown_country")
    if not row.article:
        raise LawMisstated(table=kind.table, row=place, problem="no_article")
    return row


def _check_intervals(rows: list[R]) -> None:
    for row in rows:
        if row.valid_to is not None and row.valid_to <= row.valid_from:
            raise LawMisstated(table=row.table, row=row.country, problem="interval_is_empty")
    for earlier, later in pairwise(rows):
        if earlier.valid_to is None or later.valid_from < earlier.valid_to:
            raise LawMisstated(table=later.table, row=later.country, problem="intervals_overlap")
