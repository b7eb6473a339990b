"""The two tables: no cell is empty, and each says what the page above it says."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.clock import ManualClock
from ringfence.identifiers import DeviceId, ProviderId, SubjectId
from ringfence.services.enrolment import LifeSettings, Presence, TermTooLong, life
from ringfence.services.enrolment.life import (
    DEVICE_TABLE,
    PERSON_TABLE,
    Does,
    Event,
    Phase,
    Stay,
    StayDoes,
    StayEvent,
)

DAY, HOUR = 86_400.0, 3_600.0
DEVICE = DeviceId("device")


def present(clock: ManualClock, phase: Phase = Phase.FRESH) -> Presence:
    presence = Presence(clock, LifeSettings())
    presence.admit(DEVICE, ProviderId("p"), SubjectId("s"), phase, presence.due_from_now(phase))
    return presence


def test_no_cell_of_either_table_is_empty() -> None:
    assert {phase: set(row) for phase, row in DEVICE_TABLE.items()} == {phase: set(Event) for phase in Phase}
    assert {stay: set(row) for stay, row in PERSON_TABLE.items()} == {stay: set(StayEvent) for stay in Stay}


def documented(first: str) -> Iterator[tuple[str, str, str]]:
    """Row, column and cell of the table at the head of the module whose first column's second name is `first`."""
    assert life.__doc__ is not None
    lines = [[cell.strip() for cell in line.split("|")] for line in life.__doc__.splitlines() if " | " in line]
    start = next(number for number, line in enumerate(lines) if line[0] == "phase" and line[1] == first)
    _, *columns = lines[start]
    for row, *cells in lines[start + 1 :]:
        if row == "phase":
            return
        for names, cell in zip(columns, cells, strict=True):
            for name in names.split(", "):
                yield row, name, cell


def test_a_device_lives_as_the_table_says() -> None:
    does = {
        "-": Does.NOTHING, "renew": Does.RENEW, "live": Does.RENEW, "warn silently": Does.WARN_SILENTLY,
        "warn visibly": Does.WARN_VISIBLY, "end": Does.END, "off": Does.ERASE_PUSH,
    }  # fmt: skip
    leads = {
        "live": Phase.LIVE, "warn silently": Phase.WARNED, "warn visibly": Phase.WARNED_VISIBLY,
        "end": Phase.ENDED, "off": Phase.OFF,
    }  # fmt: skip
    said = {
        (Phase[row], Event[name]): (leads.get(cell, Phase[row]), does[cell]) for row, name, cell in documented("HEARD")
    }
    said |= {(phase, Event.ENROLLED_AGAIN): (Phase.FRESH, Does.RENEW) for phase in Phase}
    assert said == {(phase, event): step for phase, row in DEVICE_TABLE.items() for event, step in row.items()}


def test_a_person_stays_as_the_table_says() -> None:
    steps = {
        "grace begins": (Stay.LEAVING, StayDoes.BEGIN_GRACE), "grace cancelled": (Stay.PRESENT, StayDoes.CANCEL_GRACE),
        "erase": (Stay.GONE, StayDoes.ERASE),
    }  # fmt: skip
    said = {
        (Stay[row], StayEvent[name]): steps.get(cell, (Stay[row], StayDoes.NOTHING))
        for row, name, cell in documented("LAST_DEVICE_GONE")
    }
    assert said == {(stay, event): step for stay, row in PERSON_TABLE.items() for event, step in row.items()}


@pytest.mark.promise("APP-03")
@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.ENDED])
def test_every_living_device_can_end_and_whatever_used_push_can_switch_it_off(phase: Phase) -> None:
    assert DEVICE_TABLE[phase][Event.TERM_OVER] == (Phase.ENDED, Does.END)
    assert DEVICE_TABLE[phase][Event.SIGNED_OUT] == (Phase.ENDED, Does.END)
    expected = Does.NOTHING if phase is Phase.OFF else Does.ERASE_PUSH
    assert DEVICE_TABLE[phase][Event.PUSH_OFF] == (Phase.OFF, expected)


def test_nothing_wakes_an_ended_device_but_enrolling_it_again() -> None:
    moved = {event for event, (phase, _) in DEVICE_TABLE[Phase.ENDED].items() if phase is not Phase.ENDED}
    assert moved == {Event.ENROLLED_AGAIN}


def test_whoever_asks_to_go_goes_without_grace() -> None:
    assert PERSON_TABLE[Stay.PRESENT][StayEvent.ASKED_TO_GO] == (Stay.GONE, StayDoes.ERASE)
    assert PERSON_TABLE[Stay.LEAVING][StayEvent.ASKED_TO_GO] == (Stay.GONE, StayDoes.ERASE)


def test_coming_back_within_the_grace_cancels_it() -> None:
    assert PERSON_TABLE[Stay.LEAVING][StayEvent.DEVICE_ENROLLED] == (Stay.PRESENT, StayDoes.CANCEL_GRACE)


@pytest.mark.promise("ACR-05")
@pytest.mark.parametrize("days", [2.9, 6.1])
def test_a_term_outside_three_to_six_days_is_refused(days: float) -> None:
    with pytest.raises(TermTooLong):
        LifeSettings(term=days * DAY)


@pytest.mark.promise("ACR-05")
def test_term_and_grace_together_never_reach_seven_days() -> None:
    LifeSettings(term=6 * DAY)
    with pytest.raises(TermTooLong):
        LifeSettings(term=6 * DAY, grace=DAY)


def test_each_evidence_moves_the_end_and_nothing_is_due_before_it() -> None:
    clock = ManualClock()
    presence = present(clock)
    for _ in range(20):
        presence.happened(DEVICE, Event.REGISTERED)
        clock.advance(1.9 * DAY)
        assert list(presence.coming_up()) == []


def test_the_due_instants_of_a_silent_device_are_two_warnings_and_the_end() -> None:
    clock = ManualClock()
    presence = present(clock)
    presence.happened(DEVICE, Event.REGISTERED)
    start, seen = clock.time(), []
    while clock.time() < start + 4 * DAY:
        clock.advance(HOUR)
        for device, event in list(presence.coming_up()):
            presence.happened(device, event)
            seen.append(((clock.time() - start) / HOUR, event))
    assert seen == [(48, Event.SILENT_WARNING_DUE), (60, Event.VISIBLE_WARNING_DUE), (72, Event.TERM_OVER)]


def test_what_could_not_be_done_comes_up_again() -> None:
    clock = ManualClock()
    presence = present(clock)
    clock.advance(12 * HOUR)
    assert list(presence.coming_up()) == [(DEVICE, Event.TERM_OVER)]
    assert list(presence.coming_up()) == []
    clock.advance(60)
    assert list(presence.coming_up()) == [(DEVICE, Event.TERM_OVER)]


def test_a_device_that_registers_each_minute_is_written_once_an_hour() -> None:
    clock = ManualClock()
    presence = present(clock, Phase.LIVE)
    presence.written(DEVICE, presence.stepped(clock.time() + 3 * DAY))
    writes = 0
    for _ in range(24 * 60):
        clock.advance(60)
        presence.happened(DEVICE, Event.REGISTERED)
        for device in presence.unwritten(10):
            known = presence.get(device)
            assert known is not None
            presence.written(device, presence.stepped(known.due))
            writes += 1
    assert writes <= 25


def test_an_unknown_device_moves_nothing() -> None:
    presence = present(ManualClock())
    assert presence.happened(DeviceId("other"), Event.SIGNED_OUT) is Does.NOTHING
    assert presence.follows(DeviceId("other"), Event.SIGNED_OUT) is Does.NOTHING


_steps = st.lists(
    st.tuples(st.sampled_from(Event), st.floats(min_value=0, max_value=2 * DAY, allow_nan=False)), max_size=40
)


@given(_steps)
def test_a_device_is_never_believed_for_longer_than_its_term(steps: list[tuple[Event, float]]) -> None:
    clock = ManualClock()
    presence = present(clock)
    last_evidence = clock.time()
    for event, pause in steps:
        if presence.happened(DEVICE, event) is Does.RENEW:
            last_evidence = clock.time()
        known = presence.get(DEVICE)
        assert known is not None
        assert known.due <= last_evidence + 3 * DAY
        clock.advance(pause)


@given(_steps)
def test_whoever_is_over_its_term_always_comes_up(steps: list[tuple[Event, float]]) -> None:
    clock = ManualClock()
    presence = present(clock)
    for event, pause in steps:
        presence.happened(DEVICE, event)
        clock.advance(pause)
        for device, due in list(presence.coming_up()):
            presence.happened(device, due)
        known = presence.get(DEVICE)
        assert known is not None
        assert known.phase is Phase.ENDED or known.due > clock.time()
