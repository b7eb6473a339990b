"""The window of used nonces: no count passes twice, whatever is forgotten."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.protocols.sip.nonce import NonceWindow


def test_counts_may_overtake_each_other_a_little() -> None:
    window = NonceWindow(10)
    assert [window.use(b"n", 1, count) for count in (5, 3, 4, 3, 5, 70, 7, 6, 69)] == [
        True, True, True, False, False, True, True, False, True,
    ]  # fmt: skip


@pytest.mark.parametrize("count", [0, -1])
def test_counting_starts_at_one(count: int) -> None:
    window = NonceWindow(10)
    assert not window.use(b"n", 1, count)
    assert window.use(b"n", 1, 1)
    assert not window.use(b"n", 1, count)


def test_what_was_forgotten_for_lack_of_room_is_not_taken_again() -> None:
    window = NonceWindow(2)
    assert window.use(b"a", 1, 1)
    assert window.use(b"b", 2, 1)
    assert window.use(b"c", 3, 1)
    assert len(window) == 2
    assert not window.use(b"a", 1, 1)
    assert not window.use(b"a", 1, 2)
    assert window.use(b"b", 2, 2)
    assert window.use(b"d", 4, 1)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 200)), max_size=200), st.integers(1, 4))
def test_no_count_ever_passes_twice(uses: list[tuple[int, int]], room: int) -> None:
    window = NonceWindow(room)
    passed = [use for use in uses if window.use(b"%d" % use[0], use[0], use[1])]
    assert len(passed) == len(set(passed))
    assert len(window) <= room
