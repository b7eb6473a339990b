"""A provider's own terms: they tighten what is declared, and never loosen it."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import final

from ringfence.clock import DAY
from ringfence.declarations import REGISTRY, Category, Declaration, Registry
from ringfence.errors import OperatorFault
from ringfence.identifiers import ProviderId
from ringfence.privacy.law import Law

__all__ = ["RetentionPolicy", "TermLoosened", "TermNotYours", "checked_policy"]


class TermLoosened(OperatorFault):
    """A term is longer than what is declared, or than the country's law allows; the facts say how long it may be."""

    code = "retention_term_loosened"


class TermNotYours(OperatorFault):
    """A term is set where there is none to set: an unknown table, rows that end with a state, or invoices.

    How long invoices are kept says the country's law alone.
    """

    code = "retention_term_not_yours"


@final
@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """`days` by table: after so many days from its last writing a row goes, even if it would be due later."""

    days: Mapping[str, int] = field(default_factory=dict)

    def latest(self, table: str, now: float) -> float | None:
        """The latest instant at which a row that is there now may be due; None where the declaration stands alone."""
        days = self.days.get(table)
        return None if days is None else now + days * DAY


def checked_policy(
    days: Mapping[str, int], country: str, law: Law, today: dt.date, *, registry: Registry = REGISTRY
) -> RetentionPolicy:
    """The policy of a provider of that country. Raises TermLoosened or TermNotYours; both name the table."""
    for table, wanted in days.items():
        declaration = _declaration(table, registry)
        longest = min(_longest(declaration, country, law, today))
        if not 0 < wanted <= longest:
            raise TermLoosened(table=table, days=wanted, at_most=longest)
    return RetentionPolicy(dict(days))


def _declaration(table: str, registry: Registry) -> Declaration:
    declarations = {kind.declaration.name: kind.declaration for kind in registry.about_people()}
    declaration = declarations.get(table)
    if declaration is None or declaration.keep is None or declaration.keep.seconds is None:
        raise TermNotYours(table=table, problem="no_term")
    if declaration.keep.survives:
        raise TermNotYours(table=table, problem="by_law")
    return declaration


def _longest(declaration: Declaration, country: str, law: Law, today: dt.date) -> Iterator[int]:
    assert declaration.keep is not None  # noqa: S101 - checked by the caller
    assert declaration.keep.seconds is not None  # noqa: S101 - checked by the caller
    yield int(declaration.keep.seconds // DAY)
    if any(field.says.category is Category.CALL_TIME for field in declaration.personal):  # traffic data
        yield (law.country(country, today).traffic.until(today) - today).days


Policies = Mapping[ProviderId, RetentionPolicy]
