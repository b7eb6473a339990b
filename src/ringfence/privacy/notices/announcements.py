"""Telling people of a change before it holds for them, and taking their objection (APP-10, ZOI-23)."""

from dataclasses import dataclass
from typing import Final, final

from ringfence.clock import Clock
from ringfence.declarations import Purpose
from ringfence.identifiers import ProviderId, RowId, SubjectId
from ringfence.persistence import Database
from ringfence.privacy.ledger import Event, Ledger
from ringfence.privacy.notices.change import Difference
from ringfence.privacy.notices.differences import differences
from ringfence.privacy.notices.edition import Edition
from ringfence.privacy.notices.editions import Editions, Publication
from ringfence.privacy.notices.errors import NothingToObject, UnknownEdition, UnknownProvider
from ringfence.privacy.notices.ports import Mailer, People, Person, Rights
from ringfence.privacy.notices.records import Channel
from ringfence.privacy.notices.roll import Roll
from ringfence.privacy.notices.round import Round, Told
from ringfence.privacy.notices.standing import Standing
from ringfence.privacy.rights import Reason
from ringfence.randomness import Randomness

__all__ = ["Announcements", "Pending"]

_BATCH: Final = 200  # people whose announcements are looked up at once


@final
@dataclass(frozen=True, slots=True)
class Pending:
    """A change that does not hold for the person yet.

    `holds_from` is in epoch seconds: a month from now at least, as long as they are not `told`.
    """

    publication: Publication
    holds_from: float
    told: bool
    differences: tuple[Difference, ...]


@final
class Announcements:
    """One for all providers."""

    def __init__(
        self,
        *,
        db: Database,
        ledger: Ledger,
        editions: Editions,
        people: People,
        mailer: Mailer | None,
        rights: Rights,
        clock: Clock,
        randomness: Randomness,
    ) -> None:
        """Without a `mailer` everybody is told at their next start."""
        self._db = db
        self._ledger = ledger
        self._editions = editions
        self._people = people
        self._mailer = mailer
        self._rights = rights
        self._clock = clock
        self._roll = Roll(db, ledger, editions, clock, randomness)

    # Telling

    async def announce(self, provider: ProviderId) -> Told:
        """Tell everybody who has not been told, as far as mail can; what failed is tried again by the next round."""
        newest = self._editions.newest(provider)
        if newest is None or not newest.needs or self._mailer is None:
            return Told()
        telling = Round(self._roll, self._editions, self._mailer, newest, self._clock)
        batch: list[Person] = []
        async for person in self._people.of(provider):
            batch.append(person)
            if len(batch) == _BATCH:
                await telling.tell(batch)
                batch = []
        await telling.tell(batch)
        return telling.told

    async def shown(self, provider: ProviderId, subject: SubjectId, publication: RowId) -> None:
        """The app or a page showed the person what is coming: their month begins. Twice is as once.

        Raises UnknownEdition for a publication that is not the provider's.
        """
        found = next((each for each in self._editions.publications(provider) if each.id == publication), None)
        if found is None:
            raise UnknownEdition
        await self._roll.enter(found, subject, Channel.AT_START)

    async def pending_for(self, provider: ProviderId, subject: SubjectId, language: str) -> Pending | None:
        """What is coming for the person, to be shown at their next start; None if the newest holds for them."""
        standing, now = await self._standing(provider, subject), self._clock.time()
        if standing is None or not _is_coming(standing, now):
            return None
        old, new = await self._edition(standing.held(now)), await self._edition(standing.newest)
        return Pending(
            publication=standing.newest,
            holds_from=standing.holds_from(standing.newest, now),
            told=not standing.must_be_told(),
            differences=differences(old, new, language),
        )

    # What holds for somebody

    async def in_force(self, provider: ProviderId, subject: SubjectId | None = None) -> Publication:
        """What holds for the person; without one, for newcomers. Raises UnknownProvider before a first publication."""
        now = self._clock.time()
        standing = None if subject is None else await self._standing(provider, subject)
        holding = self._editions.in_force(provider, now) if standing is None else standing.held(now)
        if holding is None:
            raise UnknownProvider(provider=provider)
        return holding

    async def text_for(self, provider: ProviderId, subject: SubjectId) -> Edition:
        """The texts that hold for the person."""
        return await self._edition(await self.in_force(provider, subject))

    async def offers(self, provider: ProviderId, subject: SubjectId) -> frozenset[Purpose]:
        """What the text that holds for the person puts to their choice; consent is taken to nothing else (IPS-02)."""
        return frozenset((await self.text_for(provider, subject)).policy.offers)

    async def knows_of(self, provider: ProviderId, subject: SubjectId, recipient: str) -> bool:
        """Whether the text that holds for the person names the recipient: asked before a transfer abroad (ZOI-21)."""
        edition = await self.text_for(provider, subject)
        return any(each.name == recipient for each in edition.policy.recipients)

    # Objecting

    async def object_to(self, provider: ProviderId, subject: SubjectId) -> RowId:
        """The person objects to what is coming: the contract ends and their erasure begins; its id.

        Raises NothingToObject. After a crash in between, objecting again goes on.
        """
        standing = await self._standing(provider, subject)
        if standing is None or not _is_coming(standing, self._clock.time()):
            raise NothingToObject
        version = standing.newest.versions.terms
        async with self._db.transaction() as unit:
            await self._ledger.append(unit, provider, Event.TERMS_OBJECTED, subject=subject, version=version)
        return await self._rights.request(provider, subject, Reason.ASKED)

    async def _standing(self, provider: ProviderId, subject: SubjectId) -> Standing | None:
        person = await self._people.one(provider, subject)
        if person is None or self._editions.newest(provider) is None:
            return None
        return (await self._roll.standings(provider, [person]))[subject]

    async def _edition(self, publication: Publication) -> Edition:
        return await self._editions.edition(publication.edition)


def _is_coming(standing: Standing, now: float) -> bool:
    return standing.held(now).number < standing.newest.number
