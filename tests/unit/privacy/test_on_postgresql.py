"""The kernel on PostgreSQL: the same promises, and an honest account of what can't be read there."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from ringfence.clock import ManualClock
from ringfence.privacy.ledger import Event
from ringfence.privacy.retention import Retention
from ringfence.privacy.rights import Examiner, Premises, Reason, Rehearsal, State, startup_check
from ringfence.randomness import SystemRandomness
from tests.doubles.databases import elsewhere, main_database
from tests.unit.privacy.installation import PROVIDER, SAMPLES, Installation, installed, prepared

DAY = 86_400


@pytest.fixture
def url(postgres_server: str, tmp_path: Path) -> Iterator[str]:
    with elsewhere(postgres_server):
        yield main_database(tmp_path, "main.db")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def house(url: str, tmp_path: Path, clock: ManualClock) -> AsyncIterator[Installation]:
    async with installed(prepared(tmp_path / "house"), clock, url=url) as opened:
        yield opened


async def test_writers_at_the_same_time_make_one_chain(house: Installation) -> None:
    async def write(number: int) -> None:
        async with house.db.transaction() as unit:
            await house.ledger.append(unit, PROVIDER, Event.SWEPT, table="sample_call", count=number)

    await asyncio.gather(*(write(number) for number in range(8)))
    report = await house.ledger.verify(PROVIDER)
    assert (report.entries, report.sound) == (8, True)


async def test_the_plan_and_the_sweep_work_by_days(house: Installation, clock: ManualClock) -> None:
    await house.enrol()
    retention = Retention(house.db, house.keyring, clock, SystemRandomness(), registry=SAMPLES)
    days = {due.table: due.day.isoformat() if due.day else None for due in await retention.plan()}
    assert days == {"sample_call": "2027-01-18", "sample_token": "2027-01-18", "sample_account": None}
    clock.advance(3 * DAY)
    assert (await retention.sweep()).deleted == {"sample_token": 1, "sample_call": 1}


async def test_a_person_is_erased_and_stays_so_on_an_old_keyring(url: str, tmp_path: Path, clock: ManualClock) -> None:
    folder = prepared(tmp_path / "house")
    async with installed(folder, clock, url=url) as house:
        anna = await house.enrol()
        await house.enrol("boris@sip.example.org")
    older = (folder / "keyring.sqlite").read_bytes()
    async with installed(folder, clock, url=url) as house:
        erasures = house.erasures()
        erasure = await erasures.request(PROVIDER, anna, Reason.ASKED)
        await erasures.run(erasure)
        assert (await erasures.status(erasure)).state is State.CERTIFIED
        assert await house.rows_of(anna) == 0
    for side in ("-wal", "-shm"):
        (folder / f"keyring.sqlite{side}").unlink(missing_ok=True)
    (folder / "keyring.sqlite").write_bytes(older)
    async with installed(folder, clock, url=url) as house:
        assert house.find() == anna
        report = await startup_check(
            house.db, house.keyring, house.tombstones, house.ledger, house.clock, registry=SAMPLES
        )
        assert report.replayed == 1
        assert house.find() is None
        assert (await house.ledger.verify(PROVIDER)).sound


async def test_the_proof_reads_rows_by_sql_and_claims_no_more(house: Installation, clock: ManualClock) -> None:
    premises = Premises(
        database=None, keyring=house.folder / "keyring.sqlite", key_file=house.folder / "secrets" / "keys",
        tombstones=house.folder / "tombstones",
    )  # fmt: skip
    rehearsal = Rehearsal(
        db=house.db, keyring=house.keyring, erasures=house.erasures(), signer=house.signer, clock=clock,
        examiner=Examiner(house.db, house.keyring, premises, clock, SystemRandomness(), registry=SAMPLES),
        randomness=SystemRandomness(), provider=PROVIDER, registry=SAMPLES,
    )  # fmt: skip
    proof = await rehearsal.prove()
    assert proof.held
    examined = json.loads(proof.document)["examined"]
    assert examined["read"]["main database (rows by SQL)"]["files"] == 0  # rows: none is left
    assert "PostgreSQL's data files, log and replicas" in examined["not_read"]
