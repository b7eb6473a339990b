"""A sender in a process of its own: `python sending_process.py FOLDER LOG SUBJECT...`, until the log is stopped.

It relies on the consents again and again and notes each sending in the log, which both processes append to.
"""

import asyncio
import os
import sys
from pathlib import Path

from ringfence.declarations import Purpose
from ringfence.identifiers import SubjectId
from ringfence.privacy.consent import Channel, ConsentMissing, Consents, ConsentSettings
from tests.unit.privacy.consent.house import consents_of
from tests.unit.privacy.installation import PROVIDER, installed

__all__ = ["QUICK", "Log", "send_for_ever"]

SENDING = 0.03  # seconds; longer than a withdrawal takes that does not wait for it
QUICK = ConsentSettings(poll_seconds=0.005)


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

    @property
    def stopped(self) -> bool:
        return self.path.with_suffix(".stop").exists()

    def stop(self) -> None:
        self.path.with_suffix(".stop").touch()

    def close(self) -> None:
        os.close(self._file)


async def send_for_ever(consents: Consents, people: list[SubjectId], log: Log) -> None:
    """To all of them at once. Ends when the log is stopped."""
    await asyncio.gather(*(_send_to(consents, subject, log) for subject in people))


async def _send_to(consents: Consents, subject: SubjectId, log: Log) -> None:
    while not log.stopped:
        try:
            async with consents.held(PROVIDER, subject, Purpose.MARKETING, None, Channel.MAIL):
                await asyncio.sleep(SENDING)
                log.note("sent", subject)
        except ConsentMissing:
            log.note("refused", subject)
            await asyncio.sleep(SENDING)


async def _main(folder: Path, log: Log, people: list[SubjectId]) -> None:
    async with installed(folder) as house:
        log.note("ready")
        await send_for_ever(consents_of(house, settings=QUICK), people, log)


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1]), Log(Path(sys.argv[2])), [SubjectId(name) for name in sys.argv[3:]]))
