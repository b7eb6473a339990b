"""Counting failures."""

from hypothesis import given
from hypothesis import strategies as st

from ringfence.privacy.access import FailureCaps


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
