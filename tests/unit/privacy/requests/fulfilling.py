"""A process that carries out a request and kills itself, without warning, at the moment it is told.

python -m tests.unit.privacy.requests.fulfilling FOLDER KIND STAGE WHEN
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ringfence.clock import ManualClock
from ringfence.privacy.requests import Grant, Kind, Posting, Progress, Stage, State, When, Work
from tests.unit.privacy.requests.bureau import START, Bureau, bureau

KILL_AFTER = 0  # the child's own exit status when the moment never came


@dataclass
class OnDisk:
    """An executor as they are to be: whatever it is asked twice, it does once. What it did lies in a file."""

    folder: Path

    async def carry_out(self, work: Work) -> Progress:
        self._write("asked", f"{work.stage} {work.case}")
        if f"{work.stage} {work.case}" not in self.lines("done"):
            self._write("done", f"{work.stage} {work.case}")
        return Progress()

    async def send(self, posting: Posting) -> None:
        self._write("mailed", f"{posting.id} {posting.written.title}")

    def lines(self, name: str) -> list[str]:
        path = self.folder / f"{name}.log"
        return path.read_text("utf-8").splitlines() if path.exists() else []

    def _write(self, name: str, line: str) -> None:
        with (self.folder / f"{name}.log").open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
            file.flush()
            os.fsync(file.fileno())


def dying(stage: Stage, when: When) -> Callable[[Stage, When], None]:
    """As a power cut would: no handler, no flush, no rollback."""

    def reached(at_stage: Stage, at_when: When) -> None:
        if (at_stage, at_when) == (stage, when):
            os.kill(os.getpid(), signal.SIGKILL)

    return reached


async def begin(office: Bureau, kind: Kind) -> None:
    """A request that is decided and not yet carried out; answers go by mail."""
    anna = office.house.find()
    assert anna is not None
    case = await office.signed_in(anna, kind, contact="anna@mail.example")
    if (await office.view(case)).summary.state is State.READY:
        await office.step(case, Grant())


async def main(folder: Path, kind: Kind, stage: Stage, when: When) -> None:
    disk = OnDisk(folder)
    others = dict.fromkeys(Stage, disk)
    async with bureau(
        folder / "house", clock=ManualClock(START), at=dying(stage, when), post=disk, others=others
    ) as office:
        await begin(office, kind)
        await office.requests.resume()
    sys.exit(KILL_AFTER)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Kind(sys.argv[2]), Stage(sys.argv[3]), When(sys.argv[4])))
