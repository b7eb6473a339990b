"""Starting on copied files: whichever of them are old, nobody who is gone comes back."""

import datetime as dt
import shutil
from contextlib import nullcontext
from pathlib import Path

import pytest

from ringfence.clock import DAY, ManualClock, day_of
from ringfence.declarations import IdentifierKind, Keep
from ringfence.identifiers import RowId, SubjectId
from ringfence.persistence import Place, SubjectGone
from ringfence.privacy.ledger import LedgerEntry
from ringfence.privacy.rights import (
    KeyringMismatch,
    KeyringTooOld,
    Reason,
    StartReport,
    State,
    TombstonesTooOld,
    startup_check,
)
from ringfence.privacy.vault import KeptClass
from tests.unit.privacy.installation import PROVIDER, SAMPLES, Installation, installed, prepared

MAIN = ("main.sqlite", "main.sqlite-wal", "main.sqlite-shm")
KEYRING = ("keyring.sqlite", "keyring.sqlite-wal", "keyring.sqlite-shm")
BORIS = "boris@sip.example.org"


async def check(house: Installation) -> StartReport:
    return await startup_check(house.db, house.keyring, house.tombstones, house.ledger, house.clock, registry=SAMPLES)


def copy(source: Path, target: Path, *names: str) -> None:
    """The files as they lie there; those that are not there are not there afterwards either."""
    target.mkdir(exist_ok=True)
    for name in names:
        (target / name).unlink(missing_ok=True)
        if (source / name).exists():
            shutil.copy(source / name, target / name)


async def erased(folder: Path, copies: Path, clock: ManualClock) -> SubjectId:
    """An installation from which a person was erased, and copies of its files from before."""
    async with installed(folder, clock) as house:
        anna = await house.enrol()
        await house.enrol(BORIS)
    copy(folder, copies, *MAIN, *KEYRING, "tombstones")
    async with installed(folder, clock) as house:
        erasures = house.erasures()
        await erasures.run(await erasures.request(PROVIDER, anna, Reason.ASKED))
    return anna


async def assert_nobody_came_back(house: Installation, anna: SubjectId) -> None:
    assert house.find() is None
    assert not house.keyring.knows(anna)
    assert await house.rows_of(anna) == 0
    with pytest.raises(SubjectGone):
        async with house.db.transaction() as unit:
            await unit.add(house.rows(anna, "x", "y", 0.0)[0])
    boris = house.find(BORIS)
    assert boris is not None
    assert await house.rows_of(boris) == 3
    for path in house.folder.rglob("*"):
        assert path.is_dir() or anna.encode() not in path.read_bytes()


@pytest.mark.promise("CTP-12")
@pytest.mark.parametrize("old", [MAIN, KEYRING, (*MAIN, *KEYRING)], ids=["main", "keyring", "both"])
async def test_on_old_copies_the_person_is_erased_again(tmp_path: Path, old: tuple[str, ...]) -> None:
    clock, folder = ManualClock(), prepared(tmp_path / "house")
    anna = await erased(folder, tmp_path / "copies", clock)
    copy(tmp_path / "copies", folder, *old)
    async with installed(folder, clock) as house:
        assert house.keyring.knows(anna) is (KEYRING[0] in old)
        assert (await house.rows_of(anna) > 0) is (MAIN[0] in old)
        report = await check(house)
        assert report.replayed == 1
        await assert_nobody_came_back(house, anna)
        async with house.db.reading() as unit:
            newest = await unit.select(LedgerEntry, provider=PROVIDER, order="-number", limit=1)
        assert b"erasure_replayed" in newest[0].body
        assert (await check(house)).replayed == 0


async def test_on_the_current_files_there_is_nothing_to_do(tmp_path: Path) -> None:
    clock, folder = ManualClock(), prepared(tmp_path / "house")
    await erased(folder, tmp_path / "copies", clock)
    async with installed(folder, clock) as house:
        assert await check(house) == StartReport(replayed=0, orphans=0)


@pytest.mark.promise("CTP-12")
@pytest.mark.parametrize("old", [(), MAIN, KEYRING, (*MAIN, *KEYRING)], ids=["alone", "main", "keyring", "both"])
async def test_an_old_tombstone_file_is_refused_with_a_remedy(tmp_path: Path, old: tuple[str, ...]) -> None:
    clock, folder = ManualClock(), prepared(tmp_path / "house")
    await erased(folder, tmp_path / "copies", clock)
    copy(tmp_path / "copies", folder, *old, "tombstones")
    with pytest.raises(TombstonesTooOld) as refused:
        async with installed(folder, clock):
            pass
    assert refused.value.facts["remedy"] == "put_back_newest_tombstones"


async def test_an_old_tombstone_file_is_noticed_by_the_database_if_its_anchor_is_lost(tmp_path: Path) -> None:
    clock, folder = ManualClock(), prepared(tmp_path / "house")
    await erased(folder, tmp_path / "copies", clock)
    copy(tmp_path / "copies", folder, "tombstones")
    (folder / "secrets" / "tombstones.anchor").unlink()
    async with installed(folder, clock) as house:
        with pytest.raises(TombstonesTooOld):
            await check(house)


@pytest.mark.promise("CTP-12")
@pytest.mark.parametrize("old", [KEYRING, (*MAIN, *KEYRING)], ids=["keyring", "both"])
async def test_a_keyring_whose_epoch_key_is_destroyed_is_refused_with_a_remedy(
    tmp_path: Path, old: tuple[str, ...]
) -> None:
    clock, folder = ManualClock(), prepared(tmp_path / "house")
    await erased(folder, tmp_path / "copies", clock)
    async with installed(folder, clock) as house:
        for _ in range(5):
            clock.advance(86_400)
            house.keyring.rotate()
    copy(tmp_path / "copies", folder, *old)
    async with installed(folder, clock) as house:
        assert house.find() is None  # no identifier leads anywhere in a dead copy
        with pytest.raises(KeyringTooOld) as refused:
            await check(house)
    assert refused.value.facts["remedy"] == "put_back_current_keyring"


async def test_a_keyring_that_knows_nobody_of_the_database_is_refused(tmp_path: Path) -> None:
    clock, folder = ManualClock(), prepared(tmp_path / "house")
    async with installed(folder, clock) as house:
        await house.enrol()
    for name in KEYRING:
        (folder / name).unlink(missing_ok=True)
    async with installed(folder, clock) as house:
        with pytest.raises(KeyringMismatch):
            await check(house)


async def test_persons_who_enrolled_after_the_keyrings_copy_are_counted(tmp_path: Path) -> None:
    clock, folder = ManualClock(), prepared(tmp_path / "house")
    async with installed(folder, clock) as house:
        await house.enrol()
    copies = tmp_path / "copies"
    copy(folder, copies, *KEYRING)
    async with installed(folder, clock) as house:
        await house.enrol(BORIS)
    copy(copies, folder, *KEYRING)
    async with installed(folder, clock) as house:
        assert await check(house) == StartReport(replayed=0, orphans=1)


async def test_an_interrupted_erasure_is_left_to_be_resumed(tmp_path: Path) -> None:
    clock, folder = ManualClock(), prepared(tmp_path / "house")
    async with installed(folder, clock) as house:
        anna = await house.enrol()
        await house.enrol(BORIS)
        erasures = house.erasures()
        erasure = await erasures.request(PROVIDER, anna, Reason.ASKED)
        house.tombstones.append(anna, erasure, dt.date(2027, 1, 15))
    async with installed(folder, clock) as house:
        assert await check(house) == StartReport(replayed=0, orphans=0)
        assert await house.erasures().resume() == [erasure]
        assert (await house.erasures().status(erasure)).state is State.CERTIFIED
        await assert_nobody_came_back(house, anna)


async def test_somebody_who_is_only_in_an_old_keyring_is_forgotten_without_a_word_in_any_chain(tmp_path: Path) -> None:
    clock, folder = ManualClock(), prepared(tmp_path / "house")
    async with installed(folder, clock) as house:
        anna = await house.enrol()
        house.tombstones.append(anna, house.new(), dt.date(2027, 1, 15))
        async with house.db.transaction() as unit:
            for kind in SAMPLES.about_people():
                await unit.delete(kind, subject=anna)
        assert (await check(house)).replayed == 1
        assert not house.keyring.knows(anna)
        assert await house.ledger.providers() == []


async def assert_refused(house: Installation, anna: SubjectId) -> None:
    """Neither a row, nor an identifier, nor a word in the ledger."""
    for row in house.rows(anna, "x", "y", 0.0):
        with pytest.raises(SubjectGone):
            async with house.db.transaction() as unit:
                await unit.add(row)
    with pytest.raises(SubjectGone):
        house.keyring.bind(PROVIDER, IdentifierKind.SIP_ADDRESS, "late@sip.example.org", anna)
    with pytest.raises(SubjectGone):
        house.keyring.ledger_ref(anna)
    assert await house.rows_of(anna) == 0
    assert not house.keyring.knows(anna)


@pytest.mark.promise("ACR-05")
async def test_nothing_is_written_about_who_is_gone_whenever_it_is_tried(tmp_path: Path, each_database: str) -> None:
    clock, folder = ManualClock(), prepared(tmp_path / "house")
    async with installed(folder, clock) as house:
        anna, boris = await house.enrol(), await house.enrol(BORIS)
        erasures = house.erasures()
        await erasures.run(await erasures.request(PROVIDER, anna, Reason.ASKED))
        await assert_refused(house, anna)
    for _ in range(2):
        async with installed(folder, clock) as house:  # no check yet: who writes first meets the tombstones, too
            await assert_refused(house, anna)
            house.keyring.ensure_keys([Place(PROVIDER, 901, "", boris, RowId("r" * 26), Keep.EVIDENCE, None)])


@pytest.mark.parametrize("old", [MAIN, KEYRING, (*MAIN, *KEYRING)], ids=["main", "keyring", "both"])
async def test_nothing_is_written_after_older_copies_were_put_back(tmp_path: Path, old: tuple[str, ...]) -> None:
    clock, folder = ManualClock(), prepared(tmp_path / "house")
    anna = await erased(folder, tmp_path / "copies", clock)
    copy(tmp_path / "copies", folder, *old)
    async with installed(folder, clock) as house:
        await check(house)
        await assert_refused(house, anna)
    async with installed(folder, clock) as house:
        await assert_refused(house, anna)


async def test_what_the_law_keeps_may_still_be_written_until_its_day_and_nothing_else(tmp_path: Path) -> None:
    clock, folder = ManualClock(), prepared(tmp_path / "house")
    anna, until = SubjectId("a" * 26), day_of(clock.time()) + dt.timedelta(days=2)
    async with installed(folder, clock) as house:
        house.tombstones.append(anna, house.new(), day_of(clock.time()), [KeptClass.of(Keep.INVOICE, until=until)])
    async with installed(folder, clock) as house:
        for keep, written in ((Keep.INVOICE, True), (Keep.EVIDENCE, False)):
            at = Place(PROVIDER, 904, "", anna, RowId("r" * 26), keep, None)
            with nullcontext() if written else pytest.raises(SubjectGone):
                house.keyring.ensure_keys([at])
        house.keyring.forget(anna)
    clock.advance(3 * DAY)
    async with installed(folder, clock) as house:
        with pytest.raises(SubjectGone):
            house.keyring.ensure_keys([Place(PROVIDER, 904, "", anna, RowId("r" * 26), Keep.INVOICE, None)])
