"""Whatever people, guardians, browsers and senders do, in whatever order: the record and the truth agree."""

import asyncio
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ringfence.clock import ManualClock
from ringfence.identifiers import SubjectId
from ringfence.privacy.consent import (
    Act,
    Channel,
    Choice,
    ConsentMissing,
    Consents,
    EventKind,
    Feature,
    OptedOut,
    WithdrawalUnderWay,
)
from ringfence.privacy.consent.records import Use
from tests.unit.privacy.consent.house import consents_of, opened, shown
from tests.unit.privacy.installation import PROVIDER, Installation

CHOICES: Final = (
    Choice(Feature.CONTACTS),
    Choice(Feature.MARKETING, None, Channel.MAIL),
    Choice(Feature.MARKETING, None, Channel.SMS),
)
choices = st.sampled_from(CHOICES)


class Living(RuleBasedStateMachine):
    """One person, two processes' worth of consents on one database, and a plain model of what must be true."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = ManualClock()
        self.house: Installation
        self.anna: SubjectId
        self.house, self.anna = self.runner.run(
            self.stack.enter_async_context(opened(Path(self.folder.name) / "house", self.clock))
        )
        self.consents = [consents_of(self.house, choices=CHOICES), consents_of(self.house, choices=CHOICES)]
        self.given: set[Choice] = set()
        self.uses: list[Use] = []
        self.leaving: list[asyncio.Task[tuple[Choice, ...]]] = []

    def teardown(self) -> None:
        for task in self.leaving:
            task.cancel()
        self.runner.run(self._gathered())
        self.runner.run(self.stack.aclose())
        self.runner.close()
        self.folder.cleanup()

    async def _gathered(self) -> None:
        await asyncio.gather(*self.leaving, return_exceptions=True)

    def process(self, number: int) -> Consents:
        return self.consents[number]

    def sending(self) -> set[Choice]:
        return {use.choice for use in self.uses if use.until > self.clock.time()}

    def closing(self) -> set[Choice]:
        told = self.runner.run(self.consents[0].of(PROVIDER, self.anna))
        return {consent.choice for consent in told if consent.ending}

    @rule(choice=choices, number=st.integers(0, 1), gpc=st.booleans())
    def give(self, choice: Choice, number: int, gpc: bool) -> None:
        waiting = choice in self.closing() & self.sending()
        signalled = gpc and choice.feature is Feature.MARKETING
        if signalled and self.sending() & set(CHOICES[1:]):
            return  # the opt-out would wait for the sending
        giving = self.process(number).give(
            PROVIDER, self.anna, choice, shown=shown(choice), act=Act.SWITCH, old_enough=True, gpc=gpc
        )
        try:
            self.runner.run(giving)
        except OptedOut:
            assert signalled
            self.given -= set(CHOICES[1:])
        except WithdrawalUnderWay:
            assert waiting
        else:
            assert not waiting
            self.given.add(choice)

    @rule(choice=choices, number=st.integers(0, 1))
    def refuse(self, choice: Choice, number: int) -> None:
        if choice in self.sending():
            return
        refusing = self.process(number).refuse(PROVIDER, self.anna, choice, shown=shown(choice), act=Act.SWITCH)
        self.runner.run(refusing)
        self.given.discard(choice)

    @rule(some=st.sets(choices), number=st.integers(0, 1))
    def withdraw(self, some: set[Choice], number: int) -> None:
        meant = some or set(CHOICES)
        if meant & self.sending():
            self.runner.run(self._begin_to_withdraw(some, number))
        else:
            self.runner.run(self.process(number).withdraw(PROVIDER, self.anna, *some, act=Act.LINK))
        self.given -= meant

    async def _begin_to_withdraw(self, some: set[Choice], number: int) -> None:
        task = asyncio.create_task(self.process(number).withdraw(PROVIDER, self.anna, *some, act=Act.LINK))
        self.leaving.append(task)
        for _ in range(20):
            await asyncio.sleep(0.001)

    @rule(choice=choices, number=st.integers(0, 1))
    def begin_to_send(self, choice: Choice, number: int) -> None:
        try:
            self.uses.append(self.runner.run(self.process(number)._begin(PROVIDER, self.anna, choice)))
        except ConsentMissing:
            assert choice not in self.given
        else:
            assert choice in self.given

    @precondition(lambda self: self.uses)
    @rule(data=st.data(), number=st.integers(0, 1))
    def end_sending(self, data: st.DataObject, number: int) -> None:
        use = data.draw(st.sampled_from(self.uses))
        self.uses.remove(use)
        self.runner.run(self.process(number)._end(PROVIDER, self.anna, use))

    @rule()
    def time_passes(self) -> None:
        self.clock.advance(31)
        self.runner.run(self._settled())

    async def _settled(self) -> None:
        await asyncio.gather(*self.leaving)
        for consents in self.consents:
            await consents.sweep()

    @invariant()
    def what_stands_is_what_was_given(self) -> None:
        for consents in self.consents:
            told = self.runner.run(consents.of(PROVIDER, self.anna))
            assert {consent.choice for consent in told if consent.given} == self.given

    @invariant()
    def the_bits_in_memory_are_the_truth_once_learned(self) -> None:
        for consents in self.consents:
            self.runner.run(consents.refresh(self.anna))
            for choice in CHOICES:
                said = choice.purpose.value in consents.codes(self.anna, choice.recipient, choice.channel)
                assert said == (choice in self.given)

    @invariant()
    def no_withdrawal_is_recorded_while_something_is_being_sent(self) -> None:
        history = self.runner.run(self.consents[0].history(self.anna))
        assert [event.number for event in history] == list(range(1, len(history) + 1))
        for choice in CHOICES:
            kinds = [event.kind for event in history if event.choice == choice]
            turns = [kind for kind in kinds if kind is not EventKind.REFUSED]
            assert turns[::2] == [EventKind.GIVEN] * len(turns[::2])
            assert turns[1::2] == [EventKind.WITHDRAWN] * len(turns[1::2])
            if choice in self.sending() or choice in self.given:
                assert turns[-1] is EventKind.GIVEN


Living.TestCase.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
TestLiving = Living.TestCase
