"""Ring my phone: what a test push shows, and that nobody can keep a phone ringing by it."""

from dataclasses import dataclass, field

import pytest

from ringfence.clock import ManualClock
from ringfence.identifiers import CallRef, DeviceId
from ringfence.services.wake import NotWakeable, Outcome, Trial, Trials, TrialState

ONE, TWO = DeviceId("one"), DeviceId("two")
FIRST, SECOND = CallRef("first"), CallRef("second")


@dataclass
class Bench:
    clock: ManualClock = field(default_factory=ManualClock)
    pushed: list[tuple[DeviceId, CallRef, int]] = field(default_factory=list)
    wakeable: bool = True

    def __post_init__(self) -> None:
        self.trials = Trials(self._push, self.clock)

    def _push(self, device: DeviceId, ref: CallRef, by: int) -> bool:
        self.pushed.append((device, ref, by))
        return self.wakeable

    def last(self) -> Trial:
        found = self.trials.of(ONE)
        assert found is not None
        return found

    def state(self) -> TrialState:
        return self.trials.state(self.last())


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.mark.pitfall(33)
def test_a_device_that_comes_after_its_push_has_woken_and_so_fast(bench: Bench) -> None:
    bench.trials.begin(ONE, FIRST)
    assert bench.pushed == [(ONE, FIRST, int(bench.clock.time()) + 30)]
    assert bench.state() is TrialState.WAITING
    bench.trials.pushed(ONE, FIRST, Outcome.ACCEPTED)
    assert bench.state() is TrialState.PUSHED
    bench.clock.advance(4.25)
    bench.trials.came(ONE)
    bench.clock.advance(100)
    bench.trials.came(ONE)  # registers again, as phones do
    assert (bench.state(), bench.last().after) == (TrialState.WOKE, 4.25)


@pytest.mark.pitfall(33)
def test_a_device_that_was_pushed_and_does_not_come_is_silent(bench: Bench) -> None:
    bench.trials.begin(ONE, FIRST)
    bench.trials.pushed(ONE, FIRST, Outcome.ACCEPTED)
    bench.clock.advance(30)
    bench.trials.came(ONE)
    bench.trials.came(TWO)
    assert (bench.state(), bench.last().after) == (TrialState.SILENT, None)


@pytest.mark.parametrize("outcome", [Outcome.WRONG_SENDER, Outcome.OUR_FAULT, Outcome.BLOCKED, Outcome.LATER])
def test_a_push_that_did_not_leave_says_why(bench: Bench, outcome: Outcome) -> None:
    bench.trials.begin(ONE, FIRST)
    bench.trials.pushed(ONE, SECOND, Outcome.ACCEPTED)  # of an earlier one
    bench.trials.pushed(TWO, FIRST, Outcome.ACCEPTED)
    bench.trials.pushed(ONE, FIRST, outcome)
    assert (bench.state(), bench.last().outcome) == (TrialState.REFUSED, outcome)


def test_a_device_without_push_is_said_to_be_so(bench: Bench) -> None:
    bench.wakeable = False
    with pytest.raises(NotWakeable):
        bench.trials.begin(ONE, FIRST)
    assert bench.trials.of(ONE) is None


def test_who_asks_again_within_the_minute_is_told_of_the_same_test(bench: Bench) -> None:
    for _ in range(5):
        assert bench.trials.begin(ONE, SECOND if bench.pushed else FIRST).ref == FIRST
    bench.clock.advance(60)
    assert bench.trials.begin(ONE, SECOND).ref == SECOND
    assert len(bench.pushed) == 2


def test_results_are_forgotten_after_an_hour_and_with_the_device(bench: Bench) -> None:
    bench.trials.begin(ONE, FIRST)
    bench.trials.begin(TWO, FIRST)
    bench.trials.forget(TWO)
    assert bench.trials.of(TWO) is None
    bench.clock.advance(3_600)
    assert bench.trials.of(ONE) is None
    bench.trials.begin(TWO, SECOND)
    assert len(bench.trials) == 1


def test_memory_holds_only_so_many(bench: Bench) -> None:
    for number in range(10_050):
        bench.trials.begin(DeviceId(str(number)), FIRST)
    assert len(bench.trials) == 10_000
    assert bench.trials.of(DeviceId("0")) is None
    assert bench.trials.of(DeviceId("10049")) is not None
