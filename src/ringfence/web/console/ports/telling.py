"""Which recipients wait to be told of a change, and what became of it (Art. 19 GDPR)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, final

from ringfence.identifiers import ProviderId, RecipientId, RowId
from ringfence.privacy.rectification import Change, Reason, State, Way

__all__ = ["NoticeShown", "Tellings"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeShown:
    """A notice in words; it names no person, since none stands in it. `name` is empty where the person chose them."""

    id: RowId
    recipient: RecipientId
    name: str
    change: Change
    flows: Sequence[str]
    tables: Sequence[str]
    first: dt.date
    last: dt.date
    reference: RowId | None
    opened: dt.date
    state: State
    way: Way
    reason: Reason | None
    closed: dt.date | None


class Tellings(Protocol):
    """What is left to officers, and what was done."""

    async def by_hand(self, provider: ProviderId, language: str) -> Sequence[NoticeShown]: ...

    async def settled(self, provider: ProviderId, language: str) -> Sequence[NoticeShown]: ...

    async def tell_by_hand(self, provider: ProviderId, notice: RowId) -> None:
        """Raises NoticeSettled."""
        ...

    async def give_up(self, provider: ProviderId, notice: RowId, reason: Reason) -> None:
        """Raises NoticeSettled."""
        ...
