"""An erasure killed with -9 between and inside every step: the state shown is the truth, and it is finished later."""

import datetime as dt
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ringfence.clock import ManualClock
from ringfence.identifiers import SubjectId
from ringfence.privacy.ledger import LedgerEntry
from ringfence.privacy.rights import ErasureRecord, Point, State, TombstoneFile, is_genuine, startup_check
from ringfence.privacy.vault import Use, opened_for
from tests.doubles.databases import Elsewhere
from tests.unit.privacy.installation import KEPT, PROVIDER, SAMPLES, Bill, Call, Installation, installed, prepared
from tests.unit.privacy.rights.test_holds import holds_of, placed

ROOT = Path(__file__).parents[2]
BORIS = "boris@sip.example.org"
TABLES = 3

NO_INTENT = None
STATE_AT = {
    Point.WRITING_INTENT: NO_INTENT,
    Point.INTENT_WRITTEN: State.REQUESTED,
    Point.SERVICES_LET_GO: State.REQUESTED,
    Point.DEPARTED: State.DEPARTED,
    Point.BLOCKED: State.DEPARTED,
    Point.PUT_AWAY: State.DEPARTED,
    Point.DECIDING: State.DEPARTED,
    Point.DECIDED: State.DECIDED,
    Point.TOMBSTONE_ON_DISK: State.ENTOMBED,
    Point.WRITING_ANCHOR: State.ENTOMBED,
    Point.ANCHORED: State.ENTOMBED,
    Point.KEYS_GONE: State.KEYS_GONE,
    Point.ROWS_GONE: State.ROWS_GONE,
    Point.SCRUBBED: State.ROWS_GONE,
    Point.WRITING_CERTIFICATE: State.ROWS_GONE,
    Point.CERTIFIED: State.CERTIFIED,
}


def moments() -> Iterator[tuple[str, State | None]]:
    """Every moment, and the state in which a kill there must leave the erasure."""
    for point, state in STATE_AT.items():
        yield f"point:{point}:1", state
    for table in range(1, TABLES + 1):  # before the commit the row is still there, after the last one nothing is
        yield f"point:{Point.DELETING_ROWS}:{table}", State.KEYS_GONE
        yield f"point:{Point.TABLE_EMPTIED}:{table}", State.ROWS_GONE if table == TABLES else State.KEYS_GONE
    for statement in range(1, 6):  # three DELETEs, a SELECT and the COMMIT: the transaction is all or nothing
        yield f"keyring:{statement}", State.ENTOMBED
    yield "keyring:6", State.KEYS_GONE  # committed, the log not yet emptied
    yield "fsync:1", State.ENTOMBED  # the line is in the file's cache: a kill loses nothing of it, a power cut might
    for later in (2, 3):  # the anchor beside the key file, and its folder
        yield f"fsync:{later}", State.ENTOMBED


def test_every_point_is_tried() -> None:
    tried = Counter(moment.split(":")[1] for moment, _ in moments() if moment.startswith("point:"))
    assert set(tried) == set(Point)


@pytest.mark.promise("ACR-05")
@pytest.mark.promise("CTP-12")
@pytest.mark.parametrize(("moment", "state"), list(moments()))
async def test_a_killed_erasure_tells_the_truth_and_is_finished(
    tmp_path: Path, moment: str, state: State | None
) -> None:
    await assert_survived(prepared(tmp_path / "house"), moment, state)


@pytest.mark.promise("CTP-12")
@pytest.mark.parametrize(("moment", "state"), [each for each in moments() if each[0].startswith("point:")])
async def test_a_killed_erasure_is_finished_with_the_rows_on_postgresql_too(
    tmp_path: Path, postgres_server: str, monkeypatch: pytest.MonkeyPatch, moment: str, state: State | None
) -> None:
    monkeypatch.setattr(Elsewhere, "server", postgres_server)
    await assert_survived(prepared(tmp_path / "house"), moment, state)


async def assert_survived(folder: Path, moment: str, state: State | None) -> None:
    async with installed(folder) as house:
        anna = await house.enrol()
        await house.enrol(BORIS)
    assert erase_in_a_child(folder, moment) == -signal.SIGKILL
    async with installed(folder, ManualClock()) as house:
        await startup_check(house.db, house.keyring, house.tombstones, house.ledger, house.clock, registry=SAMPLES)
        await assert_state_is_true(house, anna, state)
        if state is NO_INTENT:
            assert await house.erasures().resume() == []
            assert (await house.rows_of(anna), house.find()) == (3, anna)
            return
        await house.erasures().resume()
        await assert_gone(house, anna)


async def assert_state_is_true(house: Installation, anna: SubjectId, state: State | None) -> None:
    record = await the_record(house)
    if state is NO_INTENT:
        assert record is None
        return
    assert record is not None
    told = await house.erasures().status(record.id)
    assert told.state is state
    assert (told.certificate is not None) is (state is State.CERTIFIED)
    assert house.keyring.knows(anna) is (state < State.KEYS_GONE)
    assert (house.find() == anna) is (state < State.KEYS_GONE)
    assert (house.tombstones.of(anna) is not None) is (state >= State.ENTOMBED)
    assert (await house.rows_of(anna) == 0) is (state >= State.ROWS_GONE)
    if state < State.KEYS_GONE:
        assert await house.rows_of(anna) == 3


async def assert_gone(house: Installation, anna: SubjectId) -> None:
    record = await the_record(house)
    assert record is not None
    assert record.subject is None
    assert is_genuine(record.certificate, house.signer.public_key)
    assert (await house.erasures().status(record.id)).state is State.CERTIFIED
    assert (house.find(), await house.rows_of(anna), house.keyring.knows(anna)) == (None, 0, False)
    assert house.tombstones.count == 1
    assert (await house.ledger.verify(PROVIDER)).damages == ()
    assert await events(house) == ["erasure_requested", "tombstone_written", "erasure_completed"]
    boris = house.find(BORIS)
    assert boris is not None
    assert await house.rows_of(boris) == 3
    for path in house.folder.rglob("*"):
        assert path.is_dir() or anna.encode() not in path.read_bytes()


async def the_record(house: Installation) -> ErasureRecord | None:
    async with house.db.reading() as unit:
        records = await unit.select(ErasureRecord)
    return records[0] if records else None


async def events(house: Installation) -> list[str]:
    async with house.db.reading() as unit:
        entries = await unit.select(LedgerEntry, provider=PROVIDER, order="number")
    return [json.loads(entry.body)["event"] for entry in entries]


def erase_in_a_child(folder: Path, moment: str, *more: str) -> int:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", "tests.faults.erasing", str(folder), moment, *more]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False, timeout=60).returncode


@pytest.mark.promise("ZOI-09")
@pytest.mark.parametrize("point", [point for point in STATE_AT if STATE_AT[point] is not NO_INTENT])
async def test_whenever_it_is_killed_the_invoice_stays_and_the_held_call_and_nothing_else(
    tmp_path: Path, point: Point
) -> None:
    folder = prepared(tmp_path / "house")
    async with installed(folder) as house:
        anna = await house.enrol()
        invoice = await house.bill(anna, dt.date(2037, 12, 31))
        await placed(holds_of(house), anna, "sample_call")
    assert erase_in_a_child(folder, f"point:{point}:1", "kept") == -signal.SIGKILL
    async with installed(folder) as house:
        await startup_check(house.db, house.keyring, house.tombstones, house.ledger, house.clock, registry=KEPT)
        await house.erasures(registry=KEPT).resume()
        async with house.db.reading() as unit:
            assert await unit.get(Bill, invoice) is not None
            assert await unit.select(Call, subject=anna) == []
            with opened_for(Use.AUTHORITY):
                assert len(await unit.select(Call, subject=anna)) == 1
        assert (await house.rows_of(anna, KEPT), house.find()) == (3, None)  # with the hold itself
        assert house.tombstones.count == 1


async def test_a_power_cut_may_take_the_unsynced_line_and_then_no_key_was_touched(tmp_path: Path) -> None:
    folder = prepared(tmp_path / "house")
    async with installed(folder) as house:
        anna = await house.enrol()
        await house.enrol(BORIS)
    assert erase_in_a_child(folder, "fsync:1") == -signal.SIGKILL
    stones = folder / "tombstones"
    content = stones.read_bytes()
    stones.write_bytes(content[: content.index(b"\n") + 40])  # the header, and half of the first line
    async with installed(folder) as house:
        await assert_state_is_true(house, anna, State.DECIDED)
        await house.erasures().resume()
        await assert_gone(house, anna)


async def test_a_second_process_may_append_while_this_one_has_the_file_open(tmp_path: Path) -> None:
    folder = prepared(tmp_path / "house")
    async with installed(folder) as house:
        await house.enrol()
        boris = await house.enrol(BORIS)
        other = TombstoneFile.open(
            folder / "tombstones", anchor=folder / "secrets" / "tombstones.anchor", signer=house.signer,
            randomness=house.vault._randomness,
        )  # fmt: skip
        other.append(SubjectId("q" * 26), house.new(), dt.date(2027, 1, 1))
        assert house.tombstones.append(boris, house.new(), dt.date(2027, 1, 1)).number == 2
    with closing(sqlite3.connect(folder / "main.sqlite")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    async with installed(folder) as house:
        assert house.tombstones.count == 2
