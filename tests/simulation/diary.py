"""What happened, as an outsider would note it: the checker's second source beside the raw files."""

import datetime as dt
from dataclasses import dataclass, field

from ringfence.identifiers import CaseId, DeviceId, ProviderId, RowId, SubjectId

__all__ = ["Billed", "Diary", "Held", "Life"]


@dataclass
class Life:
    """One person's time with a provider. Times in epoch seconds."""

    provider: ProviderId
    address: str
    key: bytes
    subject: SubjectId
    devices: list[DeviceId]
    heard: float
    """When a device of theirs was last heard of."""
    silent: bool = False
    left: float | None = None
    """When they asked to go, or their address was in other hands."""
    erasures: list[CaseId] = field(default_factory=list)
    """Their requests for erasure; from the answer on they have asked to go."""

    @property
    def here(self) -> bool:
        return self.left is None and not self.silent


@dataclass
class Held:
    """A hold, or a restriction that protects: what must stay. `until` is the last day; None: until it is released."""

    id: RowId
    provider: ProviderId
    subject: SubjectId
    tables: frozenset[str]
    until: dt.date | None = None
    released: float | None = None


@dataclass(frozen=True)
class Billed:
    provider: ProviderId
    subject: SubjectId
    issued: dt.date


@dataclass
class Diary:
    lives: list[Life] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    invoices: dict[RowId, Billed] = field(default_factory=dict)
    staff: set[SubjectId] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)
    """How often each thing happened, so that a test can say that it did."""

    def happened(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    def here(self) -> list[Life]:
        return [life for life in self.lives if life.here]
