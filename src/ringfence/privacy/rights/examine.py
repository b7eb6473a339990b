"""Looking for what is left of a person, and the account of it that goes into the certificate."""

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

import sqlalchemy as sa

from ringfence.clock import Clock
from ringfence.declarations import REGISTRY, Registry
from ringfence.identifiers import SubjectId
from ringfence.persistence import Database
from ringfence.privacy.rights.gather import gather
from ringfence.privacy.rights.needle import Needle, NeedleKind
from ringfence.privacy.rights.premises import BACKUPS, MAIN, Premises
from ringfence.privacy.rights.scan import Finding, Scan, scan_bytes
from ringfence.privacy.rights.scanner import scan_apart
from ringfence.privacy.vault import KeptClass, Keyring
from ringfence.randomness import Randomness

__all__ = ["Examination", "Examiner"]

_PAGE: Final = 1000  # rows of a remote table read at once
_GOING: Final = tuple(kind for kind in NeedleKind if kind is not NeedleKind.KEPT)
_KEEPING: Final = frozenset({MAIN, BACKUPS})


@final
@dataclass(frozen=True, slots=True)
class Examination:
    """What was looked for, where, and what was found.

    `remaining` lies where nothing may lie. `sealed_in_backups` is what older backups still hold in sealed form;
    `backups_that_open` of them still open with a key that is held, until that key is destroyed. `kept` is what a law
    wants kept, where it may lie.
    """

    looked_for: dict[str, int]
    read: dict[str, tuple[int, int]]
    unread: dict[str, str]
    remaining: tuple[Finding, ...]
    sealed_in_backups: tuple[Finding, ...]
    backups_that_open: int
    kept: tuple[Finding, ...] = ()

    @property
    def clean(self) -> bool:
        return not self.remaining

    def content(self) -> dict[str, object]:
        """For the certificate: media, counts and columns; no value and no file's own name."""
        return {
            "looked_for": self.looked_for,
            "read": {name: {"files": files, "bytes": size} for name, (files, size) in self.read.items()},
            "not_read": self.unread,
            "found": sorted({f"{each.medium}: {each.column} ({each.kind.value})" for each in self.remaining}),
            "kept": sorted({f"{each.medium}: {each.column}" for each in self.kept}),
            "sealed_in_backups": sorted({each.column for each in self.sealed_in_backups}),
            "backups_that_still_open": self.backups_that_open,
        }


@final
class Examiner:
    """Gathers needles before the keys go, and looks for them afterwards; the needles live in memory only."""

    __slots__ = ("_clock", "_db", "_keyring", "_needles", "_premises", "_randomness", "_registry")

    def __init__(
        self,
        db: Database,
        keyring: Keyring,
        premises: Premises,
        clock: Clock,
        randomness: Randomness,
        *,
        registry: Registry = REGISTRY,
    ) -> None:
        self._db = db
        self._keyring = keyring
        self._premises = premises
        self._clock = clock
        self._randomness = randomness
        self._registry = registry
        self._needles: dict[SubjectId, list[Needle]] = {}

    async def prepare(self, subject: SubjectId, keeping: Sequence[KeptClass] = ()) -> None:
        """Gathers; what was gathered before a kill is lost, and the account then says what was not looked for."""
        if subject not in self._needles:
            self._needles[subject] = await gather(self._db, self._keyring, self._registry, subject, keeping=keeping)

    async def examine(self, subject: SubjectId) -> dict[str, object]:
        """Looks everywhere; forgets the needles."""
        return (await self.search(self._needles.pop(subject, []), [subject])).content()

    async def search(self, needles: Sequence[Needle], subjects: Sequence[SubjectId]) -> Examination:
        """Looks for these needles; `subjects` are those whose keys a backup might still open."""
        looked = await self.look(needles)
        opening = await asyncio.to_thread(self._opening, subjects)
        sealed = [each for each in looked.findings if each.medium == BACKUPS and each.kind is not NeedleKind.CLEAR]
        sealed = [each for each in sealed if each.kind is not NeedleKind.KEPT]
        kept = [each for each in looked.findings if each.kind is NeedleKind.KEPT and each.medium in _KEEPING]
        remaining = [each for each in looked.findings if each not in sealed and each not in kept]
        counts = {kind.value: sum(1 for needle in needles if needle.kind is kind) for kind in _GOING}
        return Examination(counts, looked.read, looked.unread, tuple(remaining), tuple(sealed), opening, tuple(kept))

    async def look(self, needles: Sequence[Needle]) -> Scan:
        """Reads all media: files apart from the event loop, the tables of a remote database by SQL."""
        looked = await scan_apart(list(self._premises.media()), needles)
        if self._db.dialect != "sqlite":
            await self._read_tables(looked, needles)
        return looked

    async def _read_tables(self, looked: Scan, needles: Sequence[Needle]) -> None:
        rows = size = 0
        for kind in self._registry:
            table, last = kind.declaration.table, ""
            while True:
                page = sa.select(table).where(table.c.id > last).order_by(table.c.id).limit(_PAGE)
                async with self._db.reading() as unit:
                    found = (await unit.execute(page)).all()
                content = b"\0".join(_bytes(value) for row in found for value in row)
                looked.findings += await asyncio.to_thread(scan_bytes, MAIN, table.name, content, needles)
                rows, size = rows + len(found), size + len(content)
                if len(found) < _PAGE:
                    break
                last = found[-1].id
        looked.read["main database (rows by SQL)"] = (rows, size)

    def _opening(self, subjects: Sequence[SubjectId]) -> int:
        return sum(1 for copy in self._premises.keyring_copies() if self._opens(copy, subjects))

    def _opens(self, copy: Path, subjects: Sequence[SubjectId]) -> bool:
        """Whether a held epoch key opens anything of these persons in a copy of the keyring. Tried on a copy of it."""
        with tempfile.TemporaryDirectory(dir=copy.parent) as folder:
            tried = Path(shutil.copy(copy, folder))
            keyring = Keyring.open(
                tried, key_file=self._premises.key_file, clock=self._clock, randomness=self._randomness
            )
            with closing(keyring):
                return any(keyring.opens(subject) for subject in subjects)


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
