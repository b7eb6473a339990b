"""Counting wrong digests, and pacing."""

from hypothesis import given
from hypothesis import strategies as st

from ringfence.gateway.caps import FailureCaps
from ringfence.gateway.pace import Pace


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0.0, 50.0), st.booleans()), max_size=60))
def test_within_any_window_no_cap_is_passed(tries: list[tuple[str, float, bool]]) -> None:
    caps, now, failed = FailureCaps(3, 5, 100.0), 0.0, list[tuple[str, float]]()
    for key, pause, right in tries:
        now += pause
        if not caps.allows(key, now):
            continue
        mark = caps.count(key, now)
        if right:
            caps.forgive(key, mark)
        else:
            failed.append((key, now))
        recent = [who for who, when in failed if when > now - 100.0]
        assert len(recent) <= 5
        assert all(recent.count(who) <= 3 for who in "abc")


@given(st.lists(st.floats(0.0, 40.0), min_size=1, max_size=20))
def test_after_the_wait_it_names_one_more_is_allowed(pauses: list[float]) -> None:
    caps, now = FailureCaps(2, 3, 100.0), 0.0
    for pause in pauses:
        now += pause
        wait = caps.wait("a", now)
        if wait > 0.0:
            now += wait + 1e-6
        assert caps.allows("a", now)
        caps.count("a", now)


def test_keys_that_failed_long_ago_are_forgotten() -> None:
    caps = FailureCaps(2, 1_000_000, 100.0)
    for number in range(20_000):
        caps.count(number, 0.0)
    assert len(caps._by_key) <= 10_000
    caps.allows("x", 101.0)
    assert len(caps._by_key) == 0


@given(st.floats(0.5, 5000.0), st.floats(0.1, 5.0))
def test_a_pace_lets_through_its_rate_and_no_more(rate: float, seconds: float) -> None:
    pace, now, sent = Pace(rate), 0.0, 0
    while now < seconds and sent < 20_000:
        if pace.take(now):
            sent += 1
        else:
            later = pace.ready_at(now)
            assert later > now
            now = later
    assert sent <= rate * now + max(1.0, rate * 0.05) + 1


def test_debt_is_paid_before_anything_else_goes() -> None:
    pace = Pace(10.0)
    assert pace.take(0.0, 3.0)
    assert not pace.take(0.1)
    assert pace.take(0.35)
