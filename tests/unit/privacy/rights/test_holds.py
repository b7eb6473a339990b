"""Holds: what they cover stays, nothing else does, and the person is told unless an order forbids it."""

import datetime as dt
from pathlib import Path

import pytest

from ringfence.clock import ManualClock
from ringfence.identifiers import ProviderId, RowId, StaffId, SubjectId
from ringfence.persistence import Guard, SubjectGone, UnitOfWork
from ringfence.privacy.retention import Retention
from ringfence.privacy.rights import (
    Hold,
    HoldReason,
    Holds,
    HoldTooLate,
    Outcome,
    Point,
    Reason,
    UnknownHold,
    UnknownTable,
    told,
)
from ringfence.privacy.vault import Use, opened_for
from ringfence.randomness import SystemRandomness
from tests.unit.privacy.installation import KEPT, PROVIDER, Account, Call, Installation, Token, installed, prepared

pytestmark = pytest.mark.usefixtures("each_database")

OFFICER = StaffId("o" * 26)
DAY = 86_400


class Secrecy:
    """Orders to be silent, in memory."""

    def __init__(self) -> None:
        self.rows: set[RowId] = set()

    async def cover(self, unit: UnitOfWork, order: RowId, record: Hold) -> None:
        del unit, order
        self.rows.add(record.id)

    async def hidden(self, provider: ProviderId, subject: SubjectId) -> "Secrecy":
        del provider, subject
        return self

    def covers(self, table: str, row: RowId) -> bool:
        return table == "hold" and row in self.rows


def holds_of(house: Installation, secrecy: Secrecy | None = None) -> Holds:
    return Holds(
        db=house.db, keyring=house.keyring, ledger=house.ledger, secrecy=secrecy or Secrecy(), clock=house.clock,
        randomness=SystemRandomness(), registry=KEPT,
    )  # fmt: skip


async def placed(
    holds: Holds, subject: SubjectId, *tables: str, until: dt.date | None = None, secret: bool = False
) -> RowId:
    return await holds.place(
        PROVIDER, subject, OFFICER, tables=tables, reason=HoldReason.CLAIMS, until=until, note="claim 17/2027",
        secret=secret,
    )  # fmt: skip


async def sweep(house: Installation) -> None:
    await Retention(house.db, house.keyring, house.clock, SystemRandomness(), registry=KEPT).sweep()


async def calls_of(house: Installation, subject: SubjectId) -> list[Call]:
    async with house.db.reading() as unit:
        return await unit.select(Call, subject=subject)


async def count(house: Installation, kind: type[Account | Call | Token], subject: SubjectId) -> int:
    async with house.db.reading() as unit:
        return await unit.count(kind, subject=subject)


@pytest.mark.promise("ACR-05")
async def test_a_sweep_passes_over_what_is_held_and_over_nothing_else(tmp_path: Path) -> None:
    clock = ManualClock()
    async with installed(prepared(tmp_path), clock) as house:
        anna, boris = await house.enrol(), await house.enrol("boris@sip.example.org")
        await placed(holds_of(house), anna, "sample_call")
        clock.advance(30 * DAY)
        await sweep(house)
        assert await count(house, Call, anna) == 1
        assert await count(house, Token, anna) == 0
        assert await count(house, Call, boris) == 0


async def test_what_is_held_past_its_term_is_only_stored(tmp_path: Path) -> None:
    clock = ManualClock()
    async with installed(prepared(tmp_path), clock) as house:
        anna = await house.enrol()
        await placed(holds_of(house), anna, "sample_call")
        assert len(await calls_of(house, anna)) == 1
        clock.advance(30 * DAY)
        await sweep(house)
        assert await calls_of(house, anna) == []
        with opened_for(Use.CLAIMS):
            assert len(await calls_of(house, anna)) == 1
        with opened_for(Use.CONSENT):
            assert await calls_of(house, anna) == []


async def test_what_a_service_deletes_is_put_away_and_goes_with_the_release(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna, holds = await house.enrol(), holds_of(house)
        hold = await placed(holds, anna, "sample_token")
        async with house.db.transaction() as unit:
            assert await unit.delete(Token, subject=anna) == 0
        async with house.db.reading() as unit:
            assert await unit.select(Token, subject=anna) == []
        assert await count(house, Token, anna) == 1
        await holds.release(PROVIDER, hold, OFFICER)
        assert await count(house, Token, anna) == 0
        async with house.db.reading() as unit:
            assert await unit.count(Guard) == 0


async def test_what_nobody_wanted_to_delete_stays_in_use_after_the_release(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna, holds = await house.enrol(), holds_of(house)
        hold = await placed(holds, anna, "sample_token", "sample_call")
        await holds.release(PROVIDER, hold, OFFICER)
        assert len(await calls_of(house, anna)) == 1
        assert await holds.of(PROVIDER, anna) == []
        await holds.release(PROVIDER, hold, OFFICER)  # twice is as once
        with pytest.raises(UnknownHold):
            await holds.release(ProviderId("other"), hold, OFFICER)


@pytest.mark.promise("ACR-05")
async def test_a_hold_ends_on_its_day_by_itself(tmp_path: Path) -> None:
    clock = ManualClock()
    async with installed(prepared(tmp_path), clock) as house:
        anna, holds = await house.enrol(), holds_of(house)
        await placed(holds, anna, "sample_call", until=dt.date(2027, 3, 1))
        clock.advance(30 * DAY)
        await sweep(house)
        assert await count(house, Call, anna) == 1
        clock.advance(30 * DAY)
        await sweep(house)
        assert await count(house, Call, anna) == 0
        assert await holds.of(PROVIDER, anna) == []


@pytest.mark.promise("ACR-05")
async def test_the_person_is_told_of_each_departure_with_its_reason(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna, holds = await house.enrol(), holds_of(house)
        await placed(holds, anna, "sample_call", until=dt.date(2027, 3, 1))
        (departure,) = await holds.departures(PROVIDER, anna)
        assert (departure.tables, departure.law, departure.until) == (("sample_call",), "17-3-e", dt.date(2027, 3, 1))


async def test_what_an_order_forbids_to_tell_is_in_no_list_and_no_verdict(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna, secrecy = await house.enrol(), Secrecy()
        holds = holds_of(house, secrecy)
        erasures = house.erasures(registry=KEPT)
        without = told((await erasures.dry_run(PROVIDER, anna)).verdicts)
        await holds.place(
            PROVIDER, anna, OFFICER, tables=["sample_call"], reason=HoldReason.PRESERVATION, until=None, note="",
            order=house.new(),
        )  # fmt: skip
        assert await holds.departures(PROVIDER, anna) == []
        foreseen = (await erasures.dry_run(PROVIDER, anna)).verdicts
        assert [each for each in told(foreseen) if each.table != "hold"] == [
            each for each in without if each.table != "hold"
        ]
        assert {each.outcome for each in foreseen if each.table == "sample_call"} == {Outcome.KEPT}
        certificate = await erasures.run(await erasures.request(PROVIDER, anna, Reason.ASKED))
        assert b'"kept"' not in certificate
        assert b"17-3" not in certificate
        assert await count(house, Call, anna) == 1


async def test_after_secrecy_is_released_the_person_is_told(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna, secrecy = await house.enrol(), Secrecy()
        holds = holds_of(house, secrecy)
        await holds.place(
            PROVIDER, anna, OFFICER, tables=["sample_call"], reason=HoldReason.PRESERVATION, until=None, note="",
            order=house.new(),
        )  # fmt: skip
        await holds.disclose(PROVIDER, anna)
        assert await holds.departures(PROVIDER, anna) == []
        secrecy.rows.clear()
        await holds.disclose(PROVIDER, anna)
        assert len(await holds.departures(PROVIDER, anna)) == 1


@pytest.mark.promise("ACR-05")
async def test_an_erasure_keeps_what_is_held_and_the_release_ends_the_rest_of_the_person(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna, holds = await house.enrol(), holds_of(house)
        hold = await placed(holds, anna, "sample_call")
        erasures = house.erasures(registry=KEPT)
        erasure = await erasures.request(PROVIDER, anna, Reason.DEVICES_GONE)
        await erasures.run(erasure)
        verdicts = {each.table: each for each in (await erasures.status(erasure)).verdicts if each.rows}
        assert (verdicts["sample_call"].outcome, verdicts["sample_call"].law) == (Outcome.KEPT, "17-3-e")
        assert verdicts["sample_account"].outcome is Outcome.ERASED
        assert house.find() is None
        assert await calls_of(house, anna) == []
        with opened_for(Use.CLAIMS):
            assert [each.callee_number for each in await calls_of(house, anna)] == ["+4930901820000"]
        (shown,) = await holds.of(PROVIDER, anna)
        assert shown.note == "claim 17/2027"
        await holds.release(PROVIDER, hold, OFFICER)
        assert (await house.rows_of(anna, KEPT), house.keyring.knows(anna)) == (0, False)
        async with house.db.reading() as unit:
            assert await unit.count(Guard) == 0


@pytest.mark.parametrize("point", [Point.INTENT_WRITTEN, Point.DEPARTED, Point.BLOCKED, Point.PUT_AWAY])
async def test_an_order_that_comes_before_the_decision_holds(tmp_path: Path, point: Point) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna = await house.enrol()

        def stop(at: Point) -> None:
            if at is point:
                raise KeyboardInterrupt

        erasures = house.erasures(registry=KEPT, at=stop)
        with pytest.raises(KeyboardInterrupt):
            await erasures.run(await erasures.request(PROVIDER, anna, Reason.ASKED))
        await placed(holds_of(house), anna, "sample_call")
        await house.erasures(registry=KEPT).resume()
        assert await count(house, Call, anna) == 1
        with opened_for(Use.AUTHORITY):
            assert len(await calls_of(house, anna)) == 1


@pytest.mark.parametrize("point", [Point.DECIDED, Point.TOMBSTONE_ON_DISK, Point.KEYS_GONE, Point.ROWS_GONE])
async def test_an_order_that_comes_after_the_decision_is_told_that_it_came_too_late(
    tmp_path: Path, point: Point
) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna = await house.enrol()

        def stop(at: Point) -> None:
            if at is point:
                raise KeyboardInterrupt

        erasures = house.erasures(registry=KEPT, at=stop)
        with pytest.raises(KeyboardInterrupt):
            await erasures.run(await erasures.request(PROVIDER, anna, Reason.ASKED))
        with pytest.raises((HoldTooLate, SubjectGone)):
            await placed(holds_of(house), anna, "sample_call")
        await house.erasures(registry=KEPT).resume()
        assert await house.rows_of(anna, KEPT) == 0
        async with house.db.reading() as unit:
            assert await unit.count(Guard) == 0


async def test_of_a_row_about_two_people_the_held_part_stays(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna, boris = await house.enrol(), await house.enrol("boris@sip.example.org")
        call = Call(
            id=house.new(), provider=PROVIDER, subject=anna, caller=boris, callee_number="+49301111111",
            caller_number="+49302222222",
        )  # fmt: skip
        async with house.db.transaction() as unit:
            await unit.add(call)
        await placed(holds_of(house), boris, "sample_call")
        for leaving in (anna, boris):
            erasures = house.erasures(registry=KEPT)
            await erasures.run(await erasures.request(PROVIDER, leaving, Reason.ASKED))
        async with house.db.reading() as unit:
            assert await unit.get(Call, call.id) is None
            with opened_for(Use.AUTHORITY):
                left = await unit.get(Call, call.id)
        assert left is not None
        assert (left.callee_number, left.caller_number) == ("", "+49302222222")


async def test_a_hold_names_tables_that_are_there_and_people_who_are(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        with pytest.raises(UnknownTable):
            await placed(holds_of(house), await house.enrol(), "lease")
        with pytest.raises(SubjectGone):
            await placed(holds_of(house), SubjectId("z" * 26), "sample_call")
