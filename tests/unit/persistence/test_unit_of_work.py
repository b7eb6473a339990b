import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from ringfence.clock import ManualClock
from ringfence.identifiers import RowId
from ringfence.persistence import Database, NestedTransaction, RowMissing, SubjectGone, UnknownColumn, Unreadable
from ringfence.persistence.errors import NotOpen
from tests.doubles.sealing import MemorySealer
from tests.unit.persistence.samples import ACME, ALICE, BOB, SAMPLES, Counter, Letter, Parcel, State, parcel


async def test_a_record_comes_back_as_it_was_put_in(database: Database) -> None:
    sent = replace(parcel(), state=State.OLD, weight=3, colours=(State.NEW,), photo=b"\x00\xff", due=1.5)
    async with database.transaction() as unit:
        await unit.add(sent)
        assert await unit.get(Parcel, sent.id) == sent
    async with database.reading() as unit:
        assert await unit.select(Parcel, subject=ALICE, state=State.OLD, weight=3) == [sent]


async def test_what_an_exception_interrupts_never_happened(database: Database) -> None:
    told: list[str] = []
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the block is the transaction
        async with database.transaction() as unit:
            await unit.add(parcel())
            unit.after_commit(lambda: told.append("committed"))
            raise ZeroDivisionError
    async with database.reading() as unit:
        assert await unit.count(Parcel) == 0
    assert told == []


async def test_callbacks_run_after_the_commit_in_order_even_if_one_fails(database: Database) -> None:
    told: list[int] = []
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the block is the transaction
        async with database.transaction() as unit:
            unit.after_commit(lambda: told.append(1))
            unit.after_commit(lambda: 1 // 0)
            unit.after_commit(lambda: told.append(2))
            await unit.add(parcel())
    assert told == [1, 2]
    async with database.reading() as unit:
        assert await unit.count(Parcel) == 1


async def test_many_rows_go_in_batches_and_stream_out_in_order(database: Database) -> None:
    rows = [parcel(number) for number in range(1_201)]
    async with database.transaction() as unit:
        await unit.add_all([*rows, Counter(id=RowId("c"), name=ACME, step=1)])
    assert [record async for record in database.stream(Parcel)] == rows


async def test_one_persons_rows_stream_without_the_others(database: Database) -> None:
    rows = [parcel(number, subject=BOB if number % 2 else ALICE) for number in range(10)]
    async with database.transaction() as unit:
        await unit.add_all([*rows, letter()])
    assert [record async for record in database.stream(Parcel, subject=BOB, batch=2)] == rows[1::2]
    assert [record async for record in database.stream(Letter, subject=ALICE)] == [letter()]


async def test_a_replaced_row_is_sealed_again(database: Database) -> None:
    async with database.transaction() as unit:
        await unit.add(parcel())
        await unit.replace(parcel(address="Oak Street 2"))
        (found,) = await unit.select(Parcel)
    assert found.address == "Oak Street 2"


async def test_a_row_that_is_gone_cannot_be_replaced(database: Database) -> None:
    with pytest.raises(RowMissing):
        async with database.transaction() as unit:
            await unit.replace(parcel())


async def test_deleting_tells_how_many_and_keeps_to_its_limit(database: Database) -> None:
    async with database.transaction() as unit:
        await unit.add_all(replace(parcel(number), due=float(number)) for number in range(10))
        assert await unit.delete(Parcel, due_before=4.0, limit=3) == 3
        assert await unit.delete(Parcel, due_before=4.0) == 2
        assert await unit.delete(Parcel, subject=BOB) == 0
        assert await unit.count(Parcel, due_before=100.0) == 5


async def test_conditions_can_be_absence_or_any_of_several(database: Database) -> None:
    async with database.transaction() as unit:
        await unit.add_all([parcel(1), replace(parcel(2), weight=2), replace(parcel(3), weight=3)])
        assert [found.id for found in await unit.select(Parcel, weight=None)] == ["parcel-00001"]
        found = await unit.select(Parcel, weight=(2, 3), order="-weight", limit=1)
    assert [record.weight for record in found] == [3]


@pytest.mark.parametrize("unkeepable", ["\0", "a\0b", "\ud800"])
async def test_what_no_row_can_hold_matches_nothing_and_fails_nothing(database: Database, unkeepable: str) -> None:
    kept = parcel()
    async with database.transaction() as unit:
        await unit.add(kept)
        assert await unit.get(Parcel, RowId(unkeepable)) is None
        assert await unit.select(Parcel, subject=unkeepable) == []
        assert await unit.select(Parcel, id=[unkeepable, kept.id]) == [kept]
        assert await unit.count(Parcel, id=unkeepable) == 0
        assert await unit.delete(Parcel, id=unkeepable) == 0
        assert await unit.delete(Parcel, subject=unkeepable, limit=5) == 0


@pytest.mark.parametrize("column", ["address", "sealed", "nothing"])
async def test_no_condition_can_be_put_on_personal_or_unknown_columns(database: Database, column: str) -> None:
    async with database.reading() as unit:
        with pytest.raises(UnknownColumn, match=f"table=parcel, column={column}"):
            await unit.select(Parcel, **{column: "x"})  # type: ignore[arg-type]  # mypy sees any keyword
        with pytest.raises(UnknownColumn):
            await unit.select(Parcel, order=column)


async def test_a_sealed_part_moved_to_another_row_does_not_open(database: Database) -> None:
    async with database.transaction() as unit:
        await unit.add_all([parcel(1), parcel(2)])
        table = Parcel.declaration.table
        donor = (await unit.execute(table.select().where(table.c.id == "parcel-00001"))).one()
        await unit.execute(table.update().where(table.c.id == "parcel-00002").values(sealed=donor.sealed))
        with pytest.raises(Unreadable):
            await unit.select(Parcel)


async def test_rows_whose_key_is_gone_are_left_out(database: Database, sealer: MemorySealer) -> None:
    async with database.transaction() as unit:
        await unit.add_all([parcel(1), parcel(2, subject=BOB)])
    sealer.forget(ALICE)
    assert [record.subject async for record in database.stream(Parcel)] == [BOB]
    async with database.reading() as unit:
        assert await unit.get(Parcel, RowId("parcel-00001")) is None
        assert await unit.count(Parcel) == 2


class TestFence:
    @pytest.mark.promise("CTP-12")
    async def test_a_fenced_subject_refuses_every_write(self, database: Database) -> None:
        async with database.transaction() as unit:
            await unit.add(parcel(1))
            await unit.fence(ALICE)
            await unit.fence(ALICE)
        for late in (parcel(1), parcel(2)):
            with pytest.raises(SubjectGone):
                async with database.transaction() as unit:
                    await unit.add(late)
            with pytest.raises(SubjectGone):
                async with database.transaction() as unit:
                    await unit.replace(late)
        with pytest.raises(SubjectGone):
            async with database.transaction() as unit:
                await unit.add_all([parcel(3, subject=BOB), parcel(4)])

    async def test_fencing_waits_for_a_write_that_has_begun(self, database: Database) -> None:
        async def fence() -> None:
            async with database.transaction() as unit:
                await unit.fence(ALICE)

        async with database.transaction() as unit:
            await unit.add(parcel(1))
            fencing = asyncio.create_task(fence())
            done, _ = await asyncio.wait([fencing], timeout=0.1)
            assert not done
        await fencing
        async with database.reading() as unit:
            assert await unit.count(Parcel) == 1

    async def test_a_unit_that_has_written_may_still_fence(self, database: Database) -> None:
        async with database.transaction() as unit:
            await unit.add(parcel(1))
            await unit.fence(ALICE)
        with pytest.raises(SubjectGone):
            async with database.transaction() as unit:
                await unit.add(parcel(2))

    async def test_others_write_on(self, database: Database) -> None:
        async with database.transaction() as unit:
            await unit.fence(ALICE)
            await unit.add(parcel(subject=BOB))
            with pytest.raises(SubjectGone):
                await unit.add(parcel(2, subject=ALICE))

    async def test_the_other_person_of_a_row_counts_too(self, database: Database) -> None:
        async with database.transaction() as unit:
            await unit.fence(ALICE)
        with pytest.raises(SubjectGone):
            async with database.transaction() as unit:
                await unit.add(letter())


class TestRowsAboutTwoPeople:
    async def test_erasing_one_leaves_the_other_readable(self, database: Database) -> None:
        async with database.transaction() as unit:
            await unit.add(letter())
            assert await unit.delete(Letter, subject=ALICE) == 1
            (left,) = await unit.select(Letter, subject=BOB)
        assert (left.sender, left.signature, left.received) == (None, None, "for Bob")

    async def test_the_row_goes_with_its_last_person(self, database: Database) -> None:
        async with database.transaction() as unit:
            await unit.add(letter())
            await unit.delete(Letter, subject=BOB)
            (left,) = await unit.select(Letter, subject=ALICE)
            assert (left.subject, left.signature, left.received) == ("", "Alice", None)
            await unit.delete(Letter, subject=ALICE)
            assert await unit.count(Letter) == 0

    async def test_a_destroyed_key_hides_its_own_part_only(self, database: Database, sealer: MemorySealer) -> None:
        async with database.transaction() as unit:
            await unit.add(letter())
        sealer.forget(ALICE)
        async with database.reading() as unit:
            (left,) = await unit.select(Letter)
        assert (left.signature, left.received) == (None, "for Bob")
        sealer.forget(BOB)
        async with database.reading() as unit:
            assert await unit.select(Letter) == []


async def test_one_who_is_fenced_is_found_among_however_many(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ringfence.persistence.unit._ASKED", 1)
    async with database.transaction() as unit:
        await unit.fence(BOB)
    for both in ((ALICE, BOB), (BOB, ALICE)):
        with pytest.raises(SubjectGone):
            async with database.transaction() as unit:
                await unit.add_all(parcel(number, subject) for number, subject in enumerate(both))
    async with database.reading() as unit:
        assert await unit.count(Parcel) == 0


async def test_what_an_exception_interrupts_in_bulk_never_happened(database: Database) -> None:
    told: list[str] = []
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the block is the transaction
        async with database.bulk() as unit:
            await unit.add(parcel())
            unit.after_commit(lambda: told.append("committed"))
            raise ZeroDivisionError
    async with database.bulk() as unit:
        assert await unit.count(Parcel) == 0
        unit.after_commit(lambda: told.append("afterwards"))
    assert told == ["afterwards"]


async def test_bulk_work_takes_its_turn_among_writers(database: Database) -> None:
    async with database.bulk() as unit:
        await unit.add(parcel(1))
        with pytest.raises(NestedTransaction):
            async with database.bulk():
                pass
        others = asyncio.create_task(_add(database, parcel(2)))
        await unit.add(parcel(3))
    await others
    async with database.reading() as unit:
        assert await unit.count(Parcel) == 3


async def test_the_log_of_bulk_work_is_back_in_the_file_when_it_is_done(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/main.db", sealer=MemorySealer(), clock=ManualClock())
    await database.open()
    await database.create_tables(SAMPLES.metadata)
    async with database.bulk() as unit:
        await unit.add(parcel())
    (tmp_path / "copy.db").write_bytes((tmp_path / "main.db").read_bytes())  # without the log beside it
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT count(*) FROM parcel").fetchone() == (1,)
    await database.close()


async def _add(database: Database, record: Parcel) -> None:
    async with database.transaction() as unit:
        await unit.add(record)


async def test_a_task_that_would_wait_for_itself_is_told_so(database: Database) -> None:
    async with database.transaction():
        with pytest.raises(NestedTransaction):
            async with database.transaction():
                pass


async def test_a_closed_database_says_so(database: Database) -> None:
    await database.close()
    await database.close()
    with pytest.raises(NotOpen):
        async with database.transaction():
            pass


def letter() -> Letter:
    return Letter(
        id=RowId("letter"), provider=ACME, subject=BOB, sender=ALICE, received="for Bob", signature="Alice", due=9.0
    )
