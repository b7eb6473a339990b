"""Retention: what goes when, and that it goes."""

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from ringfence.clock import ManualClock
from ringfence.declarations import Keep, Record
from ringfence.privacy.retention import Due, Expiry, Holder, Retention
from ringfence.randomness import SystemRandomness
from tests.unit.privacy.installation import PROVIDER, SAMPLES, Account, Call, Installation, Token, installed, prepared

pytestmark = pytest.mark.usefixtures("each_database")

TODAY = dt.date(2027, 1, 15)
DAY = 86_400


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def house(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Installation]:
    async with installed(prepared(tmp_path), clock) as opened:
        yield opened


def retention(house: Installation, owners: dict[type[Record], Expiry] | None = None) -> Retention:
    return Retention(house.db, house.keyring, house.clock, SystemRandomness(), registry=SAMPLES, owners=owners)


class Owner:
    """A service that is told what is due."""

    def __init__(self) -> None:
        self.told: list[Record] = []

    async def expired(self, records: Sequence[Record]) -> None:
        self.told.extend(records)


async def test_the_plan_says_what_goes_when_and_why(house: Installation) -> None:
    await house.enrol()
    await house.enrol("boris@sip.example.org")
    plan = await retention(house).plan()
    assert plan == [
        Due("sample_call", Keep.SHORT_CALLS, TODAY + dt.timedelta(days=3), 2),
        Due("sample_token", Keep.WHILE_REACHABLE, TODAY + dt.timedelta(days=3), 2),
        Due("sample_account", Keep.WHILE_ENROLLED, None, 2),
    ]
    assert plan[0].why == Keep.SHORT_CALLS.sentence
    assert plan[2].starts == Keep.WHILE_ENROLLED.starts


async def test_what_is_overdue_goes_today(house: Installation, clock: ManualClock) -> None:
    await house.enrol()
    clock.advance(5 * DAY)
    plan = await retention(house).plan()
    assert {due.day for due in plan} == {TODAY + dt.timedelta(days=5), None}


async def test_the_plan_can_be_asked_for_another_day(house: Installation, clock: ManualClock) -> None:
    await house.enrol()
    plan = await retention(house).plan(clock.time() + 30 * DAY)
    assert plan[0].day == TODAY + dt.timedelta(days=30)


@pytest.mark.promise("CTP-01")
async def test_the_sweep_deletes_what_is_due_and_nothing_else(house: Installation, clock: ManualClock) -> None:
    anna = await house.enrol()
    swept = await retention(house).sweep()
    assert swept.deleted == {}
    clock.advance(3 * DAY)
    swept = await retention(house).sweep()
    assert swept.deleted == {"sample_token": 1, "sample_call": 1}
    async with house.db.reading() as unit:
        assert await unit.count(Account, subject=anna) == 1
        assert await unit.count(Token) == await unit.count(Call) == 0
    assert (await retention(house).sweep()).deleted == {}


async def test_what_was_swept_is_not_in_the_files(house: Installation, clock: ManualClock) -> None:
    await house.enrol()
    async with house.db.reading() as unit:
        (token,) = await unit.select(Token)
    clock.advance(3 * DAY)
    await retention(house).sweep()
    for path in house.folder.glob("main.sqlite*"):
        assert token.id.encode() not in path.read_bytes()


@pytest.mark.promise("CTP-12")
async def test_the_key_of_a_period_goes_with_it_so_that_copies_are_dead(
    house: Installation, clock: ManualClock
) -> None:
    anna = await house.enrol()
    async with house.db.reading() as unit:
        (call,) = await unit.select(Call, subject=anna)
    clock.advance(4 * DAY)
    assert (await retention(house).sweep()).keys_destroyed == 1
    assert house.keyring.keys([(anna, Keep.SHORT_CALLS.code, int((call.due or 0) // DAY))]) == [None]


async def test_many_rows_go_in_batches(
    house: Installation, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ringfence.privacy.retention.retention._BATCH", 4)
    anna = await house.enrol()
    async with house.db.transaction() as unit:
        await unit.add_all(
            Token(id=house.new(), provider=PROVIDER, subject=anna, due=clock.time(), token=b"x") for _ in range(10)
        )
    assert (await retention(house).sweep()).deleted == {"sample_token": 10}


async def test_rows_with_an_owner_are_handed_over_and_stay_until_it_acts(
    house: Installation, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ringfence.privacy.retention.retention._BATCH", 2)
    for number in range(5):
        await house.enrol(f"user{number}@sip.example.org")
    owner = Owner()
    sweeper = retention(house, {Token: owner})
    assert (await sweeper.sweep()).handed_over == {}
    assert owner.told == []
    clock.advance(3 * DAY)
    swept = await sweeper.sweep()
    assert swept.handed_over == {"sample_token": 5}
    assert len({record.id for record in owner.told}) == 5
    async with house.db.reading() as unit:
        assert await unit.count(Token) == 5


async def test_tables_whose_service_finds_its_own_end_are_left_alone(house: Installation, clock: ManualClock) -> None:
    await house.enrol()
    clock.advance(3 * DAY)
    sweeper = Retention(
        house.db, house.keyring, clock, SystemRandomness(), registry=SAMPLES, elsewhere=[Token]
    )  # fmt: skip
    assert (await sweeper.sweep()).deleted == {"sample_call": 1}
    assert any(due.table == "sample_token" for due in await sweeper.plan())


async def test_one_process_sweeps_at_a_time_and_a_dead_one_holds_nobody_up_for_long(
    house: Installation, clock: ManualClock
) -> None:
    await house.enrol()
    clock.advance(3 * DAY)
    other = Holder(house.db, "retention", clock, SystemRandomness(), seconds=60)
    assert await other.hold()
    assert await other.hold()
    assert (await retention(house).sweep()).held_elsewhere
    clock.advance(60)
    assert (await retention(house).sweep()).deleted
    assert await other.hold()
    await other.release()
    assert not (await retention(house).sweep()).held_elsewhere


async def test_a_sweep_that_loses_its_lease_stops_between_batches(
    house: Installation, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ringfence.privacy.retention.retention._BATCH", 1)
    for number in range(3):
        await house.enrol(f"user{number}@sip.example.org")
    clock.advance(3 * DAY)
    other = Holder(house.db, "retention", clock, SystemRandomness(), seconds=600)

    class Slow(Owner):
        async def expired(self, records: Sequence[Record]) -> None:
            await super().expired(records)
            clock.advance(300)
            await other.hold()

    owner = Slow()
    swept = await retention(house, {Token: owner}).sweep()
    assert (len(owner.told), swept.deleted) == (1, {})
