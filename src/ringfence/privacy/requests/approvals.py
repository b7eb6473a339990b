"""What one member of staff proposes and another agrees to, for exactly these people, once.

Beside an erasure that the staff decide (which is a state of the request, `State.APPROVING`), this is an export of more
than one person's data.
"""

import dataclasses
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final, final

from ringfence.clock import DAY
from ringfence.identifiers import ProviderId, RowId, StaffId, SubjectId
from ringfence.persistence import UnitOfWork
from ringfence.privacy.requests.desk import Desk
from ringfence.privacy.requests.errors import SameMember, SecondMemberNeeded, UnknownCase
from ringfence.privacy.requests.records import Action, Approval

__all__ = ["Approvals"]

_LASTS: Final = 7 * DAY
"""Seconds after which a proposal counts no more: a week's absence, not a door left open."""


@final
class Approvals:
    """Kept as rows, so that a restart opens no second way."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def propose(self, provider: ProviderId, action: Action, people: Iterable[SubjectId], staff: StaffId) -> RowId:
        """The first member of staff wants it; nothing happens yet."""
        row = Approval(
            id=self._desk.row(),
            provider=provider,
            action=action,
            people=_digest(people),
            first=staff,
            second=None,
            until=self._desk.clock.time() + _LASTS,
            used=False,
        )
        async with self._desk.db.transaction() as unit:
            await unit.add(row)
        return row.id

    async def pending(self, provider: ProviderId) -> list[Approval]:
        """What waits for a second member of staff."""
        async with self._desk.db.reading() as unit:
            rows = await unit.select(Approval, provider=provider, used=False, second=None)
        return [row for row in rows if row.until > self._desk.clock.time()]

    async def second(self, provider: ProviderId, approval: RowId, staff: StaffId) -> None:
        """Another one agrees. Raises SameMember, or UnknownCase when there is no such proposal any more."""
        async with self._desk.db.transaction() as unit:
            row = await self._living(unit, provider, approval)
            if row.first == staff:
                raise SameMember
            await unit.replace(dataclasses.replace(row, second=staff))

    async def use(self, provider: ProviderId, approval: RowId, people: Sequence[SubjectId]) -> Approval:
        """Spends it, for the people it was given for and no others. Raises SecondMemberNeeded, or UnknownCase."""
        async with self._desk.db.transaction() as unit:
            row = await self._living(unit, provider, approval)
            if row.second is None or row.people != _digest(people):
                raise SecondMemberNeeded
            await unit.replace(dataclasses.replace(row, used=True))
        return row

    async def _living(self, unit: UnitOfWork, provider: ProviderId, approval: RowId) -> Approval:
        row = await unit.get(Approval, approval)
        if row is None or row.provider != provider or row.used or row.until <= self._desk.clock.time():
            raise UnknownCase
        return row


def _digest(people: Iterable[SubjectId]) -> str:
    return sha256("\n".join(sorted(set(people))).encode()).hexdigest()
