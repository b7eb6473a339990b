"""From a request to its letter: gathers what is true of this person now, as far as they may know it."""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final, Protocol, final

import sqlalchemy as sa

from ringfence.clock import Clock
from ringfence.declarations import REGISTRY, Record, Registry
from ringfence.identifiers import CaseId, ProviderId, RecipientId, RowId, SubjectId
from ringfence.persistence import Database, Storage, UnitOfWork
from ringfence.persistence.guards import stored_as
from ringfence.privacy.answers.facts import ActualRecipient, AnswerFacts, Hearing, Hears, Held
from ringfence.privacy.answers.letters import Letters
from ringfence.privacy.consent import Choice, ConsentEvent, EventKind
from ringfence.privacy.egress import Disclosure, LegalRole, Recipient
from ringfence.privacy.law import Law
from ringfence.privacy.notices import ProviderPolicy
from ringfence.privacy.rectification import RecipientNotice, Way
from ringfence.privacy.rectification import State as Notice
from ringfence.privacy.requests.kind import Kind, LetterKind, Outcome
from ringfence.privacy.requests.ports import Writing, Written
from ringfence.privacy.rights import Hold, Verdict, told
from ringfence.privacy.secrecy import Hidden

__all__ = ["Answers", "Copies", "Hides", "Notices", "Verdicts"]

_STANDS: Final[Mapping[Notice, Hears]] = {
    Notice.DUE: Hears.MAIL,
    Notice.SENDING: Hears.MAIL,
    Notice.TOLD: Hears.DONE,
    Notice.BY_HAND: Hears.HAND,
    Notice.IMPOSSIBLE: Hears.CANT,
}


class Hides(Protocol):
    """Who knows what may not be spoken of; `Secrecy` does."""

    async def hidden_in(self, unit: UnitOfWork, provider: ProviderId, subject: SubjectId) -> Hidden: ...


class Verdicts(Protocol):
    """Who knows what an erasure would do; the erasures do."""

    async def verdicts(self, provider: ProviderId, subject: SubjectId, hidden: Hidden) -> Sequence[Verdict]:
        """By field. Of rows that are hidden they may speak, and mark as secret what must not be told: both go here."""
        ...


class Notices(Protocol):
    """Who knows which recipients are told; `rectification.Outbox` does."""

    async def of_case(self, provider: ProviderId, subject: SubjectId, case: CaseId) -> Sequence[RecipientNotice]:
        """What a request has led to."""
        ...

    async def foreseen(self, provider: ProviderId, subject: SubjectId) -> Sequence[RecipientNotice]:
        """What an erasure would lead to."""
        ...


class Copies(Protocol):
    """Who knows how long a package can be fetched; the packages do."""

    async def expires(self, package: RowId, subject: SubjectId) -> float | None:
        """Epoch seconds; None where it is gone, or somebody else's."""
        ...


@final
class Answers:
    """The port `requests.ports.Writer`."""

    def __init__(
        self,
        *,
        db: Database,
        letters: Letters,
        law: Law,
        policy: Callable[[ProviderId], ProviderPolicy],
        recipients: Callable[[ProviderId], Iterable[Recipient]],
        secrecy: Hides,
        verdicts: Verdicts,
        copies: Copies,
        notices: Notices,
        clock: Clock,
        registry: Registry = REGISTRY,
    ) -> None:
        self._db = db
        self._letters = letters
        self._law = law
        self._policy = policy
        self._recipients = recipients
        self._secrecy = secrecy
        self._verdicts = verdicts
        self._copies = copies
        self._notices = notices
        self._clock = clock
        self._registry = registry

    async def write(self, writing: Writing) -> Written:
        """Raises LetterIncomplete or ExceptionUnfit: then an officer has to say more before it can leave."""
        letter = self._letters.write(await self.facts(writing), writing.language)
        return Written(letter.title, letter.text(), letter.html())

    async def beside_a_copy(
        self, provider: ProviderId, subject: SubjectId, case: CaseId, language: str
    ) -> tuple[str, ...]:
        """What goes into the copy itself, which is made before the letter is written: a title, then paragraphs.

        Raises LetterIncomplete.
        """
        today = self._day(self._policy(provider), self._clock.time())
        writing = Writing(
            provider=provider,
            subject=subject,
            case=case,
            about=LetterKind.ANSWER,
            kind=Kind.ACCESS,
            language=language,
            outcome=Outcome.GRANTED,
            received=today,
            legal=today,
            promised=today,
            extended=False,
            exception="",
            ground="",
            fee=0,
            recourse="",
            package=None,
            follows=None,
            name="",
            note="",
            details={},
        )
        letter = self._letters.beside_a_copy(await self.facts(writing), language)
        return letter.title, *letter.paragraphs

    async def facts(self, writing: Writing) -> AnswerFacts:
        """All that the letter tells, for a page that shows it before it leaves."""
        policy = self._policy(writing.provider)
        named = {recipient.id: recipient for recipient in self._recipients(writing.provider)}
        async with self._db.reading() as unit:
            hidden = await self._secrecy.hidden_in(unit, writing.provider, writing.subject)
            held = await self._held(unit, writing.subject, hidden)
            passed = await unit.select(Disclosure, subject=writing.subject)
            gone = hidden.shown(passed)
            events = await unit.select(ConsentEvent, subject=writing.subject)
        unspoken = {row.recipient for row in passed} - {row.recipient for row in gone}
        about_erasure = writing.kind is Kind.ERASURE and writing.about is LetterKind.ANSWER
        return AnswerFacts(
            policy=policy,
            case=writing.case,
            about=writing.about,
            kind=writing.kind,
            outcome=writing.outcome,
            received=writing.received,
            promised=writing.promised,
            legal=writing.legal,
            today=self._day(policy, self._clock.time()),
            held=held,
            recipients=tuple(self._actual(policy, named, gone)),
            hearing=tuple(await self._hearing(writing, named, unspoken)),
            verdicts=await self._fates(writing, hidden) if about_erasure else (),
            withdrawn=self._withdrawn(policy, writing, events),
            partners={recipient.id: recipient.name for recipient in named.values()},
            exception=writing.exception,
            ground=writing.ground,
            fee=writing.fee,
            recourse=writing.recourse,
            ends_on=await self._ends_on(policy, writing),
            follows=writing.follows,
            name=writing.name,
            note=writing.note,
            details=writing.details,
        )

    async def _held(self, unit: UnitOfWork, subject: SubjectId, hidden: Hidden) -> tuple[Held, ...]:
        """What the copy has, and what is blocked; where a hold is secret, no row that is there by it alone."""
        kinds = list(self._registry.about_people())
        counted = [(kind, await hidden.count(unit, kind, subject)) for kind in kinds]
        if await unit.count(Hold, subject=subject, secret=True, released=False):
            counted = [(kind, rows - await _past_term(unit, kind, subject, hidden)) for kind, rows in counted]
        return tuple(Held(kind.declaration.name, rows) for kind, rows in counted if rows)

    async def _fates(self, writing: Writing, hidden: Hidden) -> tuple[Verdict, ...]:
        """The verdicts as the person is told, where what is hidden counts as not there."""
        found = told(await self._verdicts.verdicts(writing.provider, writing.subject, hidden))
        async with self._db.reading() as unit:
            held = {each.table for each in await self._held(unit, writing.subject, hidden)}
        return tuple(verdict for verdict in found if verdict.table in held)

    async def _hearing(
        self, writing: Writing, named: Mapping[RecipientId, Recipient], unspoken: Collection[RecipientId]
    ) -> list[Hearing]:
        """An erasure begins when its answer has left, so its notices are foreseen; the others are there."""
        if writing.about is not LetterKind.ANSWER:
            return []
        if writing.kind is Kind.ERASURE:
            notices = await self._notices.foreseen(writing.provider, writing.subject)
        else:
            notices = await self._notices.of_case(writing.provider, writing.subject, writing.case)
        return [_hearing(notice, named) for notice in notices if notice.recipient not in unspoken]

    async def _ends_on(self, policy: ProviderPolicy, writing: Writing) -> dt.date | None:
        if writing.package is None:
            return None
        expires = await self._copies.expires(writing.package, writing.subject)
        return None if expires is None else self._day(policy, expires)

    def _actual(
        self, policy: ProviderPolicy, named: dict[RecipientId, Recipient], gone: Iterable[Disclosure]
    ) -> Iterable[ActualRecipient]:
        """By name and flow; a recipient that is configured no more is told of without its name."""
        mechanisms = {each.name: each.mechanisms for each in policy.recipients}
        for row in sorted(gone, key=lambda row: (row.recipient, row.flow)):
            recipient = named.get(row.recipient)
            name, country = (recipient.name, recipient.country) if recipient else ("", "")
            yield ActualRecipient(
                name=name,
                country=country,
                role=recipient.role if recipient else LegalRole.CONTROLLER,
                flow=row.flow,
                first=row.first_day,
                last=row.last_day,
                mechanisms=mechanisms.get(name, ()),
                abroad=country != policy.country,
            )

    def _withdrawn(
        self, policy: ProviderPolicy, writing: Writing, events: Iterable[ConsentEvent]
    ) -> tuple[Choice, ...]:
        """What was withdrawn since the request came."""
        if writing.kind is not Kind.WITHDRAWAL:
            return ()
        found = [
            event.choice
            for event in sorted(events, key=lambda event: event.number)
            if event.kind is EventKind.WITHDRAWN and self._day(policy, event.at) >= writing.received
        ]
        return tuple(dict.fromkeys(choice for choice in found if choice is not None))

    def _day(self, policy: ProviderPolicy, instant: float) -> dt.date:
        """The local day of the provider's country."""
        return self._law.calendar(policy.country).day_of(instant)


def _hearing(notice: RecipientNotice, named: Mapping[RecipientId, Recipient]) -> Hearing:
    recipient = named.get(notice.recipient)
    needless = notice.way is Way.OPERATION and notice.state is Notice.TOLD
    return Hearing(recipient.name if recipient else "", Hears.NEEDLESS if needless else _STANDS[notice.state])


async def _past_term(unit: UnitOfWork, kind: type[Record], subject: SubjectId, hidden: Hidden) -> int:
    """How many rows of the person, of those that may be told of, are there only because they are held."""
    declaration, table = kind.declaration, kind.declaration.table
    put_away = [
        sa.and_(table.c[declaration.subject_column(part)] == subject, stored_as(declaration, part, Storage.HELD))
        for part in declaration.parts
    ]
    found = await unit.execute(sa.select(table.c.id).where(sa.or_(*put_away)))
    return sum(not hidden.covers(declaration.name, RowId(row)) for row in found.scalars())
