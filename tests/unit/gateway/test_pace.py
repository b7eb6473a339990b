"""So many a second, and no more."""

from hypothesis import given
from hypothesis import strategies as st

from ringfence.gateway.pace import Pace


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
