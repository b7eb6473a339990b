"""The table of docs/request-states.md against the code, and a walk through all of it on a real database."""

import asyncio
import json
import tempfile
from collections.abc import Coroutine
from contextlib import AsyncExitStack, suppress
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ringfence.declarations import IdentifierKind
from ringfence.errors import PeerFault
from ringfence.identifiers import CaseId, SubjectId
from ringfence.privacy.ledger import LedgerEntry
from ringfence.privacy.requests import (
    PERSON,
    PLANS,
    RINGFENCE,
    TRANSITIONS,
    AnswerQuestion,
    AskMeaning,
    AskProof,
    Assign,
    By,
    Classify,
    Dismiss,
    Document,
    Event,
    Extend,
    Grant,
    HandIn,
    Identifier,
    Identify,
    Kind,
    Mark,
    MarkAs,
    Posted,
    Proof,
    Refer,
    Refuse,
    Reopen,
    Second,
    SendBack,
    Settle,
    Stage,
    State,
    Step,
    StepNotAllowed,
    TakeBack,
    Who,
)
from ringfence.privacy.requests.records import Case, CaseOutline, CaseStep, Evidence
from ringfence.privacy.requests.state import ALLOWED, OPEN, advance, allowed_events
from tests.unit.privacy.requests.bureau import ADDRESS, ANN, BY_ANN, BY_BOB, PROVIDER, Bureau, bureau

_PAGE = Path(__file__).parents[4] / "docs" / "request-states.md"
T = TypeVar("T")


def _tables() -> list[list[list[str]]]:
    found: list[list[list[str]]] = [[]]
    for line in _PAGE.read_text("utf-8").splitlines():
        if line.startswith("|"):
            found[-1].append([cell.strip() for cell in line.strip("|").split("|")])
        elif found[-1]:
            found.append([])
    return [table for table in found if table]


def _documented() -> dict[str, dict[str, str]]:
    table = _tables()[0]
    return {row[0]: dict(zip(table[0][1:], row[1:], strict=True)) for row in table[2:]}


def test_the_documented_table_has_every_state_and_event_and_no_empty_cell() -> None:
    table = _documented()
    assert list(table) == [event.name for event in Event]
    for row in table.values():
        assert list(row) == [state.name for state in State]
        assert all(row.values())


@pytest.mark.parametrize("event", Event)
@pytest.mark.parametrize("state", State)
def test_the_code_leads_where_the_documented_cell_says(state: State, event: Event) -> None:
    leads, _, says = _documented()[event.name][state.name].partition(": ")
    following = TRANSITIONS[state].get(event)
    assert leads == ("refused" if following is None else "stays" if following is state else following.name)
    assert says


def test_the_documented_stages_are_those_of_the_plans() -> None:
    documented = {row[0]: row[1] for row in _tables()[1][2:]}
    planned = {kind.name: ", ".join(stage.name for stage in plan) for kind, plan in PLANS.items()}
    assert documented == {**planned, "any, refused": "LETTER, SEND"}


def test_every_kind_has_a_plan_that_answers_it() -> None:
    assert set(PLANS) == set(Kind)
    for plan in PLANS.values():
        assert plan.index(Stage.LETTER) + 1 == plan.index(Stage.SEND)


@pytest.mark.parametrize("state", State)
def test_what_is_allowed_is_what_does_not_raise(state: State) -> None:
    for who in Who:
        allowed = allowed_events(state, who)
        for event in Event:
            if event in allowed:
                advance(state, event, who)
            else:
                with pytest.raises(StepNotAllowed):
                    advance(state, event, who)


def test_every_open_state_can_still_be_answered_and_a_closed_one_never_is_again() -> None:
    for state in State:
        assert (State.ANSWERED in _reachable(state) - {state}) == (state in OPEN or state is State.DISMISSED)


def _reachable(state: State) -> set[State]:
    found, todo = {state}, [state]
    while todo:
        for following in TRANSITIONS[todo.pop()].values():
            if following not in found:
                found.add(following)
                todo.append(following)
    return found


def test_the_staff_never_speak_for_ringfence_nor_the_person_for_the_staff() -> None:
    assert Who.PERSON not in set().union(*(ALLOWED[event] for event in (Event.GRANTED, Event.REFUSED, Event.SECONDED)))
    assert ALLOWED[Event.HINDERED] == ALLOWED[Event.INTERIM] == {Who.RINGFENCE}


_STEPS: tuple[Step, ...] = (
    AskProof(Proof.PIN, "on our page"), AskProof(Proof.DOCUMENTS, "no account"), HandIn(Document.PASSPORT),
    HandIn(Document.DRIVING_LICENCE, b"%PDF", "application/pdf"), HandIn(Document.MANDATE), Identify(Proof.CALL_BACK),
    Identify(Proof.DOCUMENTS), Identify(Proof.PIN), Refer("unclear"), Settle("known here"), AskMeaning("which?"),
    AnswerQuestion("all"), Assign(ANN), MarkAs(Mark.UNFOUNDED, "the tenth"), Extend("many requests"), Grant(),
    Refuse("12-5", "the tenth"), Refuse("11-2", "nobody known"), Second(), SendBack("not they"), Posted(), TakeBack(),
    Dismiss("advertisement"), Reopen("it was one"), Classify(Kind.ERASURE), Classify(Kind.COMPLAINT),
)  # fmt: skip


class CaseWalk(RuleBasedStateMachine):
    """People ask, officers do whatever they like in any order, days pass: what the rows say stays true."""

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.new_event_loop()
        self._stack = AsyncExitStack()
        self._folder = tempfile.TemporaryDirectory()
        self.cases: list[CaseId] = []
        self.office: Bureau
        self.people: list[SubjectId] = []

    def run(self, doing: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(doing)

    @initialize()
    def open(self) -> None:
        opened = bureau(Path(self._folder.name) / "house")
        self.office = self.run(self._stack.enter_async_context(opened))
        self.people = [self.run(self.office.subscriber()), self.run(self.office.subscriber("eve@sip.example.org"))]

    @precondition(lambda self: len(self.cases) < 4)
    @rule(who=st.integers(0, 1), kind=st.sampled_from(Kind))
    def ask_signed_in(self, who: int, kind: Kind) -> None:
        self._asked(self.run(self.office.signed_in(self.people[who], kind)))

    @precondition(lambda self: len(self.cases) < 4)
    @rule(kind=st.sampled_from(Kind), mail=st.sampled_from(["a@mail.example", "b@mail.example", ""]))
    def ask_in_writing(self, kind: Kind, mail: str) -> None:
        known = Identifier(IdentifierKind.SIP_ADDRESS, ADDRESS)
        self._asked(self.run(self.office.written(kind, contact=mail, identifier=known)))

    @rule(data=st.data(), by=st.sampled_from([BY_ANN, BY_BOB]))
    def an_officer_does_what_fits(self, data: st.DataObject, by: By) -> None:
        if self.cases:
            case = data.draw(st.sampled_from(self.cases))
            state = self.run(self.office.view(case)).summary.state
            fits = [step for step in _STEPS if step.event in allowed_events(state, by.who)]
            if fits:
                self._take(case, data.draw(st.sampled_from(fits)), by, data)

    @rule(data=st.data(), step=st.sampled_from(_STEPS), by=st.sampled_from([BY_ANN, PERSON, RINGFENCE]))
    def anybody_tries_anything(self, data: st.DataObject, step: Step, by: By) -> None:
        if self.cases:
            self._take(data.draw(st.sampled_from(self.cases)), step, by, data)

    def _take(self, case: CaseId, step: Step, by: By, data: st.DataObject) -> None:
        if isinstance(step, Identify):
            step = Identify(step.proof, data.draw(st.sampled_from([None, self.people[0]])))
        with suppress(PeerFault):
            self.run(self.office.step(case, step, by))

    @rule(days=st.sampled_from([1, 8, 40]))
    def let_days_pass(self, days: int) -> None:
        self.office.pass_days(days)
        self.run(self.office.requests.sweep())
        self.run(self._late_ones_have_heard())

    @rule()
    def carry_out(self) -> None:
        self.run(self.office.requests.resume())

    @rule()
    def fail_once(self) -> None:
        self.office.does[Stage.PACKAGE].failures = 1
        self.office.mails.failures = 1

    @invariant()
    def what_is_kept_is_consistent(self) -> None:
        if self.cases:
            self.run(self._check())

    async def _check(self) -> None:
        async with self.office.house.db.reading() as unit:
            cases = {CaseId(case.id): case for case in await unit.select(Case)}
            steps = await unit.select(CaseStep, order="number")
            evidence = await unit.select(Evidence)
            entries = {entry.number: json.loads(entry.body) for entry in await unit.select(LedgerEntry)}
            outlines = {CaseId(row.id): row for row in await unit.select(CaseOutline)}
        for name, case in cases.items():
            history = [step for step in steps if step.case == name]
            assert [step.number for step in history] == list(range(1, case.steps + 1))
            assert history[-1].state is case.state
            assert {step.subject for step in history} == {case.subject}
            for before, after in pairwise(history):
                assert TRANSITIONS[before.state][after.event] is after.state
            assert all(entries[step.entry]["facts"]["case"] == name for step in history)
            assert (case.due is None) == (case.state in OPEN)
            assert (outlines[name].answered is None) == (case.state in OPEN)
            assert (case.outcome is None) == (case.state in OPEN - {State.ANSWERING})
        undecided = {State.RECEIVED, State.IDENTIFYING, State.REFERRED}
        assert all(cases[row.case].state in undecided for row in evidence if row.case in cases)
        assert len(outlines) == len(self.cases)

    async def _late_ones_have_heard(self) -> None:
        today = self.office.requests.desk.today(PROVIDER)
        for line in await self.office.requests.inbox(PROVIDER):
            view = await self.office.view(line.id)
            if line.send_by <= today and line.state is not State.ANSWERING:
                assert {Event.INTERIM, Event.EXTENDED} & {each.event for each in view.history}

    def teardown(self) -> None:
        report = self.run(self.office.house.ledger.verify(PROVIDER))
        self.run(self._stack.aclose())
        self._loop.close()
        self._folder.cleanup()
        assert report.sound

    def _asked(self, case: CaseId) -> None:
        if case not in self.cases:
            self.cases.append(case)


TestCaseWalk = CaseWalk.TestCase
TestCaseWalk.settings = settings(
    max_examples=20, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
