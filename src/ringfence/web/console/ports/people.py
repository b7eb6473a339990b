"""Who is there, masked, and what an erasure would do to their data."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, final

from ringfence.identifiers import LedgerRef, ProviderId, SubjectId

__all__ = ["People", "PersonShown", "TableShown", "VerdictShown", "Verdicts"]


@final
@dataclass(frozen=True, slots=True)
class TableShown:
    """What is kept of somebody in one table, without a value of it."""

    name: str
    what: Sequence[str]
    until: str
    rows: int
    restricted: bool


@final
@dataclass(frozen=True, slots=True)
class PersonShown:
    """Somebody, masked. `ref` is what the ledger calls them."""

    subject: SubjectId
    ref: LedgerRef | None
    tables: Sequence[TableShown]
    leaving: bool
    """An erasure was begun."""


@final
@dataclass(frozen=True, slots=True)
class VerdictShown:
    """What would become of a kind of datum."""

    what: str
    rows: int
    outcome: str
    until: dt.date | None
    law: str


@final
@dataclass(frozen=True, slots=True)
class Verdicts:
    """What an erasure would do now; nothing was done. `stops` says what would stop working, in sentences."""

    verdicts: Sequence[VerdictShown]
    stops: Sequence[str]


class People(Protocol):
    """Who is there, without a value of theirs."""

    async def outline(self, provider: ProviderId, subject: SubjectId, language: str) -> PersonShown | None:
        """None where this provider has nobody of that id."""
        ...

    async def dry_run(self, provider: ProviderId, subject: SubjectId, language: str) -> Verdicts: ...
