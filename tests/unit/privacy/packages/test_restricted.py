"""Whose data is only stored gets a copy all the same (Art. 18(2) GDPR: they ask for it), and nobody else sees more."""

from collections.abc import Collection
from pathlib import Path

import pytest

from ringfence.declarations import Registry
from ringfence.identifiers import CaseId, ProviderId, RowId, StaffId, SubjectId
from ringfence.persistence import Guard, Storage
from ringfence.privacy.packages import Kind, State
from ringfence.privacy.packages.records import Copy, Package, SnapshotRow
from ringfence.privacy.restriction import Ground, Restrictions
from ringfence.privacy.rights import Guardian, Hold, HoldReason
from ringfence.randomness import SystemRandomness
from tests.unit.privacy.installation import PROVIDER, Account, Installation, installed, prepared
from tests.unit.privacy.packages.packing import SAMPLE, CallRecord, Packing, peopled

CASE = CaseId("r" * 26)
EVERYTHING = Registry()
for _kind in (*SAMPLE, Package, SnapshotRow, Copy):
    EVERYTHING.add(_kind)


class Nobody:
    """There is nobody to be told in these tests."""

    async def lifting(self, provider: ProviderId, subject: SubjectId, restriction: RowId) -> None: ...

    async def restricted(self, subject: SubjectId, tables: Collection[str]) -> None: ...

    async def lifted(self, subject: SubjectId, tables: Collection[str]) -> None: ...


async def restrict_everything(house: Installation, subject: SubjectId) -> None:
    restrictions = Restrictions(
        db=house.db, keyring=house.keyring, ledger=house.ledger, informer=Nobody(), observers=[],
        standing=house.standing, clock=house.clock, randomness=SystemRandomness(), registry=EVERYTHING,
    )  # fmt: skip
    tables = [kind.declaration.name for kind in EVERYTHING.about_people()]
    await restrictions.restrict(PROVIDER, subject, ground=Ground.CONTESTED, tables=tables)


@pytest.mark.promise("ZOI-16")
@pytest.mark.parametrize("kind", list(Kind))
async def test_a_copy_of_restricted_data_is_whole(tmp_path: Path, each_database: str, kind: Kind) -> None:
    async with installed(prepared(tmp_path / "house")) as house:
        anna, packing = await peopled(house), Packing(house)
        before = await packing.made(anna, kind)
        await restrict_everything(house, anna)
        async with house.db.reading() as unit:
            assert await unit.select(Account, subject=anna) == []
        after = await packing.made(anna, kind, case=CASE)
        assert {name: after.files[name] for name in after.files if name.startswith("data/")} == {
            name: before.files[name] for name in before.files if name.startswith("data/")
        }
        async with house.db.reading() as unit:
            assert await unit.select(Account, subject=anna) == [], "the copy has opened nothing for others"


async def test_a_whole_package_lives_while_its_person_is_restricted(
    house: Installation, packing: Packing, anna: SubjectId
) -> None:
    await restrict_everything(house, anna)
    assert await packing.snapshots.take(PROVIDER, anna, CASE) == 3
    async with house.db.transaction() as unit:
        await unit.delete(CallRecord, subject=anna)
    package = await packing.made(anna, case=CASE)
    assert len(package.rows("call_record")) == 2
    packages = packing.packages()
    (status,) = await packages.of(anna)
    assert (status.state, status.fetched) == (State.READY, house.clock.time())
    await packages.shred(status.id, subject=anna)
    assert (await packages.status(status.id, subject=anna)).state is State.SHREDDED
    assert (await packages.charge(anna)).charged


async def put_away(house: Installation, subject: SubjectId, storage: Storage, *, secret: bool = False) -> None:
    """The person's calls, as a sweep leaves them whose term is over and that a hold or a country's law protects."""
    hold = Hold(
        id=house.new(), provider=PROVIDER, subject=subject, reason=HoldReason.CLAIMS, until=None, released=False,
        staff=StaffId("o" * 26), case=None, secret=secret, tables=("call_record",), note="", placed=house.clock.time(),
    )  # fmt: skip
    async with house.db.transaction() as unit:
        await unit.add(hold)
        await unit.guard(
            Guard(
                id=house.new(), provider=PROVIDER, subject=subject, table_number=CallRecord.declaration.number,
                row=None, storage=storage, protects=True, until=None, origin=hold.id, law="17-3-e",
            )
        )  # fmt: skip
    await Guardian(house.db, SAMPLE).apply(subject)
    async with house.db.reading() as unit:
        assert await unit.select(CallRecord, subject=subject) == []


@pytest.mark.promise("CTP-06")
async def test_what_is_held_past_its_term_is_in_the_copy(
    house: Installation, packing: Packing, anna: SubjectId
) -> None:
    await put_away(house, anna, Storage.HELD)
    assert len((await packing.made(anna)).rows("call_record")) == 2


async def test_what_is_there_by_a_secret_hold_alone_is_in_no_copy(
    house: Installation, packing: Packing, anna: SubjectId
) -> None:
    await put_away(house, anna, Storage.HELD, secret=True)
    package = await packing.made(anna)
    assert "data/call_record.json" not in package.files
    assert len(package.rows("contact")) == 1


async def test_what_a_country_has_blocked_opens_for_courts_and_authorities_and_not_for_a_copy(
    house: Installation, packing: Packing, anna: SubjectId
) -> None:
    await put_away(house, anna, Storage.BLOCKED)
    assert "data/call_record.json" not in (await packing.made(anna)).files
