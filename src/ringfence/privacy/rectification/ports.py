"""What rectification needs of others; the application joins them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, final

from ringfence.declarations import Record
from ringfence.identifiers import ProviderId, RowId, SubjectId
from ringfence.privacy.rectification.records import Change

__all__ = ["Correctable", "Corrected", "Teller", "Telling"]


@final
@dataclass(frozen=True, slots=True)
class Correctable:
    """A field that its person entered and may correct at any time. `check` gives the value as it is kept.

    `check` raises ValueError for what can't stand.
    """

    kind: type[Record]
    field: str
    check: Callable[[str], object]


class Corrected(Protocol):
    """A service with copies in memory of what it keeps."""

    async def rectified(self, subject: SubjectId, table: str, row: RowId) -> None:
        """The row says something else now. Idempotent."""
        ...


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What a recipient is told. Which value it is now, the sender reads from the row itself."""

    id: RowId
    provider: ProviderId
    subject: SubjectId
    change: Change
    flow: str
    table: str
    row: RowId | None
    field: str


class Teller(Protocol):
    """The way to one recipient."""

    async def tell(self, telling: Telling) -> None:
        """Returns when the recipient has acknowledged; a RingfenceError or OSError is tried again."""
        ...
