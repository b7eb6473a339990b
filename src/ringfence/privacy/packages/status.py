"""What is told of a package, on which terms, and what it costs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, final

from ringfence.clock import DAY
from ringfence.declarations import Keep
from ringfence.identifiers import CaseId, ProviderId, RowId
from ringfence.privacy.packages.errors import TermTooLong
from ringfence.privacy.packages.records import FeeReason, Kind

__all__ = ["Charge", "PackageSettings", "State", "Status"]

_LONGEST: Final = Keep.PACKAGE.seconds or 0.0


class State(StrEnum):
    """What a person is told of a package."""

    WAITING = "waiting"
    BUILDING = "building"
    READY = "ready"
    SHREDDED = "shredded"


@final
@dataclass(frozen=True, slots=True)
class PackageSettings:
    """Terms of packages.

    keep_seconds: how long a package can be fetched, from when it is ready; 30 days at most. `terms`: by provider.
    alive: copies that a person may have at once; more would only fill the disk.
    free_copies, free_seconds: so many copies within so long cost nothing; for more a reasonable fee may be asked.
    """

    keep_seconds: float = 14 * DAY
    alive: int = 3
    free_copies: int = 1
    free_seconds: float = 365 * DAY
    terms: Mapping[ProviderId, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for seconds in (self.keep_seconds, *self.terms.values()):
            if not 0 < seconds <= _LONGEST:
                raise TermTooLong(seconds=seconds, limit=_LONGEST)

    def keeps(self, provider: ProviderId) -> float:
        """How long a package of this provider can be fetched, in seconds."""
        return self.terms.get(provider, self.keep_seconds)


@final
@dataclass(frozen=True, slots=True)
class Charge:
    """Whether a reasonable fee may be asked for a copy (Articles 12(5) and 15(3) GDPR), and why."""

    charged: bool
    reason: FeeReason


@final
@dataclass(frozen=True, slots=True)
class Status:
    """The truth about a package at the moment of asking. Times are epoch seconds."""

    id: RowId
    case: CaseId | None
    kind: Kind
    state: State
    asked: float
    expires: float
    ready: float | None
    fetched: float | None
    rows: int
    """How many are in it; while it is made: so far."""
    size: int
    digest: str
    charge: Charge
