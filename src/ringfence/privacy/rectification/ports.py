"""What rectification needs of others; the application joins them."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, final

from ringfence.declarations import Record
from ringfence.identifiers import ProviderId, RecipientId, RowId, SubjectId
from ringfence.privacy.rectification.records import Change

__all__ = ["Correctable", "Corrected", "Directory", "Teller", "Telling"]


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


class Directory(Protocol):
    """What the configuration says about recipients."""

    def forgets(self, provider: ProviderId, recipient: RecipientId, flow: str, change: Change) -> bool:
        """Whether what the protocol does anyway carries out the change with them, so that nothing is left to tell."""
        ...

    def reachable(self, provider: ProviderId, recipient: RecipientId) -> bool:
        """Whether a mail can be sent to them."""
        ...


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What a recipient is told: nothing that names a person. The same `id` is the same message."""

    id: RowId
    provider: ProviderId
    recipient: RecipientId
    change: Change
    flows: tuple[str, ...]
    tables: tuple[str, ...]
    first: dt.date
    last: dt.date
    reference: RowId | None


class Teller(Protocol):
    """The mail to a recipient."""

    async def tell(self, telling: Telling) -> None:
        """Returns when it has left; a RingfenceError or OSError is tried again."""
        ...
