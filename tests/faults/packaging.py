"""A process that makes, fetches and shreds a package, and kills itself when it is told: see test_killed_package.

python -m tests.faults.packaging FOLDER POINT:NTH       all steps, killed with -9 at that point
python -m tests.faults.packaging FOLDER child PACKAGE   a clerk's child, as the server starts one
"""

import asyncio
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from ringfence.identifiers import CaseId, RowId
from ringfence.privacy.packages import Point, carry_out
from tests.faults.erasing import KILL_AFTER, die
from tests.unit.privacy.installation import PROVIDER, installed
from tests.unit.privacy.packages.packing import Packing, fetched

CASE = CaseId("k" * 26)


def at_point(name: str, nth: int) -> Callable[[Point], None]:
    seen: Counter[Point] = Counter()

    def reached(point: Point) -> None:
        seen[point] += 1
        if point == name and seen[point] == nth:
            die()

    return reached


async def whole_life(folder: Path, moment: str) -> int:
    name, _, nth = moment.partition(":")
    async with installed(folder) as house:
        anna = house.find()
        assert anna is not None
        packages = Packing(house).packages(at=at_point(name, int(nth)))
        package = await packages.prepare(PROVIDER, anna, case=CASE)
        await packages.run(package)
        await fetched(packages, package, anna)
        await packages.shred(package, subject=anna)
    return KILL_AFTER


async def child(folder: Path, package: str) -> int:
    async with installed(folder) as house:
        return await carry_out(Packing(house).workshop(), RowId(package))


if __name__ == "__main__":
    run = (
        child(Path(sys.argv[1]), sys.argv[3]) if sys.argv[2] == "child" else whole_life(Path(sys.argv[1]), sys.argv[2])
    )
    sys.exit(asyncio.run(run))
