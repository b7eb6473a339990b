"""What everything here works with, and small questions to it."""

import datetime as dt
from dataclasses import dataclass
from typing import Final, final

from ringfence.clock import Clock
from ringfence.declarations import REGISTRY, IdentifierKind
from ringfence.identifiers import ProviderId, RowId, SubjectId, new_id
from ringfence.persistence import Database, UnitOfWork
from ringfence.privacy.law import Calendar, CountryRules, Law
from ringfence.privacy.ledger import Ledger
from ringfence.privacy.requests.asked import Identifier
from ringfence.privacy.requests.clocks import instant_of
from ringfence.privacy.requests.policy import Policies
from ringfence.privacy.vault import Keyring
from ringfence.randomness import Randomness

__all__ = ["Desk", "stands"]

_LATEST: Final = 3  # years after the end of the year of the answer: the term of `Keep.REQUEST`


@final
@dataclass(frozen=True, slots=True)
class Desk:
    """The kernel's parts; one for all providers."""

    db: Database
    keyring: Keyring
    ledger: Ledger
    law: Law
    clock: Clock
    randomness: Randomness
    policies: Policies

    def row(self) -> RowId:
        return RowId(new_id(self.randomness))

    def country(self, provider: ProviderId) -> str:
        return self.policies(provider).country

    def calendar(self, provider: ProviderId) -> Calendar:
        return self.law.calendar(self.country(provider))

    def rules(self, provider: ProviderId) -> CountryRules:
        return self.law.country(self.country(provider))

    def today(self, provider: ProviderId) -> dt.date:
        """The local day of the provider's country."""
        return self.calendar(provider).day_of(self.clock.time())

    def find(self, provider: ProviderId, identifier: Identifier | None) -> SubjectId | None:
        """To whom an identifier leads. A stranger may have typed it: it proves nothing."""
        if identifier is None or not identifier.value.strip():
            return None
        return self.keyring.find(provider, identifier.kind, identifier.value)

    def of_mail(self, provider: ProviderId, contact: str) -> SubjectId | None:
        return self.find(provider, Identifier(IdentifierKind.MAIL, contact)) if "@" in contact else None

    def has_gone(self, subject: SubjectId | None) -> bool:
        """Whether a request is nobody's any more; also where a law keeps something of them, shut away."""
        return subject is None or bool(self.keyring.kept(subject)) or not self.keyring.knows(subject)

    def kept_until(self, provider: ProviderId, answered: dt.date) -> float:
        """When a dossier goes: when claims out of it have lapsed there, or our own term is over, if that is sooner."""
        latest = dt.date(answered.year + _LATEST, 12, 31)
        until = min(self.rules(provider).claims.until(answered), latest)
        return instant_of(until + dt.timedelta(days=1))


async def stands(unit: UnitOfWork, subject: SubjectId) -> bool:
    """Whether anything at all is kept under that id: of whom there are no rows, nobody needs the keys."""
    return any([await unit.count(kind, subject=subject) for kind in REGISTRY.about_people()])
