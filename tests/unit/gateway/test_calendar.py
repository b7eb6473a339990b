"""The calendar: what an agenda does, for things that are due much later."""

from hypothesis import given
from hypothesis import strategies as st

from ringfence.gateway.calendar import Calendar
from ringfence.protocols.sip.timers import NEVER, Agenda


class Sleeper:
    def __init__(self, number: int) -> None:
        self.due = self.queued = NEVER
        self.number = number

    def fire(self, now: float) -> None:
        raise AssertionError(now)


_SLEEPERS = 6
_instants = st.integers(0, 800).map(lambda tenths: tenths / 10) | st.just(NEVER)
_steps = st.lists(
    st.tuples(st.just("set"), st.integers(0, _SLEEPERS - 1), _instants)
    | st.tuples(st.just("drop"), st.integers(0, _SLEEPERS - 1), st.just(0.0))
    | st.tuples(st.just("wait"), st.just(0), st.floats(0.0, 30.0)),
    max_size=60,
)


def fired(agenda: Agenda[Sleeper], now: float) -> list[tuple[float, int]]:
    """When what was due, and what; of equal times in whatever order."""
    found = []
    while (again := agenda.next()) is not None and again <= now:
        found += sorted((again, sleeper.number) for sleeper in agenda.due(again))
    return found


@given(_steps)
def test_whatever_is_set_moved_and_dropped_comes_when_an_agenda_would_have_it_come(
    steps: list[tuple[str, int, float]],
) -> None:
    agendas: tuple[Agenda[Sleeper], Agenda[Sleeper]] = (Agenda(), Calendar())
    pairs = [(agenda, [Sleeper(number) for number in range(_SLEEPERS)]) for agenda in agendas]
    now = 0.0
    for step, number, value in steps:
        if step == "wait":
            now += value
            plain, paged = (fired(agenda, now) for agenda, _ in pairs)
            assert plain == paged
        for agenda, sleepers in pairs:
            if step == "set":
                agenda.set(sleepers[number], now + value)
            elif step == "drop":
                agenda.drop(sleepers[number])
    assert fired(pairs[0][0], 1e6) == fired(pairs[1][0], 1e6)
    assert len(pairs[1][0]) == 0


def test_what_is_due_in_an_hour_takes_no_entry_of_the_heap_before_its_time() -> None:
    calendar: Calendar[Sleeper] = Calendar()
    assert list(calendar.due(100.0)) == []
    sleeper = Sleeper(0)
    calendar.set(sleeper, 3700.0)
    assert not calendar._heap
    assert calendar.next() == 3696.0
    assert list(calendar.due(3699.9)) == []
    assert calendar.next() == 3700.0
    assert list(calendar.due(3700.0)) == [sleeper]
    assert calendar.next() is None


def test_the_ended_take_no_room_for_long() -> None:
    calendar: Calendar[Sleeper] = Calendar()
    sleepers = [Sleeper(number) for number in range(2_000)]
    for sleeper in sleepers:
        calendar.set(sleeper, 1_000.0 + sleeper.number)
    for sleeper in sleepers[:-1]:
        calendar.drop(sleeper)
    assert len(calendar) <= 600
    assert [sleeper.number for sleeper in calendar.due(1e5)] == [1_999]
    assert len(calendar) == 0
