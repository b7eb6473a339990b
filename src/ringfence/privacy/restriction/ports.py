"""What restriction needs of others; the application joins them."""

from collections.abc import Collection
from typing import Protocol

from ringfence.identifiers import ProviderId, RowId, SubjectId
from ringfence.persistence import UnitOfWork
from ringfence.privacy.restriction.records import Restriction

__all__ = ["Heralds", "Informs", "Observes"]


class Informs(Protocol):
    """Tells a person that a restriction will be lifted (Art. 18(3) GDPR)."""

    async def lifting(self, provider: ProviderId, subject: SubjectId, restriction: RowId) -> None:
        """Returns when the person has been told, or a letter is on its way; raises where neither could be done."""
        ...


class Heralds(Protocol):
    """Who must know that values are restricted, or no more (Art. 19 GDPR): within the unit that writes it."""

    async def restricting(self, unit: UnitOfWork, restriction: Restriction) -> None: ...

    async def lifting(self, unit: UnitOfWork, restriction: Restriction) -> None: ...


class Observes(Protocol):
    """A service that has copies in memory of what it keeps."""

    async def restricted(self, subject: SubjectId, tables: Collection[str]) -> None:
        """Drop what is in memory of these tables, and stop using it. Idempotent."""
        ...

    async def lifted(self, subject: SubjectId, tables: Collection[str]) -> None:
        """The rows can be read again. Idempotent."""
        ...
