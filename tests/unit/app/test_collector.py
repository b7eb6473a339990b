"""What the collector does while calls are answered."""

import gc
from collections.abc import Iterator

import pytest

from ringfence.app.collector import collect_fully, let_go, spare_the_loop


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    let_go()


class _Loop:
    def __init__(self) -> None:
        self.me = self


def test_what_is_loaded_is_not_walked_again() -> None:
    spare_the_loop()
    assert gc.get_freeze_count() > 0
    assert gc.isenabled()


def test_old_cycles_are_found_in_a_quiet_moment() -> None:
    spare_the_loop()
    for _ in range(100):
        _Loop()
    assert collect_fully() >= 100


def test_afterwards_the_process_is_as_it_was() -> None:
    before = gc.get_threshold()
    spare_the_loop()
    let_go()
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
