"""Counts missed calls and shows the count on watches."""

from collections import Counter
from typing import Final, final

from ringfence.clock import Clock
from ringfence.identifiers import ProviderId, RowId, SubjectId, new_id
from ringfence.persistence import Database
from ringfence.randomness import Randomness
from tests.unit.walkthroughs.badges.ports import BadgePush, BadgeSender, Outcome
from tests.unit.walkthroughs.badges.records import Badge, Style

__all__ = ["Badges"]

_REACHABLE: Final = 3 * 86_400.0  # seconds; the default of Keep.WHILE_REACHABLE


@final
class Badges:
    """A `Departure`, too: erasing a person begins with what runs letting go of them."""

    def __init__(self, db: Database, sender: BadgeSender, clock: Clock, randomness: Randomness) -> None:
        self._db = db
        self._sender = sender
        self._clock = clock
        self._randomness = randomness
        self._missed: Counter[SubjectId] = Counter()

    async def wear(self, provider: ProviderId, subject: SubjectId, *, token: str, name: str, style: Style) -> RowId:
        """A watch wants to show missed calls. Raises SubjectGone for a person who is being erased."""
        badge = Badge(
            id=RowId(new_id(self._randomness)),
            provider=provider,
            subject=subject,
            due=self._clock.time() + _REACHABLE,
            style=style,
            token=token,
            name=name,
        )
        async with self._db.transaction() as unit:
            await unit.add(badge)
        return badge.id

    async def missed(self, subject: SubjectId) -> list[Outcome]:
        """A call was missed: show one more on each watch; a watch that is gone is forgotten."""
        async with self._db.reading() as unit:
            badges = await unit.select(Badge, subject=subject)
        if not badges:
            return []
        self._missed[subject] += 1
        outcomes = [await self._sender.send(self._push(badge)) for badge in badges]
        gone = [badge.id for badge, outcome in zip(badges, outcomes, strict=True) if outcome is Outcome.GONE]
        async with self._db.transaction() as unit:
            await unit.delete(Badge, subject=subject, id=gone)
        return outcomes

    async def depart(self, subject: SubjectId) -> None:
        """The person goes: drop what is in memory. The rows are the erasure's own."""
        del self._missed[subject]

    def _push(self, badge: Badge) -> BadgePush:
        shown = str(self._missed[badge.subject]) if badge.style is Style.NUMBER else "."
        return BadgePush(badge.provider, badge.subject, badge.token, shown)
