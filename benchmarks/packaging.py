"""The child that makes a package for the bench: python -m benchmarks.packaging FOLDER URL PACKAGE

As the server's own, over the bench's tables. When it is done it leaves its peak of memory and its time in FOLDER.
"""

import asyncio
import json
import re
import sys
import time
from pathlib import Path
from typing import Final

from benchmarks.people import REGISTERED, House, opened
from ringfence.identifiers import RowId
from ringfence.privacy.packages import Holdings, Result, Workshop, carry_out
from ringfence.privacy.packages.build import Progress
from ringfence.randomness import SystemRandomness

__all__ = ["PACKAGES", "SAID", "peak_of", "workshop"]

PACKAGES: Final = "exports"
SAID: Final = "child.json"


def workshop(house: House) -> Workshop:
    """Over the bench's tables alone."""
    return Workshop(
        db=house.db,
        holdings=Holdings(house.db, house.vault, registry=REGISTERED),
        signer=house.signer,
        folder=house.folder / PACKAGES,
        clock=house.clock,
        randomness=SystemRandomness(),
    )


def peak_of(pid: int | str = "self") -> float:
    """The most memory that the process has had, in MB (resident, shared libraries included)."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


class _Measured:
    """The workshop, and what it took; told before the result is, since the child ends with that."""

    def __init__(self, house: House) -> None:
        self._folder = house.folder
        self._workshop = workshop(house)

    async def build(self, package: RowId, progress: Progress) -> Result:
        begun = time.perf_counter()
        result = await self._workshop.build(package, progress)
        said = {"seconds": time.perf_counter() - begun, "peak": peak_of()}
        (self._folder / SAID).write_text(json.dumps(said))
        return result


async def main(folder: Path, url: str, package: str) -> int:
    """Open beside, build, tell."""
    async with opened(folder, url) as house:
        return await carry_out(_Measured(house), RowId(package))


if __name__ == "__main__":
    sys.exit(asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])))
