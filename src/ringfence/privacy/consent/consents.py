"""Giving, refusing, withdrawing, and relying on a consent.

All that is written about one person's consents is written in turn, whichever process writes: SQLite has one writer,
PostgreSQL lends a lock by the person's name. A withdrawal that meets a sending first forbids all that has not begun,
waits for what has, and is committed, recorded and answered when that is over: nothing is sent after its commit.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import final

from ringfence.clock import Clock
from ringfence.declarations import Purpose
from ringfence.identifiers import CaseId, ProviderId, RecipientId, RowId, SubjectId, new_id
from ringfence.persistence import Database, RowMissing, SubjectGone
from ringfence.privacy.consent import standing as states
from ringfence.privacy.consent.change import Change, nothing, state_of, take_turn
from ringfence.privacy.consent.choice import Channel, Choice, Feature
from ringfence.privacy.consent.errors import (
    ConsentMissing,
    GuardianUnproven,
    NotOffered,
    OptedOut,
    TextChanged,
    WithdrawnWhileHeld,
)
from ringfence.privacy.consent.memory import Memory
from ringfence.privacy.consent.policy import ConsentPolicy, ConsentSettings
from ringfence.privacy.consent.ports import ConsentText, ConsentTexts, Mandates
from ringfence.privacy.consent.records import Act, By, ConsentEvent, ConsentState, Use
from ringfence.privacy.egress import Concerned
from ringfence.privacy.ledger import Ledger
from ringfence.randomness import Randomness

__all__ = ["Consent", "Consents", "Offer", "Shown"]

Pause = Callable[[float], Awaitable[object]]


@final
@dataclass(frozen=True, slots=True)
class Shown:
    """The words that the person had before them: `ConsentText.version`, and the language."""

    version: str
    language: str


@final
@dataclass(frozen=True, slots=True)
class Consent:
    """Where a person stands with one choice. `since` is in epoch seconds, of the giving.

    `offered` is false for what was agreed to and is no longer asked for; it can still be withdrawn. `ending`:
    withdrawn, and something was being sent that moment. `refused`: the person said no, so nobody asks by themselves.
    """

    choice: Choice
    given: bool
    offered: bool
    since: float | None = None
    event: RowId | None = None
    version: str = ""
    ending: bool = False
    refused: bool = False


@final
@dataclass(frozen=True, slots=True)
class Offer:
    """A choice with its words and where the person stands: what a page shows; no words for what is no longer asked."""

    consent: Consent
    text: ConsentText | None


@final
class Consents:
    """One for all providers of the installation. Open as many as you like on one database, in any process."""

    def __init__(
        self,
        *,
        db: Database,
        ledger: Ledger,
        texts: ConsentTexts,
        policies: Iterable[ConsentPolicy],
        clock: Clock,
        randomness: Randomness,
        mandates: Mandates | None = None,
        settings: ConsentSettings | None = None,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._db = db
        self._ledger = ledger
        self._texts = texts
        self._policies = {policy.provider: policy for policy in policies}
        self._clock = clock
        self._randomness = randomness
        self._mandates = mandates
        self._settings = settings or ConsentSettings()
        self._pause = pause
        self._memory = Memory()
        self._holding: set[tuple[object, SubjectId]] = set()
        self._waiting: set[SubjectId] = set()

    # -- what pages and API ask ---------------------------------------------------------------------------------------

    async def of(self, provider: ProviderId, subject: SubjectId) -> list[Consent]:
        """Everything that can be said yes to, off unless the person gave it; and what stands though no longer asked."""
        async with self._db.reading() as unit:
            state = await state_of(unit, subject) or nothing(provider, subject)
        offered = self._offered(provider)
        others = [choice for choice in states.everything(state) if choice not in offered]
        return [_consent(state, choice, offered=choice in offered) for choice in (*offered, *others)]

    async def offers(
        self, provider: ProviderId, subject: SubjectId, language: str, *, gpc: bool = False
    ) -> list[Offer]:
        """The same with words. With `gpc` (`Sec-GPC: 1`) marketing is not asked for, and the opt-out is recorded."""
        if gpc:
            await self.opt_out(provider, subject)
        return [
            Offer(consent, self._texts.consent_text(provider, consent.choice, language) if consent.offered else None)
            for consent in await self.of(provider, subject)
            if not (gpc and consent.choice.feature is Feature.MARKETING)
        ]

    async def history(self, subject: SubjectId) -> list[ConsentEvent]:
        """Every act, oldest first."""
        async with self._db.reading() as unit:
            found = await unit.select(ConsentEvent, subject=subject)
        return sorted(found, key=lambda event: event.number)

    async def old_enough(self, subject: SubjectId) -> bool:
        """Whether the person said so before; then it is not asked again."""
        async with self._db.reading() as unit:
            state = await state_of(unit, subject)
        return state is not None and state.old_enough

    def age(self, provider: ProviderId) -> int:
        """What to ask: "are you at least that old?". Raises NotOffered."""
        return self._policy(provider).age

    async def give(
        self,
        provider: ProviderId,
        subject: SubjectId,
        choice: Choice,
        *,
        shown: Shown,
        act: Act,
        by: By = By.PERSON,
        case: CaseId | None = None,
        old_enough: bool = False,
        gpc: bool = False,
    ) -> RowId:
        """One consent, by one act; the event's id, for the receipt. Given twice to the same words it is once.

        `old_enough`: the person just answered yes to `age`. A guardian or representative names the case that holds
        their mandate. Raises NotOffered, TextChanged, OptedOut, GuardianNeeded, GuardianUnproven, WithdrawalUnderWay,
        TooManyConsents or SubjectGone.
        """
        if choice not in self._offered(provider):
            raise NotOffered
        if gpc and choice.feature is Feature.MARKETING:
            await self.opt_out(provider, subject)
            raise OptedOut
        text = self._words(provider, choice, shown)
        await self._check_mandate(provider, subject, by, case)
        async with self._changing(provider, subject) as change:
            change.check_age(said=old_enough, by=by, age=self.age(provider))
            return await change.give(choice, text, act, by, case)

    async def refuse(
        self,
        provider: ProviderId,
        subject: SubjectId,
        choice: Choice,
        *,
        shown: Shown,
        act: Act,
        by: By = By.PERSON,
        case: CaseId | None = None,
    ) -> None:
        """A no, as easy as the yes; it is kept so that nobody asks again, and it ends nothing.

        To something that stands it is a withdrawal. Raises NotOffered, TextChanged, GuardianUnproven, TooManyConsents
        or SubjectGone.
        """
        if choice not in self._offered(provider):
            raise NotOffered
        text = self._words(provider, choice, shown)
        if await self.withdraw(provider, subject, choice, act=act, by=by, case=case):
            return
        async with self._changing(provider, subject) as change:
            await change.refuse(choice, text, act, by, case)

    async def withdraw(
        self,
        provider: ProviderId,
        subject: SubjectId,
        *choices: Choice,
        act: Act,
        by: By = By.PERSON,
        case: CaseId | None = None,
    ) -> tuple[Choice, ...]:
        """Withdraw these, or everything where none is named; returns what stood. No words, no age, no limit.

        When it returns, nothing that stands on them will be sent by any process. Waits for what is being sent, at most
        `ConsentSettings.use_seconds` and its margin; whoever breaks off the wait leaves the withdrawal standing.
        Raises GuardianUnproven, WithdrawnWhileHeld or SubjectGone.
        """
        if (asyncio.current_task(), subject) in self._holding:
            raise WithdrawnWhileHeld
        await self._check_mandate(provider, subject, by, case)
        self._memory.close(subject, choices or None)
        self._waiting.add(subject)
        async with self._changing(provider, subject) as change:
            wanted = choices or states.everything(change.state)
            stood = change.close(wanted, act, by, case)
        await self._settled(provider, subject, wanted)
        return stood

    async def opt_out(self, provider: ProviderId, subject: SubjectId) -> None:
        """The browser sent `Sec-GPC: 1`: recorded once, and every marketing consent ends. Cheap when repeated."""
        if self._memory.opted_out(subject):
            return
        async with self._changing(provider, subject) as change:
            stood = await change.opt_out()
        await self._settled(provider, subject, stood)

    # -- what senders ask ---------------------------------------------------------------------------------------------

    def codes(
        self, subject: SubjectId, recipient: RecipientId | None = None, channel: Channel | None = None
    ) -> frozenset[str]:
        """What `Concerned.consents` takes, out of memory: purposes agreed to for exactly this recipient and channel."""
        return self._memory.codes(subject, recipient, channel)

    @asynccontextmanager
    async def held(
        self,
        provider: ProviderId,
        subject: SubjectId,
        purpose: Purpose,
        recipient: RecipientId | None = None,
        channel: Channel | None = None,
    ) -> AsyncIterator[Concerned]:
        """The proof at the moment of sending: inside the block the consent stands, and no withdrawal is committed.

        Do one sending inside it and nothing else. Raises ConsentMissing, and TimeoutError out of the block when it
        lasts longer than `ConsentSettings.use_seconds`.
        """
        use = await self._begin(provider, subject, Choice(Feature.of(purpose), recipient, channel))
        holder = (asyncio.current_task(), subject)
        self._holding.add(holder)
        try:
            async with asyncio.timeout(self._settings.use_seconds):
                yield Concerned(provider, subject, frozenset({purpose.value}))
        finally:
            self._holding.discard(holder)
            await asyncio.shield(self._end(provider, subject, use))

    # -- what app asks ------------------------------------------------------------------------------------------------

    async def load(self) -> int:
        """At the start: fill the memory, and end withdrawals that a crash left waiting; tells of how many people."""
        count = 0
        async for state in self._db.stream(ConsentState):
            self._memory.learn(state)
            count += 1
            if state.ending:
                self._waiting.add(state.subject)
        await self.sweep()
        return count

    async def refresh(self, subject: SubjectId) -> None:
        """Learn what another process wrote about somebody."""
        async with self._db.reading() as unit:
            state = await state_of(unit, subject)
        if state is not None:
            self._memory.learn(state)

    async def sweep(self) -> int:
        """End what waits for a sending that is over; call it every minute. Tells how many people still wait."""
        for subject in tuple(self._waiting):
            async with self._db.reading() as unit:
                state = await state_of(unit, subject)
            with suppress(SubjectGone):
                if state is not None and state.ending:
                    async with self._changing(state.provider, subject) as change:
                        state = change.state
            if state is None or not state.ending:
                self._waiting.discard(subject)
        return len(self._waiting)

    async def depart(self, subject: SubjectId) -> None:
        """The person is being erased: nothing stands in memory any more (port `rights.Departure`)."""
        self._memory.forget(subject)
        self._waiting.discard(subject)

    # -- how ----------------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def _changing(self, provider: ProviderId, subject: SubjectId) -> AsyncIterator[Change]:
        """One person's turn: read, change, write; withdrawals whose sending is over are ended first and last."""
        async with self._db.transaction() as unit:
            await take_turn(unit, self._db.dialect, subject)
            stored = await state_of(unit, subject)
            state = stored or nothing(provider, subject)
            change = Change(unit, state, self._ledger, self._clock, self._randomness, self._settings.changes)
            await change.settle()
            yield change
            await change.settle()
            await change.write(new=stored is None)
            unit.after_commit(lambda: self._memory.learn(change.state))

    async def _settled(self, provider: ProviderId, subject: SubjectId, choices: Sequence[Choice]) -> None:
        """Returns once these are withdrawn for good; the sender whose sending ends does it, or else this."""
        while True:
            async with self._db.reading() as unit:
                state = await state_of(unit, subject)
            if state is None or not states.is_ending(state, choices):
                if state is None or not state.ending:
                    self._waiting.discard(subject)
                return
            if states.is_busy(state, choices, self._clock.time()):
                await self._pause(self._settings.poll_seconds)
            else:
                async with self._changing(provider, subject):
                    pass

    async def _begin(self, provider: ProviderId, subject: SubjectId, choice: Choice) -> Use:
        until = self._clock.time() + self._settings.use_seconds + self._settings.margin_seconds
        use = Use(RowId(new_id(self._randomness)), choice, until)
        try:
            async with self._changing(provider, subject) as change:
                change.begin(use)
        except SubjectGone:
            raise ConsentMissing from None
        return use

    async def _end(self, provider: ProviderId, subject: SubjectId, use: Use) -> None:
        with suppress(SubjectGone, RowMissing):  # erased meanwhile, and the use with them
            async with self._changing(provider, subject) as change:
                change.end(use)

    async def _check_mandate(self, provider: ProviderId, subject: SubjectId, by: By, case: CaseId | None) -> None:
        if by is By.PERSON:
            return
        if self._mandates is None or case is None or not await self._mandates.holds(provider, subject, case):
            raise GuardianUnproven

    def _words(self, provider: ProviderId, choice: Choice, shown: Shown) -> ConsentText:
        text = self._texts.consent_text(provider, choice, shown.language)
        if text.version != shown.version:
            raise TextChanged
        return text

    def _policy(self, provider: ProviderId) -> ConsentPolicy:
        if provider not in self._policies:
            raise NotOffered
        return self._policies[provider]

    def _offered(self, provider: ProviderId) -> tuple[Choice, ...]:
        return self._policies[provider].choices if provider in self._policies else ()


def _consent(state: ConsentState, choice: Choice, *, offered: bool) -> Consent:
    stands = states.standing_at(state, choice)
    if stands is not None:
        return Consent(choice, True, offered, stands.since, stands.event, stands.version)
    ending = states.is_ending(state, [choice])
    return Consent(choice, False, offered, ending=ending, refused=ending or choice in state.refused)
