"""Sessions and tickets: bounded, ended in time, and opened by nobody who does not hold the secret."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ringfence.clock import HOUR, ManualClock
from ringfence.identifiers import ProviderId, SubjectId
from ringfence.privacy.access import Means, Sessions, SessionSettings, Tickets, TooManyTries
from ringfence.randomness import SeededRandomness

P, ANNA, BEN = ProviderId("p"), SubjectId("anna"), SubjectId("ben")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def sessions(clock: ManualClock) -> Sessions:
    return Sessions(clock, SeededRandomness(1))


@pytest.mark.promise("ZOI-24")
def test_a_session_is_a_random_id_that_says_nothing(sessions: Sessions) -> None:
    ids = {sessions.open(P, SubjectId("someone"), Means.PIN) for _ in range(6)}
    assert len(ids) == 6
    for made in ids:
        assert len(made) == 43
        assert "someone" not in made
    assert not any(made.encode() in repr(vars_of(sessions)).encode() for made in ids)


def vars_of(sessions: Sessions) -> object:
    return sessions._by_id, sessions._by_subject


def test_a_session_ends_after_half_an_hour_of_silence(sessions: Sessions, clock: ManualClock) -> None:
    made = sessions.open(P, ANNA, Means.PASSWORD)
    for _ in range(3):
        clock.advance(HOUR / 2 - 1)
        assert sessions.get(made) is not None
    clock.advance(HOUR / 2)
    assert sessions.get(made) is None


def test_a_session_ends_after_eight_hours_however_busy(sessions: Sessions, clock: ManualClock) -> None:
    made = sessions.open(P, ANNA, Means.PASSWORD)
    for _ in range(8 * 4 - 1):
        clock.advance(HOUR / 4)
        assert sessions.get(made) is not None
    clock.advance(HOUR / 4)
    assert sessions.get(made) is None


def test_signing_out_ends_the_session_and_no_other(sessions: Sessions) -> None:
    one, other = sessions.open(P, ANNA, Means.PIN), sessions.open(P, ANNA, Means.PIN)
    sessions.end(one)
    sessions.end(one)
    assert sessions.get(one) is None
    assert sessions.get(other) is not None


def test_all_sessions_of_a_person_but_one_can_be_ended(sessions: Sessions) -> None:
    mine, theirs = [sessions.open(P, ANNA, Means.PIN) for _ in range(3)], sessions.open(P, BEN, Means.PIN)
    assert sessions.end_others(mine[1]) == 2
    assert [sessions.get(each) is not None for each in mine] == [False, True, False]
    assert sessions.get(theirs) is not None
    assert sessions.end_others("no session") == 0


async def test_a_person_who_is_erased_is_signed_in_nowhere(sessions: Sessions) -> None:
    theirs = [sessions.open(P, ANNA, Means.PIN) for _ in range(3)]
    of_another = sessions.open(P, BEN, Means.PIN)
    await sessions.depart(ANNA)
    assert [sessions.get(made) for made in theirs] == [None, None, None]
    assert sessions.get(of_another) is not None


def test_one_session_too_many_ends_the_oldest_of_that_person_alone(clock: ManualClock) -> None:
    sessions = Sessions(clock, SeededRandomness(1), SessionSettings(each=2))
    of_another = sessions.open(P, BEN, Means.PIN)
    first, second, third = (sessions.open(P, ANNA, Means.PIN) for _ in range(3))
    assert sessions.get(first) is None
    assert {sessions.get(second), sessions.get(third), sessions.get(of_another)} & {None} == set()


@pytest.mark.parametrize("made_up", ["", "x", "A" * 43, "ä" * 43, "A" * 100_000])
def test_a_made_up_id_opens_nothing(sessions: Sessions, made_up: str) -> None:
    sessions.open(P, ANNA, Means.PIN)
    assert sessions.get(made_up) is None


class ManySessions(RuleBasedStateMachine):
    """Against a plain list of what ought to be open."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock()
        self.settings = SessionSettings(idle=10, absolute=30, each=2, limit=3)
        self.sessions = Sessions(self.clock, SeededRandomness(5), self.settings)
        self.model: list[tuple[str, SubjectId, float]] = []  # id, whose, opened; silent longest first
        self.heard: dict[str, float] = {}

    @rule(subject=st.sampled_from([ANNA, BEN, SubjectId("cleo")]))
    def opens(self, subject: SubjectId) -> None:
        self.expire()
        own = sorted((each for each in self.model if each[1] == subject), key=lambda each: each[2])
        if len(own) == 2:
            self.model.remove(own[0])
        if len(self.model) == 3:
            self.model.pop(0)
        made = self.sessions.open(P, subject, Means.PIN)
        self.model.append((made, subject, self.clock.monotonic()))
        self.heard[made] = self.clock.monotonic()
        self.clock.advance(0.001)

    @precondition(lambda self: self.heard)
    @rule(data=st.data())
    def asks(self, data: st.DataObject) -> None:
        self.expire()
        made = data.draw(st.sampled_from(sorted(self.heard)))
        expected = next((each for each in self.model if each[0] == made), None)
        found = self.sessions.get(made)
        assert (found.subject if found else None) == (expected[1] if expected else None)
        if expected:
            self.model.remove(expected)
            self.model.append(expected)
            self.heard[made] = self.clock.monotonic()

    @rule(seconds=st.floats(0, 12))
    def passes(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule(subject=st.sampled_from([ANNA, BEN]))
    def goes(self, subject: SubjectId) -> None:
        self.sessions.end_all(subject)
        self.model = [each for each in self.model if each[1] != subject]

    def expire(self) -> None:
        now = self.clock.monotonic()
        self.model = [each for each in self.model if self.heard[each[0]] + 10 > now]
        self.sessions.sweep()
        for each in [each for each in self.model if each[2] + 30 <= now]:
            assert self.sessions.get(each[0]) is None
            self.model.remove(each)

    @invariant()
    def is_bounded(self) -> None:
        assert len(self.sessions) <= 3
        assert all(len(own) <= 2 for own in self.sessions._by_subject.values())


TestManySessions = ManySessions.TestCase


# Tickets


def tickets(clock: ManualClock, limit: int = 3) -> "Tickets[str]":
    return Tickets(clock, SeededRandomness(2), seconds=60, limit=limit)


def test_a_ticket_is_good_once_and_for_its_time(clock: ManualClock) -> None:
    waiting = tickets(clock)
    one, late = waiting.put("one"), waiting.put("late")
    assert waiting.look(one) == "one"
    assert waiting.take(one) == "one"
    assert waiting.take(one) is None
    clock.advance(60)
    assert waiting.take(late) is None


def test_when_all_places_are_taken_nothing_that_waits_is_pushed_out(clock: ManualClock) -> None:
    waiting = tickets(clock)
    first = waiting.put("first")
    clock.advance(20)
    waiting.put("second")
    waiting.put("third")
    with pytest.raises(TooManyTries) as refused:
        waiting.put("fourth")
    assert refused.value.facts == {"retry_after": 40}
    assert waiting.look(first) == "first"
    clock.advance(40)
    waiting.put("fourth")
    assert len(waiting) == 3


@given(st.text(max_size=500))
def test_no_made_up_ticket_is_any_good(made_up: str) -> None:
    waiting = tickets(ManualClock())
    waiting.put("something")
    assert waiting.look(made_up) is None
    assert waiting.take(made_up) is None


def test_tickets_of_one_kind_can_be_ended(clock: ManualClock) -> None:
    waiting = tickets(clock)
    one, other = waiting.put("one"), waiting.put("other")
    waiting.drop(lambda what: what == "one")
    assert waiting.look(one) is None
    assert waiting.look(other) == "other"
