"""How large batches grow and shrink."""

from ringfence.clock import ManualClock
from ringfence.persistence import Pace


def run(pace: Pace, clock: ManualClock, seconds: float) -> int:
    rows = pace.begin()
    clock.advance(seconds)
    pace.end()
    return rows


def test_quick_transactions_grow_and_slow_ones_shrink() -> None:
    clock = ManualClock()
    pace = Pace(clock, "sqlite")
    assert [run(pace, clock, 0.01) for _ in range(3)] == [16_000, 32_000, 32_000]
    assert [run(pace, clock, 1.0) for _ in range(5)] == [32_000, 16_000, 8_000, 4_000, 4_000]


def test_one_that_takes_as_long_as_it_may_stays() -> None:
    clock = ManualClock()
    pace = Pace(clock, "sqlite")
    assert [run(pace, clock, 0.2) for _ in range(3)] == [16_000] * 3


def test_postgresql_takes_many_at_once() -> None:
    assert Pace(ManualClock(), "postgresql").begin() == 100_000
