"""One round of telling people of what is coming, by mail."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from ringfence.clock import Clock
from ringfence.errors import RingfenceError
from ringfence.privacy.notices.differences import differences
from ringfence.privacy.notices.editions import Editions, Publication
from ringfence.privacy.notices.letter import Letter, write
from ringfence.privacy.notices.ports import Mailer, Person
from ringfence.privacy.notices.records import Channel
from ringfence.privacy.notices.roll import Roll
from ringfence.privacy.notices.standing import Standing

__all__ = ["Round", "Told"]


@final
@dataclass(slots=True)
class Told:
    """What one round did. `later` are people who can only be told at their next start."""

    mailed: int = 0
    administrators: int = 0
    failed: int = 0
    later: int = 0


@final
class Round:
    """Killed anywhere, the next round goes on; the one mail that was under way may go twice."""

    def __init__(self, roll: Roll, editions: Editions, mailer: Mailer, newest: Publication, clock: Clock) -> None:
        self._roll = roll
        self._editions = editions
        self._mailer = mailer
        self._newest = newest
        self._clock = clock
        self._letters: dict[tuple[int, str, bool, float], Letter] = {}
        self._administrators: dict[str, bool] = {}
        self.told = Told()

    async def tell(self, people: Sequence[Person]) -> None:
        """Those among them who have not been told."""
        standings = await self._roll.standings(self._newest.provider, people)
        for person in people:
            standing = standings[person.subject]
            if standing.must_be_told():
                await self._tell(person, standing)

    async def _tell(self, person: Person, standing: Standing) -> None:
        if person.mail:
            if await self._send(person.mail, person, standing, administrator=False):
                await self._roll.enter(self._newest, person.subject, Channel.MAIL)
                self.told.mailed += 1
        elif person.administrator:
            if await self._administrator_told(person, standing):
                await self._roll.enter(self._newest, person.subject, Channel.ADMINISTRATOR)
        else:
            self.told.later += 1

    async def _administrator_told(self, person: Person, standing: Standing) -> bool:
        """Once a round for everybody of the organisation."""
        address = person.administrator
        if address not in self._administrators:
            self._administrators[address] = await self._send(address, person, standing, administrator=True)
            self.told.administrators += self._administrators[address]
        return self._administrators[address]

    async def _send(self, address: str, person: Person, standing: Standing, *, administrator: bool) -> bool:
        letter = await self._letter(person.language, standing, administrator=administrator)
        concerned = None if administrator else person.subject
        try:
            await self._mailer.send(self._newest.provider, address, letter.subject, letter.text, letter.html, concerned)
        except RingfenceError:  # the mailer has said why; whoever is not entered is told by the next round
            self.told.failed += 1
            return False
        return True

    async def _letter(self, language: str, standing: Standing, *, administrator: bool) -> Letter:
        """One for all who stand alike."""
        now = self._clock.time()
        held, holds_from = standing.held(now), standing.holds_from(self._newest, now)
        key = (held.number, language, administrator, holds_from)
        if key not in self._letters:
            old, new = await self._editions.edition(held.edition), await self._editions.edition(self._newest.edition)
            told = differences(old, new, language)
            self._letters[key] = write(new.policy, told, holds_from, language, administrator=administrator)
        return self._letters[key]
