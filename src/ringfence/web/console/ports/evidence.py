"""What shows how data is kept: the plan of retention, and the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, final

from ringfence.identifiers import LedgerRef, ProviderId
from ringfence.privacy.ledger import Event as LedgerEvent
from ringfence.privacy.ledger import Report
from ringfence.privacy.retention import Due

__all__ = ["Chain", "EntryShown", "Plans"]


class Plans(Protocol):
    """`privacy.retention.Retention`."""

    async def plan(self, now: float | None = None, *, provider: ProviderId | None = None) -> list[Due]: ...


@final
@dataclass(frozen=True, slots=True)
class EntryShown:
    """An entry of the ledger: closed facts, no person."""

    number: int
    at: float
    event: str
    ref: LedgerRef | None
    facts: Mapping[str, str | int]
    hash: str


class Chain(Protocol):
    """The ledger, to be read."""

    async def entries(
        self, provider: ProviderId, *, event: LedgerEvent | None, ref: str, before: int, limit: int
    ) -> Sequence[EntryShown]:
        """The newest first, below number `before` (0: all), of one event or reference if they are given."""
        ...

    async def verify(self, provider: ProviderId) -> Report: ...
