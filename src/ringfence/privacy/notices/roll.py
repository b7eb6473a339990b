"""Who was told of what, and therefore what holds for whom."""

from collections.abc import Sequence
from typing import final

from ringfence.clock import Clock
from ringfence.identifiers import ProviderId, RowId, SubjectId, new_id
from ringfence.persistence import Database, SubjectGone
from ringfence.privacy.ledger import Event, Ledger
from ringfence.privacy.notices.editions import Editions, Publication
from ringfence.privacy.notices.ports import Person
from ringfence.privacy.notices.records import Announcement, Channel
from ringfence.privacy.notices.standing import Standing
from ringfence.randomness import Randomness

__all__ = ["Roll"]


@final
class Roll:
    """Over the announcements that are recorded."""

    def __init__(self, db: Database, ledger: Ledger, editions: Editions, clock: Clock, randomness: Randomness) -> None:
        self._db = db
        self._ledger = ledger
        self._editions = editions
        self._clock = clock
        self._randomness = randomness

    async def standings(self, provider: ProviderId, people: Sequence[Person]) -> dict[SubjectId, Standing]:
        """Of several people at once; there must be a publication."""
        told: dict[SubjectId, dict[int, float]] = {person.subject: {} for person in people}
        published = self._editions.publications(provider)
        numbers = {each.id: each.number for each in published}
        async with self._db.reading() as unit:
            for row in await unit.select(Announcement, provider=provider, subject=list(told)):
                told[row.subject][numbers[row.publication]] = row.told_at
        return {person.subject: Standing(published, person.agreed, told[person.subject]) for person in people}

    async def enter(self, publication: Publication, subject: SubjectId, channel: Channel) -> None:
        """Write down that the person was told, once. Somebody who is being erased needs no record."""
        try:
            await self._enter(publication, subject, channel)
        except SubjectGone:
            return

    async def _enter(self, publication: Publication, subject: SubjectId, channel: Channel) -> None:
        row = Announcement(
            id=RowId(new_id(self._randomness)),
            provider=publication.provider,
            subject=subject,
            publication=publication.id,
            channel=channel,
            told_at=self._clock.time(),
        )
        async with self._db.transaction() as unit:
            if await unit.count(Announcement, subject=subject, publication=publication.id):
                return
            await unit.add(row)
            await self._ledger.append(
                unit,
                publication.provider,
                Event.CHANGE_ANNOUNCED,
                subject=subject,
                version=publication.versions.notice,
                channel=channel,
            )
