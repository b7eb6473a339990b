"""The tables of the law, loaded once."""

import datetime as dt
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from itertools import chain
from typing import final

from ringfence.privacy.law.calendar import Calendar, public_holidays
from ringfence.privacy.law.country import (
    AgeRule,
    Authority,
    CountryRules,
    DocumentRule,
    HeirRule,
    RepresentativeRule,
)
from ringfence.privacy.law.errors import LawMisstated, UnknownCountry, UnknownRule
from ringfence.privacy.law.exception import Exception_, Ground
from ringfence.privacy.law.retention import BlockingRule, ClaimsRule, InvoiceRule, RetentionRule, TrafficRule
from ringfence.privacy.law.rule import Court, Place, Term
from ringfence.privacy.law.script import is_latin
from ringfence.privacy.law.table import COUNTRIES, Table

__all__ = ["Law"]

_ANOTHER = "und"
"""The language of a reader of whom we know only that it is not the country's (ISO 639-2: undetermined)."""


@final
@dataclass(frozen=True, slots=True)
class Law:
    """Everything legal that the kernel goes by. Where a method takes `on`: the rule of that day, else the open one."""

    terms: Table[Term]
    places: Table[Place]
    authorities: Table[Authority]
    courts: Table[Court]
    ages: Table[AgeRule]
    invoices: Table[InvoiceRule]
    traffic: Table[TrafficRule]
    claims: Table[ClaimsRule]
    blocking: Table[BlockingRule]
    documents: Table[DocumentRule]
    heirs: Table[HeirRule]
    representatives: Table[RepresentativeRule]
    exceptions: Table[Exception_]
    grounds: Table[Ground]
    _calendars: dict[str, Calendar] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def load(cls, folder: Traversable | None = None) -> "Law":
        """From a folder of TOML files; without it, the tables of this release, read once. Raises LawMisstated."""
        if folder is None:
            return _of_this_release()
        law = cls(
            terms=Table.read(Term, folder).complete(),
            places=Table.read(Place, folder).complete(),
            authorities=Table.read(Authority, folder).complete(),
            courts=Table.read(Court, folder).complete(),
            ages=Table.read(AgeRule, folder).complete(),
            invoices=Table.read(InvoiceRule, folder).complete(),
            traffic=Table.read(TrafficRule, folder).complete(),
            claims=Table.read(ClaimsRule, folder).complete(),
            blocking=Table.read(BlockingRule, folder),
            documents=Table.read(DocumentRule, folder).complete(),
            heirs=Table.read(HeirRule, folder).complete(),
            representatives=Table.read(RepresentativeRule, folder).complete(),
            exceptions=Table.read(Exception_, folder),
            grounds=Table.read(Ground, folder),
        )
        _check_extensions(law.terms)
        _check_scripts(law)
        return law

    def countries(self) -> tuple[str, ...]:
        return COUNTRIES

    def country(self, code: str, on: dt.date | None = None) -> CountryRules:
        """Raises UnknownCountry. `code` is ISO 3166-1 alpha-2, in any case."""
        code = _known(code)
        return CountryRules(
            code=code,
            place=self.places.rule(code, on=on),
            authority=self.authorities.rule(code, on=on),
            court=self.courts.rule(code, on=on),
            age=self.ages.rule(code, on=on),
            invoice=self.invoices.rule(code, on=on),
            traffic=self.traffic.rule(code, on=on),
            claims=self.claims.rule(code, on=on),
            blocking=self.blocking.find(code, on=on),
            documents=self.documents.rule(code, on=on),
            heirs=self.heirs.rule(code, on=on),
            representatives=self.representatives.rule(code, on=on),
        )

    def calendar(self, country: str) -> Calendar:
        """Raises UnknownCountry. The same object each time, so its holidays are computed once."""
        code = _known(country)
        if code not in self._calendars:
            self._calendars[code] = Calendar(
                country=code,
                place=self.places.rule(code),
                terms=lambda name, on: self.terms.rule(code, key=name, on=on),
            )
        return self._calendars[code]

    def holidays(self, country: str, year: int) -> dict[dt.date, str]:
        """The national public holidays, with English names. Raises UnknownCountry."""
        return public_holidays(_known(country), year)

    def retention(self, rule: str) -> RetentionRule:
        """The rule of retention with that id, as evidence names it. Raises UnknownRule."""
        for row in chain[RetentionRule](self.invoices, self.traffic, self.claims, self.blocking):
            if row.id == rule:
                return row
        raise UnknownRule(rule=rule)

    def exception(self, name: str) -> Exception_:
        """Raises UnknownRule."""
        for row in self.exceptions:
            if row.name == name:
                return row
        raise UnknownRule(rule=name)

    def exceptions_for(
        self, kind: str, country: str | None = None, on: dt.date | None = None, *, proven: bool = False
    ) -> tuple[Exception_, ...]:
        """What may refuse such a request; national exceptions only for their country.

        `proven`: it is settled who asks, which takes those away that rest on not knowing it.
        """
        return tuple(
            row
            for row in self.exceptions
            if row.may_refuse(kind, country, proven=proven) and (row.valid_to is None if on is None else row.holds(on))
        )

    def ground(self, name: str) -> Ground:
        """Raises UnknownRule. `name` as in "6-1-b"."""
        for row in self.grounds:
            if row.name == name:
                return row
        raise UnknownRule(rule=name)


@cache
def _of_this_release() -> Law:
    return Law.load(resources.files(__package__).joinpath("tables"))


def _known(code: str) -> str:
    known = code.upper()
    if known not in COUNTRIES:
        raise UnknownCountry(country=known)
    return known


def _check_scripts(law: Law) -> None:
    """Whoever a letter names, its reader can read: in Latin letters, where they don't know the country's own."""
    for row in (*law.authorities, *law.courts):
        told = [row.name_in(_ANOTHER), *([row.address_in(_ANOTHER)] if isinstance(row, Authority) else [])]
        if not all(text and is_latin(text) for text in told):
            raise LawMisstated(table=row.table, row=row.country, problem="no_latin_name")


def _check_extensions(terms: Table[Term]) -> None:
    """An extension is added to the first term, so both must count in the same unit."""
    for country in COUNTRIES:
        if terms.rule(country, key="answer").unit is not terms.rule(country, key="extension").unit:
            raise LawMisstated(table=Term.table, row=country, problem="extension_in_another_unit")
