"""A process that erases a person and kills itself, without warning, at the moment it is told: see test_killed_erasure.

python -m tests.faults.erasing FOLDER point:NAME:NTH | keyring:NTH | fsync:NTH [kept]
"""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from ringfence.privacy.rights import Point, Reason
from tests.unit.privacy.installation import KEPT, PROVIDER, SAMPLES, Installation, installed

KILL_AFTER = 0  # the child's own exit status when the moment never came


def die() -> None:
    """As a power cut would: no handler, no flush, no rollback."""
    os.kill(os.getpid(), signal.SIGKILL)


def at_point(name: str, nth: int) -> Callable[[Point], None]:
    seen: Counter[Point] = Counter()

    def reached(point: Point) -> None:
        seen[point] += 1
        if point == name and seen[point] == nth:
            die()

    return reached


def at_keyring_statement(house: Installation, nth: int) -> None:
    """Inside `Keyring.forget`: before the nth SQL statement after its transaction began."""
    seen: list[str] = []

    def reached(statement: str) -> None:
        if seen or statement.startswith("DELETE FROM data_key"):
            seen.append(statement)
            if len(seen) == nth:
                die()

    house.keyring._store.connection.set_trace_callback(reached)


def at_fsync(nth: int) -> None:
    """Inside the tombstone's append: before the nth time that something is forced to disk."""
    real, left = os.fsync, iter(range(nth))
    next(left)

    def reached(descriptor: int) -> None:
        if next(left, None) is None:
            die()
        real(descriptor)

    setattr(os, "fsync", reached)  # noqa: B010 - whoever calls it by its module's name gets ours


async def main(folder: Path, moment: str, *, kept: bool) -> None:
    kind, *rest = moment.split(":")
    async with installed(folder) as house:
        anna = house.find()
        assert anna is not None
        at = at_point(rest[0], int(rest[1])) if kind == "point" else lambda _: None
        erasures = house.erasures(at=at, registry=KEPT if kept else SAMPLES)
        erasure = await erasures.request(PROVIDER, anna, Reason.ASKED)
        if kind == "keyring":
            at_keyring_statement(house, int(rest[0]))
        if kind == "fsync":
            at_fsync(int(rest[0]))
        await erasures.run(erasure)
    sys.exit(KILL_AFTER)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], kept="kept" in sys.argv))
