"""What lives shorter than an answer takes is copied when its person asks."""

import dataclasses
from pathlib import Path

import pytest

from ringfence.clock import DAY, ManualClock
from ringfence.identifiers import CaseId, ProviderId, RowId, SubjectId
from ringfence.persistence import SubjectGone
from ringfence.privacy.packages.records import SnapshotRow
from ringfence.privacy.retention import Retention
from ringfence.randomness import SystemRandomness
from tests.unit.privacy.installation import PROVIDER, Installation, installed, prepared
from tests.unit.privacy.packages.packing import CALLER, HIDDEN_CALLER, SAMPLE, Packing, call_record, contact, peopled

CASE = CaseId("c" * 26)
OTHER_CASE = CaseId("d" * 26)


async def sweep_after(house: Installation, seconds: float) -> None:
    assert isinstance(house.clock, ManualClock)
    house.clock.advance(seconds)
    await Retention(house.db, house.keyring, house.clock, SystemRandomness(), registry=SAMPLE).sweep()


async def rows_kept(house: Installation) -> int:
    async with house.db.reading() as unit:
        return await unit.count(SnapshotRow)


@pytest.mark.promise("CTP-06")
async def test_a_call_that_is_swept_before_the_answer_is_still_answered(tmp_path: Path, each_database: str) -> None:
    async with installed(prepared(tmp_path / "house")) as house:
        anna, packing = await peopled(house), Packing(house)
        before = await packing.made(anna)
        assert await packing.snapshots.take(PROVIDER, anna, CASE) == 3  # two calls of one kind, one of another
        await sweep_after(house, 20 * DAY)
        assert await house.rows_of(anna, SAMPLE) == 4
        after = await packing.made(anna, case=CASE)
        for table in ("call_record", "sample_call", "contact"):
            assert sorted(after.rows(table), key=str) == sorted(before.rows(table), key=str)
        assert not after.holds(HIDDEN_CALLER)


async def test_each_row_is_told_once_however_often_it_was_taken(
    house: Installation, packing: Packing, anna: SubjectId
) -> None:
    for case in (CASE, CASE, OTHER_CASE):
        await packing.snapshots.take(PROVIDER, anna, case)
    await packing.add(call_record(house, anna, "+4930999"))
    assert len((await packing.made(anna)).rows("call_record")) == 3
    await sweep_after(house, 20 * DAY)
    package = await packing.made(anna)
    assert sorted(str(row["caller"]) for row in package.rows("call_record")) == [CALLER, "None"]


async def test_what_lives_long_is_not_copied(house: Installation, packing: Packing, anna: SubjectId) -> None:
    await packing.snapshots.take(PROVIDER, anna, CASE)
    async with house.db.reading() as unit:
        numbers = {row.table_number for row in await unit.select(SnapshotRow, subject=anna)}
    assert numbers == {903, 912}
    assert contact(house, anna).declaration.number not in numbers


async def test_the_copies_go_with_the_answer(house: Installation, packing: Packing, anna: SubjectId) -> None:
    await packing.snapshots.take(PROVIDER, anna, CASE)
    await packing.snapshots.take(PROVIDER, anna, OTHER_CASE)
    kept = await rows_kept(house)
    await packing.snapshots.drop(anna, CASE)
    assert await rows_kept(house) == kept // 2
    await packing.snapshots.drop(anna, OTHER_CASE)
    assert await rows_kept(house) == 0


@pytest.mark.promise("CTP-06")
async def test_an_answer_that_was_extended_by_two_months_still_has_what_was_there(
    house: Installation, packing: Packing, anna: SubjectId
) -> None:
    await packing.snapshots.take(PROVIDER, anna, CASE)
    for _ in range(10):  # sweep by sweep, as the months go by
        await sweep_after(house, 10 * DAY)
    assert len((await packing.made(anna, case=CASE)).rows("call_record")) == 2


async def test_the_copies_end_at_last_where_no_answer_ever_comes(
    house: Installation, packing: Packing, anna: SubjectId
) -> None:
    await packing.snapshots.take(PROVIDER, anna, CASE)
    await sweep_after(house, 212 * DAY)
    assert "data/call_record.json" not in (await packing.made(anna)).files


async def test_what_an_order_hides_is_not_even_copied(house: Installation, packing: Packing, anna: SubjectId) -> None:
    secret = call_record(house, anna, "+4930110110110")
    await packing.add(secret)

    @dataclasses.dataclass
    class Ordered:
        def covers(self, table: str, row: RowId) -> bool:
            return row == secret.id

        async def hidden(self, provider: ProviderId, subject: SubjectId) -> "Ordered":
            return self

    packing.hidden = Ordered()
    await packing.snapshots.take(PROVIDER, anna, CASE)
    async with house.db.reading() as unit:
        assert secret.id not in {row.row for row in await unit.select(SnapshotRow, subject=anna)}


async def test_nothing_is_copied_of_who_is_going(house: Installation, packing: Packing, anna: SubjectId) -> None:
    async with house.db.transaction() as unit:
        await unit.fence(anna)
    with pytest.raises(SubjectGone):
        await packing.snapshots.take(PROVIDER, anna, CASE)
