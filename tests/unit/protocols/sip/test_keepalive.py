"""Keep-alives: when to ping, when a flow is dead, when a phone counts as awake."""

import pytest

from ringfence.clock import ManualClock
from ringfence.protocols.sip.chance import fraction
from ringfence.protocols.sip.keepalive import Pinger, Step, flow_timer_of, is_awake, is_dead, recovery_delay
from ringfence.protocols.sip.message import Response
from ringfence.protocols.sip.timers import NEVER
from ringfence.randomness import SeededRandomness


class Fixed:
    """Chance that always says the same byte."""

    def __init__(self, byte: int) -> None:
        self.byte = byte

    def bytes(self, count: int) -> bytes:
        return bytes((self.byte,)) * count


def test_a_fraction_is_below_one() -> None:
    assert fraction(Fixed(0)) == 0.0
    assert 0.999 < fraction(Fixed(255)) < 1.0


@pytest.mark.parametrize(("byte", "first"), [(0, 95.0), (255, 120.0)])
def test_without_flow_timer_a_ping_leaves_after_95_to_120_seconds(byte: int, first: float) -> None:
    assert Pinger(0.0, Fixed(byte)).due == pytest.approx(first)


@pytest.mark.parametrize(("byte", "first"), [(0, 24.0), (255, 30.0)])
def test_with_flow_timer_a_ping_leaves_within_its_last_fifth(byte: int, first: float) -> None:
    assert Pinger(0.0, Fixed(byte), flow_timer=30.0).due == pytest.approx(first)


def test_a_ping_that_is_answered_keeps_the_flow() -> None:
    clock = ManualClock()
    pinger = Pinger(clock.monotonic(), SeededRandomness(3))
    for _ in range(5):
        assert pinger.tick(clock.monotonic()) is Step.NOTHING
        clock.advance(pinger.due - clock.monotonic())
        assert pinger.tick(clock.monotonic()) is Step.PING
        clock.advance(9.9)
        assert pinger.tick(clock.monotonic()) is Step.NOTHING
        pinger.pong(clock.monotonic())
        assert 95.0 <= pinger.due - clock.monotonic() <= 120.0


def test_a_ping_without_answer_in_10_seconds_means_a_dead_flow_for_good() -> None:
    pinger = Pinger(0.0, Fixed(0))
    assert pinger.tick(95.0) is Step.PING
    assert pinger.tick(105.0) is Step.DEAD
    assert pinger.due == NEVER
    pinger.pong(106.0)
    assert pinger.due == NEVER
    assert pinger.tick(10_000.0) is Step.NOTHING


def test_a_pong_that_nobody_asked_for_changes_nothing() -> None:
    pinger = Pinger(0.0, Fixed(0))
    pinger.pong(50.0)
    assert pinger.due == 95.0


@pytest.mark.pitfall(2)
def test_a_phone_is_awake_for_5_seconds_after_it_spoke() -> None:
    assert is_awake(heard_at=10.0, now=15.0)
    assert not is_awake(heard_at=10.0, now=15.1)
    assert is_awake(heard_at=10.0, now=39.0, within=30.0)


def test_a_peer_that_misses_its_flow_timer_is_dead_after_some_grace() -> None:
    assert not is_dead(heard_at=0.0, now=130.0, flow_timer=120.0)
    assert is_dead(heard_at=0.0, now=130.1, flow_timer=120.0)


@pytest.mark.parametrize(
    ("value", "seconds"), [(b"120", 120.0), (b"0", None), (b"-1", None), (b"x", None), (b"9" * 5000, None)]
)
def test_flow_timer_is_read_from_a_response(value: bytes, seconds: float | None) -> None:
    response = Response.make(200, b"OK")
    assert flow_timer_of(response) is None
    response.add(b"flow-timer", value)
    assert flow_timer_of(response) == seconds


def test_recovery_slows_down_and_is_spread() -> None:
    assert [recovery_delay(failures, Fixed(0)) for failures in (1, 2, 3, 10, 10_000)] == [
        30.0,
        60.0,
        120.0,
        900.0,
        900.0,
    ]
    assert recovery_delay(1, Fixed(255)) == pytest.approx(60.0)
