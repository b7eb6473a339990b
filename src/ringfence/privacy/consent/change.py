"""One person's turn at their consents: what was read, what is changed, and what the record says of it."""

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from typing import final

import sqlalchemy as sa

from ringfence.clock import Clock
from ringfence.declarations import Purpose
from ringfence.identifiers import CaseId, ProviderId, RowId, SubjectId, new_id
from ringfence.persistence import UnitOfWork
from ringfence.privacy.consent import standing as states
from ringfence.privacy.consent.choice import Choice, Feature
from ringfence.privacy.consent.errors import GuardianNeeded, TooManyConsents
from ringfence.privacy.consent.ports import ConsentText
from ringfence.privacy.consent.records import Act, By, ConsentEvent, ConsentState, Ending, EventKind, Standing, Use
from ringfence.privacy.ledger import Event, Fact, Ledger
from ringfence.randomness import Randomness

__all__ = ["Change", "nothing", "state_of", "take_turn"]


@final
class Change:
    """Made within a unit of work after `take_turn`; `write` it at the end. `limit` is how many acts are recorded."""

    def __init__(
        self, unit: UnitOfWork, state: ConsentState, ledger: Ledger, clock: Clock, randomness: Randomness, limit: int
    ) -> None:
        self.state = state
        self._unit = unit
        self._before = state
        self._ledger = ledger
        self._clock = clock
        self._randomness = randomness
        self._limit = limit

    def check_age(self, *, said: bool, by: By, age: int) -> None:
        """Only a yes is kept. Raises GuardianNeeded."""
        if by is By.GUARDIAN or self.state.old_enough:
            return
        if not said:
            raise GuardianNeeded(age=age)
        self.state = dataclasses.replace(self.state, old_enough=True)

    async def give(self, choice: Choice, text: ConsentText, act: Act, by: By, case: CaseId | None) -> RowId:
        """Raises WithdrawalUnderWay or TooManyConsents."""
        stands = states.standing_at(self.state, choice)
        if stands is not None and stands.version == text.version:
            return stands.event
        standing = Standing(choice, self._clock.time(), self._new_id(), text.version)
        self.state = states.given(self.state, standing)
        if choice.feature is Feature.MARKETING:
            self.state = dataclasses.replace(self.state, opted_out=False)
        await self._tell(EventKind.GIVEN, choice, act, by, case, text, event=standing.event)
        facts = {**_facts(choice), "version": text.version, "language": text.language}
        await self._append(Event.CONSENT_GIVEN, facts)
        return standing.event

    async def refuse(self, choice: Choice, text: ConsentText, act: Act, by: By, case: CaseId | None) -> None:
        """Said again it is once. Raises TooManyConsents."""
        if choice not in self.state.refused:
            self.state = states.refused(self.state, choice)
            await self._tell(EventKind.REFUSED, choice, act, by, case, text)

    def close(self, choices: Iterable[Choice], act: Act, by: By, case: CaseId | None) -> tuple[Choice, ...]:
        """Say that these are withdrawn; returns those that stood."""
        stood = tuple(choice for choice in choices if states.standing_at(self.state, choice))
        self.state = states.closing(self.state, [Ending(choice, act, by, case) for choice in stood])
        return stood

    async def opt_out(self) -> tuple[Choice, ...]:
        """Of all marketing, by the browser's signal; said again it is once. Returns what stood."""
        if self.state.opted_out:
            return ()
        self.state = dataclasses.replace(self.state, opted_out=True)
        await self._tell(EventKind.OPTED_OUT, None, Act.SIGNAL, By.PERSON, None)
        await self._append(Event.CONSENT_WITHDRAWN, {"purpose": Purpose.MARKETING})
        choices = [standing.choice for standing in self.state.standing]
        marketing = [choice for choice in choices if choice.feature is Feature.MARKETING]
        return self.close(marketing, Act.SIGNAL, By.PERSON, None)

    def begin(self, use: Use) -> None:
        """Raises ConsentMissing."""
        self.state = states.begun(self.state, use, self._clock.time())

    def end(self, use: Use) -> None:
        self.state = states.ended(self.state, use)

    async def settle(self) -> None:
        """Record each withdrawal for which nothing is being sent any more."""
        if not self.state.ending:
            return
        self.state, done = states.withdrawn(self.state, self._clock.time())
        for ending in done:
            await self._tell(EventKind.WITHDRAWN, ending.choice, ending.act, ending.by, ending.case)
            await self._append(Event.CONSENT_WITHDRAWN, _facts(ending.choice))

    async def write(self, *, new: bool) -> None:
        """Nothing, where nothing changed. Raises SubjectGone."""
        if self.state == self._before:
            return
        self.state = dataclasses.replace(self.state, changes=self.state.changes + 1)
        await (self._unit.add if new else self._unit.replace)(self.state)

    async def _tell(
        self,
        kind: EventKind,
        choice: Choice | None,
        act: Act,
        by: By,
        case: CaseId | None,
        text: ConsentText | None = None,
        event: RowId | None = None,
    ) -> None:
        number = self.state.events + 1
        if number > self._limit and kind in {EventKind.GIVEN, EventKind.REFUSED}:
            raise TooManyConsents
        self.state = dataclasses.replace(self.state, events=number)
        record = ConsentEvent(
            id=event or self._new_id(),
            provider=self.state.provider,
            subject=self.state.subject,
            kind=kind,
            choice=choice,
            at=self._clock.time(),
            act=act,
            by=by,
            version=text.version if text else "",
            language=text.language if text else "",
            case=case,
            number=number,
        )
        await self._unit.add(record)

    async def _append(self, event: Event, facts: Mapping[str, Fact]) -> None:
        """After `_tell`: whoever fences somebody asks for the same locks in the same order."""
        subject = self.state.subject
        await self._ledger.append(self._unit, self.state.provider, event, subject=subject, ref=None, **facts)

    def _new_id(self) -> RowId:
        return RowId(new_id(self._randomness))


async def take_turn(unit: UnitOfWork, dialect: str, subject: SubjectId) -> None:
    """From here to the end of the unit no other process changes this person's consents.

    SQLite's transactions write one at a time anyway. On PostgreSQL the person's name is locked, since a row to lock may
    not be there yet; two people whose names lock alike wait for each other, which does no harm.
    """
    if dialect == "postgresql":
        digest = hashlib.sha256(f"consent {subject}".encode()).digest()
        key = int.from_bytes(digest[:8], "big", signed=True)
        await unit.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


async def state_of(unit: UnitOfWork, subject: SubjectId) -> ConsentState | None:
    """Where the person stands; None where they never said a word."""
    return await unit.get(ConsentState, RowId(subject))


def nothing(provider: ProviderId, subject: SubjectId) -> ConsentState:
    """Everything off."""
    return ConsentState(id=RowId(subject), provider=provider, subject=subject)


def _facts(choice: Choice) -> dict[str, Fact]:
    facts: dict[str, Fact] = {"purpose": choice.purpose}
    if choice.recipient is not None:
        facts["recipient"] = choice.recipient
    if choice.channel is not None:
        facts["channel"] = choice.channel
    return facts
