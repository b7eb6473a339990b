"""The agenda: one appointment each, in order, and memory that follows what lives."""

from hypothesis import given
from hypothesis import strategies as st

from ringfence.protocols.sip.timers import NEVER, Agenda, Timers


class Sleeper:
    def __init__(self) -> None:
        self.due = self.queued = NEVER
        self.woken: list[float] = []

    def fire(self, now: float) -> None:
        self.woken.append(now)


def test_the_derived_timers_follow_t1() -> None:
    assert Timers().patience == 32.0
    assert Timers(t1=1.0).patience == 64.0


def test_nothing_is_due_before_its_time() -> None:
    agenda: Agenda[Sleeper] = Agenda()
    sleeper = Sleeper()
    agenda.set(sleeper, 5.0)
    assert list(agenda.due(4.9)) == []
    assert list(agenda.due(5.0)) == [sleeper]
    assert agenda.next() is None


def test_an_appointment_moved_later_is_kept_at_the_later_time() -> None:
    agenda: Agenda[Sleeper] = Agenda()
    sleeper = Sleeper()
    agenda.set(sleeper, 1.0)
    agenda.set(sleeper, 9.0)
    assert agenda.next() == 9.0
    assert list(agenda.due(8.0)) == []
    assert list(agenda.due(9.0)) == [sleeper]


def test_an_appointment_moved_earlier_is_kept_once() -> None:
    agenda: Agenda[Sleeper] = Agenda()
    sleeper = Sleeper()
    agenda.set(sleeper, 9.0)
    agenda.set(sleeper, 1.0)
    assert list(agenda.due(20.0)) == [sleeper]
    assert len(agenda) == 0


def test_an_appointment_called_off_never_comes() -> None:
    agenda: Agenda[Sleeper] = Agenda()
    sleeper, other = Sleeper(), Sleeper()
    agenda.set(sleeper, 1.0)
    agenda.set(other, 2.0)
    agenda.set(sleeper, NEVER)
    assert agenda.next() == 2.0
    agenda.set(sleeper, 3.0)
    assert list(agenda.due(3.0)) == [other, sleeper]


def test_what_never_waited_can_be_dropped() -> None:
    agenda: Agenda[Sleeper] = Agenda()
    agenda.drop(Sleeper())
    assert agenda.next() is None


def test_what_asks_again_while_the_due_are_walked_is_walked_again() -> None:
    agenda: Agenda[Sleeper] = Agenda()
    sleeper = Sleeper()
    agenda.set(sleeper, 1.0)
    turns = 0
    for found in agenda.due(10.0):
        turns += 1
        if turns < 3:
            agenda.set(found, 1.0 + turns)
    assert turns == 3


def test_the_dead_take_no_room_for_long() -> None:
    agenda: Agenda[Sleeper] = Agenda()
    for _ in range(10_000):
        sleeper = Sleeper()
        agenda.set(sleeper, 32.0)
        agenda.drop(sleeper)
    assert len(agenda) < 600


Act = tuple[str, int, float]
acts = st.lists(
    st.tuples(st.sampled_from(["set", "drop", "run"]), st.integers(0, 400), st.floats(0, 100)), min_size=1, max_size=200
)


@given(acts)
def test_it_does_what_a_sorted_list_does(plan: list[Act]) -> None:
    agenda: Agenda[Sleeper] = Agenda()
    sleepers = [Sleeper() for _ in range(401)]
    expected: dict[int, float] = {}
    for act, who, when in plan:
        if act == "set":
            agenda.set(sleepers[who], when)
            expected[who] = when
        elif act == "drop":
            agenda.drop(sleepers[who])
            expected.pop(who, None)
        else:
            woken = [sleepers.index(sleeper) for sleeper in agenda.due(when)]
            times = [expected.pop(index) for index in woken]
            assert times == sorted(times)
            assert all(time <= when for time in times)
            assert all(time > when for time in expected.values())
        assert agenda.next() == (min(expected.values()) if expected else None)
    list(agenda.due(NEVER))
    assert (len(agenda), agenda._dead) == (0, 0)
