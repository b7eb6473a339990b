"""An installation that publishes and announces: the kernel, with people, a mailer and rights that remember."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ringfence.clock import ManualClock
from ringfence.declarations import IdentifierKind
from ringfence.errors import PeerFault
from ringfence.identifiers import ProviderId, RowId, SubjectId
from ringfence.privacy.ledger import Event
from ringfence.privacy.ledger.records import LedgerEntry
from ringfence.privacy.notices import (
    Announcement,
    Announcements,
    Edition,
    Editions,
    Notices,
    Person,
    ProviderPolicy,
    Publication,
)
from ringfence.privacy.rights import Reason
from ringfence.randomness import SystemRandomness
from tests.unit.privacy.installation import Installation, installed, prepared
from tests.unit.privacy.notices.texts import POLICY

__all__ = ["House", "Mail", "MailLost", "housed"]

PROVIDER = POLICY.id


class MailLost(PeerFault):
    code = "mail_lost"


@dataclass(frozen=True)
class Mail:
    to: str
    subject: str
    text: str
    html: str
    concerned: SubjectId | None


@dataclass
class Postbox:
    """Takes mail; `refuses` names addresses whose mail is lost, `dies_after` how many are taken before a kill."""

    sent: list[Mail] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)
    dies_after: int | None = None

    async def send(
        self, provider: ProviderId, to: str, subject: str, text: str, html: str, concerned: SubjectId | None
    ) -> None:
        if to in self.refuses:
            raise MailLost
        if self.dies_after is not None and len(self.sent) >= self.dies_after:
            raise KeyboardInterrupt
        self.sent.append(Mail(to, subject, text, html, concerned))


@dataclass
class Register:
    """Who is enrolled."""

    people: dict[SubjectId, Person] = field(default_factory=dict)

    async def of(self, provider: ProviderId) -> AsyncIterator[Person]:
        for person in list(self.people.values()):
            yield person

    async def one(self, provider: ProviderId, subject: SubjectId) -> Person | None:
        return self.people.get(subject)


@dataclass
class Eraser:
    asked: list[tuple[SubjectId, Reason]] = field(default_factory=list)

    async def request(self, provider: ProviderId, subject: SubjectId, reason: Reason) -> RowId:
        self.asked.append((subject, reason))
        return RowId("erasure")


@dataclass
class House:
    """`published` is what the last call of `publish` led to."""

    kernel: Installation
    clock: ManualClock
    editions: Editions
    mails: Postbox
    register: Register
    eraser: Eraser
    announcements: Announcements

    async def publish(self, policy: ProviderPolicy = POLICY, *, anybody: bool = True) -> Publication:
        """Publish what that policy makes; what is newest afterwards."""
        await self.editions.publish(PROVIDER, drafted(policy), anybody=anybody)
        newest = self.editions.newest(PROVIDER)
        assert newest is not None
        return newest

    def enrol(self, name: str, *, language: str = "en", mail: str = "", administrator: str = "") -> SubjectId:
        """Somebody who agrees to what holds now."""
        subject = SubjectId(self.kernel.new())
        self.kernel.keyring.bind(PROVIDER, IdentifierKind.SIP_ADDRESS, f"{name}@sip.example.org", subject)
        holding = self.editions.in_force(PROVIDER)
        assert holding is not None
        self.register.people[subject] = Person(subject, language, holding.versions, mail, administrator)
        return subject

    async def held(self, subject: SubjectId | None = None) -> int:
        """The number of what holds for somebody."""
        return (await self.announcements.in_force(PROVIDER, subject)).number

    async def recorded(self, subject: SubjectId) -> list[Announcement]:
        async with self.kernel.db.reading() as unit:
            return await unit.select(Announcement, subject=subject)

    async def in_ledger(self, event: Event) -> int:
        async with self.kernel.db.reading() as unit:
            entries = await unit.select(LedgerEntry, provider=PROVIDER)
        return sum(event.value.encode() in entry.body for entry in entries)

    def restarted(self) -> "House":
        """Another process on the same database: nothing in memory yet."""
        editions = Editions(self.kernel.db, self.kernel.ledger, self.clock)
        return _house(self.kernel, self.clock, editions, self.mails, self.register, self.eraser)


def drafted(policy: ProviderPolicy) -> Edition:
    return Notices([policy]).edition(policy.id)


@asynccontextmanager
async def housed(folder: Path) -> AsyncIterator[House]:
    clock = ManualClock(1_800_000_000.0)  # 2027-01-15 08:00 UTC
    async with installed(prepared(folder), clock) as kernel:
        editions = Editions(kernel.db, kernel.ledger, clock)
        yield _house(kernel, clock, editions, Postbox(), Register(), Eraser())


def _house(
    kernel: Installation, clock: ManualClock, editions: Editions, mails: Postbox, register: Register, eraser: Eraser
) -> House:
    announcements = Announcements(
        db=kernel.db,
        ledger=kernel.ledger,
        editions=editions,
        people=register,
        mailer=mails,
        rights=eraser,
        clock=clock,
        randomness=SystemRandomness(),
    )
    return House(kernel, clock, editions, mails, register, eraser, announcements)
