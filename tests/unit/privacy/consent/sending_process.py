"""A sender in a process of its own: `python sending_process.py FOLDER LOG SUBJECT...`, until the log says "stop".

It relies on the consents again and again and notes each sending in the log, which both processes append to.
"""

import asyncio
import os
import sys
from pathlib import Path

from ringfence.declarations import Purpose
from ringfence.identifiers import SubjectId
from ringfence.privacy.consent import Channel, ConsentMissing, Consents
from tests.unit.privacy.consent.house import consents_of
from tests.unit.privacy.installation import PROVIDER, installed

__all__ = ["Log", "send_for_ever"]


class Log:
    """Lines in the order in which they were written, by any process: an append is one write."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)

    def note(self, *words: str) -> None:
        os.write(self._file, (" ".join(words) + "\n").encode())

    def lines(self) -> list[list[str]]:
        return [line.split() for line in self.path.read_text().splitlines()]

    def says(self, word: str) -> bool:
        return [word] in self.lines()

    def close(self) -> None:
        os.close(self._file)


async def send_for_ever(consents: Consents, people: list[SubjectId], log: Log) -> None:
    """Ends when the log says "stop"."""
    while not log.says("stop"):
        for subject in people:
            try:
                async with consents.held(PROVIDER, subject, Purpose.MARKETING, None, Channel.MAIL):
                    await asyncio.sleep(0)  # as a sending would
                    log.note("sent", subject)
            except ConsentMissing:
                log.note("refused", subject)
        await asyncio.sleep(0)


async def _main(folder: Path, log: Log, people: list[SubjectId]) -> None:
    async with installed(folder) as house:
        log.note("ready")
        await send_for_ever(consents_of(house), people, log)


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1]), Log(Path(sys.argv[2])), [SubjectId(name) for name in sys.argv[3:]]))
