"""A keyring in a folder of its own, and what opens it again."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from ringfence.clock import ManualClock
from ringfence.privacy.vault import Keyring, Vault
from ringfence.randomness import SeededRandomness

OpenKeyring = Callable[[Path], Keyring]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def open_keyring(clock: ManualClock) -> Iterator[OpenKeyring]:
    """Open the keyring of a folder; closed when the test ends."""
    seeds = iter(range(1_000))
    with ExitStack() as stack:

        def opened(folder: Path) -> Keyring:
            keyring = Keyring.open(
                folder / "keyring.db",
                key_file=folder / "keys.json",
                clock=clock,
                randomness=SeededRandomness(next(seeds)),
                cached=3,
            )
            return stack.enter_context(closing(keyring))

        yield opened


@pytest.fixture
def keyring(open_keyring: OpenKeyring, folder: Path) -> Keyring:
    return open_keyring(folder)


@pytest.fixture
def vault(keyring: Keyring) -> Vault:
    return Vault(keyring, SeededRandomness(99))
