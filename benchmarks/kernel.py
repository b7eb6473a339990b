"""What privacy costs: sealed columns beside plain ones, the moment of erasure, and moving all keys to a new epoch."""

import time
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks import population, sealing
from benchmarks.figure import Aim, Figure
from benchmarks.scale import Scale
from ringfence.clock import ManualClock
from ringfence.declarations import Keep
from ringfence.identifiers import RowId, SubjectId
from ringfence.persistence import Place
from ringfence.privacy.vault import Keyring
from ringfence.randomness import SystemRandomness

__all__ = ["measure", "missing"]

_SUITE: Final = "kernel"
_ERASED: Final = 20
_BATCH: Final = 1_000
_DAY: Final = 86_400.0


async def measure(scale: Scale) -> list[Figure]:
    """On SQLite, on this machine's disk."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/main.db"
        costs = await sealing.compare(scale.rows, url, Path(folder))
        sealed = [_sealed(what, plain, cost, scale.rows) for what, (plain, cost) in costs.items()]
        return sealed + _keyring(scale.keys, Path(folder))


def missing() -> str:
    """It needs no peer."""
    return ""


def _sealed(what: str, plain: float, sealed: float, rows: int) -> Figure:
    detail = f"{sealed * 1e3:,.0f} : {plain * 1e3:,.0f} ms CPU"
    name = f"{what} of {rows:,} sealed rows of 300 bytes"
    return Figure(_SUITE, name, sealed / plain, "x", "the same rows plain", detail, Aim.AT_MOST, 1.5)


def _keyring(keys: int, folder: Path) -> list[Figure]:
    clock = ManualClock()
    keyring = Keyring.open(
        folder / "keyring.db", key_file=folder / "keyring.json", clock=clock, randomness=SystemRandomness()
    )
    for first in range(0, keys, _BATCH):
        keyring.ensure_keys(_places(range(first, min(first + _BATCH, keys))))
    # Those with whom the run began are out of the key cache by now, as most people are most of the time.
    erased = [_timed_erasure(keyring, number) for number in range(min(_ERASED, keys))]
    clock.advance(_DAY + 1)
    steps = _timed_rotation(keyring)
    keyring.close()
    among = f"among {keys:,} keys"
    return [
        Figure(_SUITE, f"erasure, point of no return, {among}", median(erased), "ms", aim=Aim.AT_MOST, bound=50.0),
        Figure(_SUITE, "same, worst", max(erased), "ms", aim=Aim.AT_MOST, bound=50.0),
        Figure(_SUITE, f"daily epoch, all of {keys:,} keys wrapped anew", sum(steps) / 1e3, "s"),
        Figure(_SUITE, "same, longest step between which calls are served", max(steps), "ms"),
    ]


def _places(numbers: Iterable[int]) -> list[Place]:
    return [
        Place(
            provider=population.PROVIDER,
            table_number=1,
            part="",
            subject=_subject(number),
            row=RowId(_subject(number)),
            keep=Keep.CREDENTIAL,
            due=None,
        )
        for number in numbers
    ]


def _subject(number: int) -> SubjectId:
    return SubjectId(population.name_of("subject", number))


def _timed_erasure(keyring: Keyring, number: int) -> float:
    """Milliseconds by the wall: the disk is what it waits for."""
    begun = time.perf_counter()
    keyring.forget(_subject(number))
    return (time.perf_counter() - begun) * 1e3


def _timed_rotation(keyring: Keyring) -> list[float]:
    """Milliseconds of each step."""
    steps, begun = [], time.perf_counter()
    for _ in keyring.rotation():
        steps.append((time.perf_counter() - begun) * 1e3)
        begun = time.perf_counter()
    steps.append((time.perf_counter() - begun) * 1e3)
    return steps
