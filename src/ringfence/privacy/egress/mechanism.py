"""Legal mechanisms for transfers, read from `mechanisms.toml`, and whether one holds on a day.

A mechanism holds for a recipient if the exporter's regime and the recipient's country match, the day lies in its
interval, and, where the law asks for it, the recipient itself has it (certified, signed, approved) on that day.
"""

import datetime as dt
import tomllib
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import resources
from typing import Any, final

from ringfence.privacy.egress.errors import RecipientMisdeclared

__all__ = ["Adoption", "Mechanism", "MechanismTable", "Regime"]

_EVERYWHERE = "*"


class Regime(StrEnum):
    """Whose transfer law the exporter stands under; an IDTA never covers EU data."""

    EU = "EU"
    UK = "UK"
    CH = "CH"


@final
@dataclass(frozen=True, slots=True)
class Mechanism:
    """One legal instrument. `valid_to` is the first day on which it no longer holds; None is open."""

    id: str
    title: str
    article: str
    exporters: frozenset[Regime]
    countries: frozenset[str]
    valid_from: dt.date
    valid_to: dt.date | None = None
    new_until: dt.date | None = None
    per_recipient: bool = False
    checked: bool = False
    note: str = ""

    def covers(self, exporter: Regime, country: str) -> bool:
        return exporter in self.exporters and (country in self.countries or _EVERYWHERE in self.countries)


@final
@dataclass(frozen=True, slots=True)
class Adoption:
    """That a recipient relies on a mechanism: since when, until when (exclusive), and which document shows it."""

    mechanism: str
    since: dt.date | None = None
    until: dt.date | None = None
    document: str = ""

    def interval(self, mechanism: Mechanism) -> tuple[dt.date, dt.date] | None:
        """The days [from, to) on which it holds; None if it never does."""
        if mechanism.per_recipient and self.since is None:
            return None
        if mechanism.new_until and self.since and self.since >= mechanism.new_until:
            return None
        start = max(mechanism.valid_from, self.since or dt.date.min)
        end = min(mechanism.valid_to or dt.date.max, self.until or dt.date.max)
        return (start, end) if start < end else None


@final
@dataclass(frozen=True, slots=True)
class MechanismTable:
    """All mechanisms, and the territories in which none is needed."""

    mechanisms: dict[str, Mechanism]
    home: dict[Regime, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def load(cls, text: str | None = None) -> "MechanismTable":
        """From TOML text; without it, the table that ships with this release."""
        if text is None:
            text = resources.files(__package__).joinpath("mechanisms.toml").read_text("utf-8")
        raw = tomllib.loads(text)
        home = {Regime(name): frozenset(countries) for name, countries in raw["home"].items()}
        mechanisms = {row["id"]: _mechanism(row, home) for row in raw["mechanism"]}
        return cls(mechanisms, home)

    def at_home(self, exporter: Regime, country: str) -> bool:
        return country in self.home[exporter]

    def mechanism(self, adoption: Adoption, exporter: Regime, country: str) -> Mechanism:
        """Raises RecipientMisdeclared if it does not exist or can never cover this exporter and country."""
        mechanism = self.mechanisms.get(adoption.mechanism)
        if mechanism is None:
            raise RecipientMisdeclared(setting="mechanism", value=adoption.mechanism, problem="unknown")
        if not mechanism.covers(exporter, country):
            raise RecipientMisdeclared(setting="mechanism", value=mechanism.id, problem="other_regime_or_country")
        return mechanism


def _mechanism(row: dict[str, Any], home: dict[Regime, frozenset[str]]) -> Mechanism:
    countries: set[str] = set()
    for country in row.pop("countries"):
        countries |= home[Regime.EU] if country == Regime.EU else {country}
    exporters = frozenset(Regime(name) for name in row.pop("exporters"))
    return Mechanism(exporters=exporters, countries=frozenset(countries), **row)
