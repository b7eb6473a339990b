"""What an erasure asks of others: of services, of whoever tells recipients, of the scan."""

from collections.abc import Collection, Sequence
from typing import Protocol

from ringfence.identifiers import ProviderId, RowId, SubjectId
from ringfence.persistence import UnitOfWork
from ringfence.privacy.vault import KeptClass

__all__ = ["Consequence", "Departure", "Examines", "Heralds"]


class Departure(Protocol):
    """A service that lets a person go: un-registers where that hits nobody else, drops memory, fills outboxes."""

    async def depart(self, subject: SubjectId) -> None:
        """Idempotent; cut off when its time is over."""
        ...


class Heralds(Protocol):
    """Who must know of an erasure as long as it can be known what was passed on, and to whom (Art. 19 GDPR)."""

    async def erasing(self, unit: UnitOfWork, provider: ProviderId, subject: SubjectId, erasure: RowId) -> None:
        """Within the unit that writes the intent: what is written here stands or falls with it, and names nobody."""
        ...


class Consequence(Protocol):
    """A service that says what stops working for a person who is erased (ZOI-20)."""

    async def ends(self, subject: SubjectId) -> Collection[str]:
        """Keys of the catalogue of texts, one per thing that stops; none if the person does not use it."""
        ...


class Examines(Protocol):
    """Looks for what is left of a person; see `examine.Examiner`."""

    async def prepare(self, subject: SubjectId, keeping: Sequence[KeptClass] = ()) -> None:
        """Gathers what to look for, while it can be known. Called before the keys go."""
        ...

    async def examine(self, subject: SubjectId) -> dict[str, object]:
        """Looks for it; the answer goes into the certificate."""
        ...
