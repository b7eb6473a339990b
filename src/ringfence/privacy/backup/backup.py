"""Making a backup, and putting one back so that nobody who is gone comes along."""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

from ringfence import __version__
from ringfence.clock import Clock
from ringfence.persistence import Database
from ringfence.privacy.backup.errors import BackupTooOld, DatabaseElsewhere, TargetNotEmpty
from ringfence.privacy.backup.manifest import (
    MANIFEST,
    Manifest,
    demand_own,
    digest_of,
    read_manifest,
    write_manifest,
)
from ringfence.privacy.disk import OWNER_FILE, OWNER_FOLDER
from ringfence.privacy.ledger import SIGNING, Event, Ledger, Signer
from ringfence.privacy.rights import TombstoneFile, TombstonesTooOld
from ringfence.privacy.vault import Keyring
from ringfence.randomness import Randomness

__all__ = [
    "DATABASE",
    "KEYRING",
    "TOMBSTONES",
    "Backup",
    "Restored",
    "Targets",
    "make_backup",
    "record_restore",
    "restore",
]

DATABASE: Final = "ringfence.db"
KEYRING: Final = "keyring.db"
TOMBSTONES: Final = "tombstones.jsonl"


@final
@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made. After `opens_until` (epoch seconds) nobody can open it, whoever has it."""

    folder: Path
    files: tuple[str, ...]
    opens_until: float


@final
@dataclass(frozen=True, slots=True)
class Targets:
    """Where the parts of an installation lie; `database` None for PostgreSQL. The key file must be there already."""

    database: Path | None
    keyring: Path
    key_file: Path
    tombstones: Path
    anchor: Path


@final
@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back. Start the installation next: its check replays all tombstones since the backup."""

    manifest: Manifest
    tombstones_since: int


async def record_restore(db: Database, ledger: Ledger, restored: Restored, *, replayed: int) -> None:
    """Once the restored installation has started: how far back it went, and who was erased again."""
    async with db.transaction() as unit:
        for provider in await ledger.providers():
            await ledger.append(unit, provider, Event.RESTORED, number=restored.manifest.tombstones, count=replayed)


async def make_backup(
    folder: Path,
    *,
    db: Database,
    keyring: Keyring,
    tombstones: TombstoneFile,
    ledger: Ledger,
    signer: Signer,
    clock: Clock,
    lifetime: float,
    with_database: bool = True,
) -> Backup:
    """Copies main database, keyring and tombstones into a new folder; also while the server runs.

    The key file is never part of it: keep that apart, or the backup protects nobody. Neither are credentials and push
    tokens: after a restore phones enrol again. `lifetime` is the keyring's backup lifetime in seconds. Raises
    DatabaseElsewhere or TargetNotEmpty.
    """
    if with_database and db.path is None:
        raise DatabaseElsewhere(remedy="use_pg_dump_and_without_database")
    with _new(folder) as part:
        await asyncio.to_thread(
            keyring.export, part / KEYRING
        )  # first: whoever enrols meanwhile is an orphan, not a leak
        if with_database and db.path is not None:
            await asyncio.to_thread(_copy_database, db.path, part / DATABASE)
        _place(tombstones.path, part / TOMBSTONES)  # last, so that it is the newest of the three
        files = await asyncio.to_thread(_digests, part)
        manifest = Manifest(
            made=int(clock.time()),
            release=__version__,
            files=files,
            tombstones=tombstones.count,
            tombstones_digest=tombstones.head,
            opens_until=int(clock.time() + lifetime),
        )
        digest = write_manifest(part, manifest, signer)
        (part / MANIFEST).chmod(OWNER_FILE)
    async with db.transaction() as unit:
        for provider in await ledger.providers():
            await ledger.append(unit, provider, Event.BACKUP_MADE, digest=digest, number=tombstones.count)
    return Backup(folder, (*files, MANIFEST), manifest.opens_until)


def restore(
    folder: Path, targets: Targets, *, newest_tombstones: Path, clock: Clock, randomness: Randomness
) -> Restored:
    """Puts a backup back where nothing lies, with the newest tombstones, which must reach beyond the backup's own.

    `newest_tombstones` is the live file, or its newest copy from elsewhere; the backup's own is refused, since it
    cannot know who went later. Raises BackupDamaged, BackupTooOld, TombstonesTooOld or TargetNotEmpty, and then nothing
    is changed.
    """
    _refuse_to_overwrite(targets, newest_tombstones)
    if newest_tombstones.resolve().is_relative_to(folder.resolve()):
        raise TombstonesTooOld(found=0, remedy="give_newest_tombstones_not_the_backups")
    manifest = read_manifest(folder)
    with _opened_copy(folder, targets, clock, randomness) as keyring:
        signer = Signer(keyring.derive(SIGNING))
        demand_own(folder, signer)
        if keyring.dead_epochs():
            raise BackupTooOld(opened_until=manifest.opens_until, remedy="take_a_younger_backup")
        tombstones = TombstoneFile.open(newest_tombstones, anchor=targets.anchor, signer=signer, randomness=randomness)
        tombstones.demand(manifest.tombstones, manifest.tombstones_digest)
    if not targets.tombstones.exists():
        _place(newest_tombstones, targets.tombstones)
    _place(folder / KEYRING, targets.keyring)
    if targets.database is not None and DATABASE in manifest.files:
        _place(folder / DATABASE, targets.database)
    return Restored(manifest, tombstones.count - manifest.tombstones)


def _refuse_to_overwrite(targets: Targets, newest_tombstones: Path) -> None:
    occupied = [path for path in (targets.database, targets.keyring) if path is not None and path.exists()]
    if targets.tombstones.exists() and targets.tombstones.resolve() != newest_tombstones.resolve():
        occupied.append(targets.tombstones)
    if occupied:
        raise TargetNotEmpty(target=occupied[0].name)


@contextmanager
def _new(folder: Path) -> Iterator[Path]:
    """A folder that gets its name when all of it is there: half a backup is never taken for one."""
    if folder.exists():
        raise TargetNotEmpty(target=folder.name)
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=OWNER_FOLDER, parents=True)
    try:
        yield part
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _digests(folder: Path) -> dict[str, str]:
    return {path.name: digest_of(path) for path in sorted(folder.iterdir())}


def _copy_database(source: Path, target: Path) -> None:
    """One consistent state, beside a writer; VACUUM copies rows and leaves free pages behind."""
    _touch(target)
    with closing(sqlite3.connect(source, timeout=30)) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))


@contextmanager
def _opened_copy(folder: Path, targets: Targets, clock: Clock, randomness: Randomness) -> Iterator[Keyring]:
    """The backup's keyring, opened in a copy so that the backup stays as it is."""
    tried = targets.keyring.with_name(targets.keyring.name + ".tried")
    _place(folder / KEYRING, tried)
    try:
        with closing(Keyring.open(tried, key_file=targets.key_file, clock=clock, randomness=randomness)) as keyring:
            yield keyring
    finally:
        for side in ("", "-wal", "-shm"):
            tried.with_name(tried.name + side).unlink(missing_ok=True)


def _place(source: Path, target: Path) -> None:
    fresh = target.with_name(target.name + ".new")
    _touch(fresh)
    shutil.copyfile(source, fresh)
    fresh.replace(target)


def _touch(path: Path) -> None:
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_FILE))
