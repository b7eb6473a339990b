"""Backups: whole, readable for a short time only, and never a way back for anybody."""

import dataclasses
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ringfence.clock import ManualClock
from ringfence.persistence import Database
from ringfence.privacy.backup import (
    Backup,
    BackupDamaged,
    BackupTooOld,
    DatabaseElsewhere,
    Restored,
    TargetNotEmpty,
    Targets,
    make_backup,
    record_restore,
    restore,
)
from ringfence.privacy.ledger import LedgerEntry
from ringfence.privacy.rights import Reason, TombstonesTooOld, startup_check
from ringfence.privacy.vault import KeyFileMissing
from ringfence.randomness import SystemRandomness
from tests.unit.privacy.installation import PROVIDER, SAMPLES, Account, Installation, Token, installed, prepared

DAY = 86_400.0
BORIS = "boris@sip.example.org"


async def back_up(house: Installation, folder: Path, *, with_database: bool = True) -> Backup:
    return await make_backup(
        folder, db=house.db, keyring=house.keyring, tombstones=house.tombstones, ledger=house.ledger,
        signer=house.signer, clock=house.clock, lifetime=3 * DAY, with_database=with_database,
    )  # fmt: skip


def targets(folder: Path) -> Targets:
    return Targets(
        database=folder / "main.sqlite", keyring=folder / "keyring.sqlite", key_file=folder / "secrets" / "keys",
        tombstones=folder / "tombstones", anchor=folder / "secrets" / "tombstones.anchor",
    )  # fmt: skip


def put_back(folder: Path, backup: Path, clock: ManualClock, *, tombstones: Path | None = None) -> Restored:
    newest = tombstones or folder / "tombstones"
    return restore(
        backup, targets(folder), newest_tombstones=newest, clock=clock, randomness=SystemRandomness()
    )  # fmt: skip


def everything(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def is_private(path: Path) -> bool:
    return path.stat().st_mode & 0o077 == 0


def lose_databases(folder: Path) -> None:
    for path in folder.glob("*.sqlite*"):
        path.unlink()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return prepared(tmp_path / "house")


@pytest.fixture
def monday(tmp_path: Path) -> Path:
    return tmp_path / "monday"


@pytest.mark.promise("CTP-12")
async def test_who_went_after_the_backup_does_not_come_back_with_it(
    folder: Path, monday: Path, clock: ManualClock
) -> None:
    async with installed(folder, clock) as house:
        anna, boris = await house.enrol(), await house.enrol(BORIS)
        await back_up(house, monday)
        erasures = house.erasures()
        await erasures.run(await erasures.request(PROVIDER, anna, Reason.ASKED))
    lose_databases(folder)
    assert put_back(folder, monday, clock).tombstones_since == 1
    async with installed(folder, clock) as house:
        report = await startup_check(
            house.db, house.keyring, house.tombstones, house.ledger, house.clock, registry=SAMPLES
        )
        assert report.replayed == 1
        assert house.find() is None
        assert await house.rows_of(anna) == 0
        assert house.find(BORIS) == boris
        async with house.db.reading() as unit:
            assert len(await unit.select(Account, subject=boris)) == 1


@pytest.mark.promise("CTP-12")
async def test_push_tokens_and_credentials_are_in_no_backup(folder: Path, monday: Path, clock: ManualClock) -> None:
    async with installed(folder, clock) as house:
        anna = await house.enrol()
        await back_up(house, monday)
    lose_databases(folder)
    put_back(folder, monday, clock)
    async with installed(folder, clock) as house, house.db.reading() as unit:
        assert len(await unit.select(Account, subject=anna)) == 1
        assert await unit.select(Token, subject=anna) == []  # the row is there, and nobody has its key


async def test_the_key_file_is_not_part_of_it(folder: Path, monday: Path, clock: ManualClock) -> None:
    async with installed(folder, clock) as house:
        await house.enrol()
        made = await back_up(house, monday)
    assert made.files == ("keyring.db", "ringfence.db", "tombstones.jsonl", "manifest.json")
    assert sorted(path.name for path in everything(monday)) == sorted(made.files)
    assert made.opens_until == clock.time() + 3 * DAY
    secret = json.loads((folder / "secrets" / "keys").read_bytes())["root"].encode()
    for path in everything(monday):
        assert secret not in path.read_bytes()
        assert is_private(path)
    assert is_private(monday)
    shutil.rmtree(folder / "secrets")
    lose_databases(folder)
    (folder / "secrets").mkdir()
    with pytest.raises(KeyFileMissing):
        put_back(folder, monday, clock)


@pytest.mark.promise("CTP-12")
async def test_a_backup_past_its_lifetime_is_refused_since_nobody_can_open_it(
    folder: Path, monday: Path, clock: ManualClock
) -> None:
    async with installed(folder, clock) as house:
        await house.enrol()
        await back_up(house, monday)
        for _ in range(5):
            clock.advance(DAY)
            house.keyring.rotate()
    lose_databases(folder)
    with pytest.raises(BackupTooOld) as refused:
        put_back(folder, monday, clock)
    assert refused.value.facts["remedy"] == "take_a_younger_backup"
    assert not (folder / "keyring.sqlite").exists()


@pytest.mark.promise("CTP-12")
async def test_the_backups_own_tombstones_are_not_the_newest(folder: Path, monday: Path, clock: ManualClock) -> None:
    async with installed(folder, clock) as house:
        await house.enrol()
        await back_up(house, monday)
    lose_databases(folder)
    (folder / "tombstones").unlink()
    (folder / "secrets" / "tombstones.anchor").unlink()
    with pytest.raises(TombstonesTooOld) as refused:
        put_back(folder, monday, clock, tombstones=monday / "tombstones.jsonl")
    assert refused.value.facts["remedy"] == "give_newest_tombstones_not_the_backups"


@pytest.mark.promise("CTP-12")
@pytest.mark.parametrize("anchor_lost", [False, True])
async def test_tombstones_older_than_the_backup_are_refused(
    folder: Path, monday: Path, clock: ManualClock, tmp_path: Path, anchor_lost: bool
) -> None:
    async with installed(folder, clock) as house:
        older = Path(shutil.copy(folder / "tombstones", tmp_path / "older"))
        anna = await house.enrol()
        await house.enrol(BORIS)
        erasures = house.erasures()
        await erasures.run(await erasures.request(PROVIDER, anna, Reason.ASKED))
        await back_up(house, monday)
    lose_databases(folder)
    (folder / "tombstones").unlink()
    if anchor_lost:
        (folder / "secrets" / "tombstones.anchor").unlink()
    with pytest.raises(TombstonesTooOld):
        put_back(folder, monday, clock, tombstones=older)
    assert not (folder / "keyring.sqlite").exists()


async def test_the_newest_tombstones_may_come_from_elsewhere(
    folder: Path, monday: Path, clock: ManualClock, tmp_path: Path
) -> None:
    async with installed(folder, clock) as house:
        await house.enrol()
        await back_up(house, monday)
    carried = Path(shutil.move(folder / "tombstones", tmp_path / "carried"))
    lose_databases(folder)
    assert put_back(folder, monday, clock, tombstones=carried).tombstones_since == 0
    async with installed(folder, clock) as house:
        assert house.find() is not None


@pytest.mark.parametrize("name", ["main.sqlite", "keyring.sqlite"])
async def test_nothing_is_overwritten(folder: Path, monday: Path, clock: ManualClock, name: str) -> None:
    async with installed(folder, clock) as house:
        await back_up(house, monday)
        with pytest.raises(TargetNotEmpty):
            await back_up(house, monday)
    for path in everything(folder):
        if path.name != name and ".sqlite" in path.name:
            path.unlink()
    with pytest.raises(TargetNotEmpty):
        put_back(folder, monday, clock)


async def test_other_tombstones_in_the_way_are_not_overwritten(
    folder: Path, monday: Path, clock: ManualClock, tmp_path: Path
) -> None:
    async with installed(folder, clock) as house:
        await back_up(house, monday)
    lose_databases(folder)
    with pytest.raises(TargetNotEmpty):
        put_back(folder, monday, clock, tombstones=Path(shutil.copy(folder / "tombstones", tmp_path / "other")))


@pytest.mark.parametrize("name", ["keyring.db", "ringfence.db", "tombstones.jsonl", "manifest.json"])
async def test_a_lost_file_is_noticed(folder: Path, monday: Path, clock: ManualClock, name: str) -> None:
    async with installed(folder, clock) as house:
        await back_up(house, monday)
    lose_databases(folder)
    (monday / name).unlink()
    with pytest.raises(BackupDamaged):
        put_back(folder, monday, clock)


@pytest.mark.parametrize("name", ["keyring.db", "ringfence.db", "tombstones.jsonl", "manifest.json"])
async def test_a_changed_file_is_noticed(folder: Path, monday: Path, clock: ManualClock, name: str) -> None:
    async with installed(folder, clock) as house:
        await house.enrol()
        await back_up(house, monday)
    lose_databases(folder)
    content = bytearray((monday / name).read_bytes())
    content[len(content) // 2] ^= 1
    (monday / name).write_bytes(content)
    with pytest.raises(BackupDamaged):
        put_back(folder, monday, clock)


async def test_a_backup_of_another_installation_is_refused(
    folder: Path, monday: Path, clock: ManualClock, tmp_path: Path
) -> None:
    other = prepared(tmp_path / "other")
    async with installed(other, clock) as house:
        await back_up(house, monday)
    async with installed(folder, clock):
        pass
    lose_databases(folder)
    with pytest.raises(BackupDamaged) as refused:
        put_back(folder, monday, clock)
    assert refused.value.facts["problem"] == "other_key"


async def test_a_manifest_that_is_none_is_refused(folder: Path, monday: Path, clock: ManualClock) -> None:
    async with installed(folder, clock) as house:
        await back_up(house, monday)
    lose_databases(folder)
    for content in ("[]", '{"signature":"00"}', "no json"):
        (monday / "manifest.json").write_text(content)
        with pytest.raises(BackupDamaged):
            put_back(folder, monday, clock)


async def test_a_database_elsewhere_is_left_to_its_own_tools(
    folder: Path, monday: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with installed(folder, clock) as house:
        await house.enrol()
        monkeypatch.setattr(Database, "path", None)
        with pytest.raises(DatabaseElsewhere) as refused:
            await back_up(house, monday)
        assert refused.value.facts["remedy"] == "use_pg_dump_and_without_database"
        made = await back_up(house, monday, with_database=False)
    assert "ringfence.db" not in made.files


async def test_what_was_deleted_before_is_not_in_the_copys_free_pages(
    folder: Path, monday: Path, clock: ManualClock
) -> None:
    async with installed(folder, clock, secure_delete=False) as house:
        anna = await house.enrol()
        async with house.db.transaction() as unit:
            for kind in SAMPLES.about_people():
                await unit.delete(kind, subject=anna)
        await back_up(house, monday)
    assert anna.encode() not in (monday / "ringfence.db").read_bytes()
    with closing(sqlite3.connect(monday / "ringfence.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_half_a_backup_is_not_left_behind(
    folder: Path, monday: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise OSError(28, "no space left on device")

    monkeypatch.setattr("ringfence.privacy.backup.backup._copy_database", failing)
    async with installed(folder, clock) as house:
        with pytest.raises(OSError, match="no space"):
            await back_up(house, monday)
    assert list(monday.parent.glob("monday*")) == []


async def test_backup_and_restore_stand_in_the_ledger(folder: Path, monday: Path, clock: ManualClock) -> None:
    async with installed(folder, clock) as house:
        anna = await house.enrol()
        await house.enrol(BORIS)
        erasures = house.erasures()
        await erasures.run(await erasures.request(PROVIDER, anna, Reason.ASKED))
        await back_up(house, monday)
        assert await newest_event(house) == "backup_made"
    lose_databases(folder)
    restored = put_back(folder, monday, clock)
    async with installed(folder, clock) as house:
        await record_restore(house.db, house.ledger, restored, replayed=0)
        assert await newest_event(house) == "restored"
        assert (await house.ledger.verify(PROVIDER)).sound


async def newest_event(house: Installation) -> str:
    async with house.db.reading() as unit:
        (entry,) = await unit.select(LedgerEntry, provider=PROVIDER, order="-number", limit=1)
    return str(json.loads(entry.body)["event"])


async def test_a_backup_without_its_database_restores_keyring_and_tombstones(
    folder: Path, monday: Path, clock: ManualClock
) -> None:
    async with installed(folder, clock) as house:
        anna = await house.enrol()
        await back_up(house, monday, with_database=False)
    for path in everything(folder):
        if path.name.startswith("keyring"):
            path.unlink()
    elsewhere = dataclasses.replace(targets(folder), database=None)
    restore(
        monday, elsewhere, newest_tombstones=folder / "tombstones", clock=clock, randomness=SystemRandomness()
    )  # fmt: skip
    async with installed(folder, clock) as house:
        assert house.find() == anna
