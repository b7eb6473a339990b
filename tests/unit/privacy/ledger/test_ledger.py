"""The ledger in its database: each flipped bit of any stored byte is located, also after people are gone."""

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from ringfence.clock import ManualClock
from ringfence.identifiers import ProviderId
from ringfence.persistence import SubjectGone
from ringfence.privacy.ledger import Damage, Event, FactNotClosed, LedgerEntry, Part
from ringfence.privacy.rights import Reason
from tests.unit.privacy.installation import PROVIDER, Installation, installed, prepared

pytestmark = pytest.mark.usefixtures("each_database")

OTHER = ProviderId("other")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Installation]:
    async with installed(prepared(tmp_path)) as opened:
        yield opened


async def record(house: Installation, count: int = 4) -> None:
    async with house.db.transaction() as unit:
        for number in range(count):
            await house.ledger.append(unit, PROVIDER, Event.SWEPT, table="sample_call", count=number)


async def cut(house: Installation, after: int) -> None:
    """Somebody deletes the entries behind the backs of all."""
    table = LedgerEntry.declaration.table
    async with house.db.transaction() as unit:
        await unit.execute(table.delete().where(table.c.number > after))


def alter(house: Installation, statement: str, *values: object) -> None:
    """Past the database's own constraints, in its file."""
    with closing(sqlite3.connect(house.folder / "main.sqlite")) as connection, connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute(statement, values)


async def test_chains_of_providers_are_apart(house: Installation) -> None:
    await record(house)
    async with house.db.transaction() as unit:
        await house.ledger.append(unit, OTHER, Event.SETTINGS_CHANGED, digest="0" * 64)
    assert await house.ledger.providers() == [PROVIDER, OTHER]
    assert (await house.ledger.head(PROVIDER)).number == 4
    assert (await house.ledger.head(OTHER)).number == 1
    assert (await house.ledger.verify(OTHER)).sound


async def test_an_entry_is_written_with_its_unit_of_work_or_not_at_all(house: Installation) -> None:
    async def failing() -> None:
        async with house.db.transaction() as unit:
            await house.ledger.append(unit, PROVIDER, Event.SWEPT, table="sample_call", count=1)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await failing()
    assert (await house.ledger.head(PROVIDER)).number == 0
    assert (await house.ledger.verify(PROVIDER)).sound


async def test_a_person_appears_by_a_reference_that_only_the_keyring_resolves(house: Installation) -> None:
    anna = await house.enrol()
    async with house.db.transaction() as unit:
        await house.ledger.append(unit, PROVIDER, Event.ENROLLED, subject=anna)
    async with house.db.reading() as unit:
        (entry,) = await unit.select(LedgerEntry)
    ref = json.loads(entry.body)["ref"]
    assert ref == house.keyring.ledger_ref(anna)
    assert anna.encode() not in entry.body


@pytest.mark.promise("CTP-12")
async def test_the_chain_still_verifies_after_people_are_gone_and_leads_to_nobody(house: Installation) -> None:
    anna = await house.enrol()
    async with house.db.transaction() as unit:
        await house.ledger.append(unit, PROVIDER, Event.ENROLLED, subject=anna)
    erasures = house.erasures()
    await erasures.run(await erasures.request(PROVIDER, anna, Reason.ASKED))
    report = await house.ledger.verify(PROVIDER)
    assert (report.sound, report.entries) == (True, 4)
    with pytest.raises(SubjectGone):
        async with house.db.transaction() as unit:
            await house.ledger.append(unit, PROVIDER, Event.ENROLLED, subject=anna)


async def test_an_open_fact_stops_the_whole_unit(house: Installation) -> None:
    with pytest.raises(FactNotClosed):
        async with house.db.transaction() as unit:
            await house.ledger.append(unit, PROVIDER, Event.TRANSFER_BLOCKED, recipient="+4930901820000")
    assert (await house.ledger.head(PROVIDER)).number == 0


@pytest.mark.sqlite_file
@pytest.mark.parametrize("column", ["body", "hash", "id", "number", "provider"])
async def test_one_flipped_bit_in_any_column_is_located(house: Installation, column: str) -> None:
    await record(house)
    await house.ledger.checkpoint(PROVIDER)
    stored = stored_bytes(house, "ledger_entry", column)
    for bit in range(len(stored) * 8):
        try:
            store_bytes(house, "ledger_entry", column, flipped(stored, bit))
        except sqlite3.IntegrityError:
            continue  # the number of another entry: the database itself refuses
        report = await house.ledger.verify(PROVIDER)
        assert [damage.number for damage in report.damages] == [3], bit
        store_bytes(house, "ledger_entry", column, stored)
    assert (await house.ledger.verify(PROVIDER)).sound


@pytest.mark.sqlite_file
@pytest.mark.parametrize("column", ["body", "signature", "number"])
async def test_one_flipped_bit_in_a_checkpoint_is_located(house: Installation, column: str) -> None:
    await record(house)
    for _ in range(3):
        await house.ledger.checkpoint(PROVIDER)
        await record(house, 1)
    stored = stored_bytes(house, "ledger_checkpoint", column)
    for bit in range(len(stored) * 8):
        store_bytes(house, "ledger_checkpoint", column, flipped(stored, bit))
        report = await house.ledger.verify(PROVIDER)
        assert [damage.part for damage in report.damages] == [Part.CHECKPOINT], bit
        store_bytes(house, "ledger_checkpoint", column, stored)


@pytest.mark.parametrize("column", ["body", "hash"])
async def test_a_bit_flipped_by_whoever_may_write_is_located(house: Installation, column: str) -> None:
    await record(house)
    table = LedgerEntry.declaration.table
    async with house.db.reading() as unit:
        found = await unit.execute(sa.select(table.c[column]).where(table.c.number == 2))
        stored: bytes = found.scalar_one()
    for bit in range(0, len(stored) * 8, 13):
        async with house.db.transaction() as unit:
            await unit.execute(table.update().where(table.c.number == 2).values({column: flipped(stored, bit)}))
        report = await house.ledger.verify(PROVIDER)
        assert [damage.number for damage in report.damages] == [2], bit


@pytest.mark.sqlite_file
async def test_a_bit_flipped_in_the_file_itself_is_located(house: Installation, tmp_path: Path) -> None:
    await record(house)
    await house.ledger.checkpoint(PROVIDER)
    await house.db.checkpoint()
    (body,) = raw(house, "SELECT body FROM ledger_entry WHERE number = 2")
    assert isinstance(body, bytes)
    path = house.folder / "main.sqlite"
    content = bytearray(path.read_bytes())
    at = content.index(body) + 20
    await house.db.close()
    content[at] ^= 4
    path.write_bytes(content)
    await house.db.open()
    assert (await house.ledger.verify(PROVIDER)).damages == (Damage(2, Part.BODY),)


async def test_a_cut_tail_is_noticed_by_the_checkpoint(house: Installation) -> None:
    await record(house)
    await house.ledger.checkpoint(PROVIDER)
    await cut(house, 2)
    report = await house.ledger.verify(PROVIDER)
    assert report.damages == (Damage(3, Part.MISSING), Damage(4, Part.MISSING))


async def test_a_cut_tail_is_noticed_by_what_somebody_else_remembers(house: Installation) -> None:
    await record(house)
    await cut(house, 3)
    assert (await house.ledger.verify(PROVIDER)).sound
    assert (await house.ledger.verify(PROVIDER, at_least=4)).damages == (Damage(4, Part.MISSING),)


async def test_a_chain_that_was_written_anew_does_not_fit_its_checkpoint(house: Installation) -> None:
    await record(house)
    await house.ledger.checkpoint(PROVIDER)
    await cut(house, 0)
    await record(house, 3)
    async with house.db.transaction() as unit:
        await house.ledger.append(unit, PROVIDER, Event.SWEPT, table="sample_call", count=99)
    assert (await house.ledger.verify(PROVIDER)).damages == (Damage(4, Part.ENTRY),)


async def test_swearing_twice_at_one_place_is_swearing_once_and_an_empty_chain_needs_none(house: Installation) -> None:
    await house.ledger.checkpoint(PROVIDER)
    await record(house, 1)
    await house.ledger.checkpoint(PROVIDER)
    await house.ledger.checkpoint(PROVIDER)
    report = await house.ledger.verify(PROVIDER)
    assert (report.checkpoints, report.sound) == (1, True)


async def test_long_chains_are_read_in_pages(house: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ringfence.privacy.ledger.ledger._PAGE", 3)
    await record(house, 10)
    report = await house.ledger.verify(PROVIDER)
    assert (report.entries, report.sound, report.head.number) == (10, True, 10)


async def test_entries_carry_the_time_in_whole_seconds(tmp_path: Path) -> None:
    clock = ManualClock(1_800_000_000.75)
    async with installed(prepared(tmp_path), clock) as house:
        await record(house, 1)
        async with house.db.reading() as unit:
            [entry] = await unit.select(LedgerEntry, provider=PROVIDER)
    assert json.loads(entry.body)["at"] == 1_800_000_000


def raw(house: Installation, query: str) -> list[bytes | str | int]:
    with closing(sqlite3.connect(house.folder / "main.sqlite")) as connection:
        return [row[0] for row in connection.execute(query)]


def stored_bytes(house: Installation, table: str, column: str) -> bytes:
    """A column of the third row, as the file holds it (a number as eight bytes)."""
    (value,) = raw(house, f"SELECT {column} FROM {table} WHERE rowid = 3")  # noqa: S608 - our own names
    if isinstance(value, int):
        return value.to_bytes(8, "big")
    return value.encode() if isinstance(value, str) else value


def store_bytes(house: Installation, table: str, column: str, value: bytes) -> None:
    kind = {"number": "INTEGER", "body": "BLOB", "hash": "BLOB", "signature": "BLOB"}.get(column, "TEXT")
    given = int.from_bytes(value, "big", signed=True) if column == "number" else value
    alter(house, f"UPDATE {table} SET {column} = CAST(? AS {kind}) WHERE rowid = 3", given)  # noqa: S608 - our own names


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << (bit % 8)
    return bytes(changed)
