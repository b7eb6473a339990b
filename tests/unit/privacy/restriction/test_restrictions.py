"""Restriction: stored and not used, whoever reads; told before it is lifted."""

from collections.abc import Collection
from pathlib import Path

import pytest

from ringfence.clock import ManualClock
from ringfence.errors import PeerFault
from ringfence.identifiers import CaseId, ProviderId, RowId, StaffId, SubjectId
from ringfence.persistence import Guard
from ringfence.privacy.restriction import (
    ExceptionNotNamed,
    Ground,
    NothingToRestrict,
    Restrictions,
    Stage,
    UnknownRestriction,
    restrictable,
)
from ringfence.privacy.retention import Retention
from ringfence.privacy.rights import Outcome, Reason
from ringfence.privacy.vault import Use, opened_for
from ringfence.randomness import SystemRandomness
from tests.unit.privacy.installation import KEPT, PROVIDER, Account, Call, Installation, Token, installed, prepared

pytestmark = pytest.mark.usefixtures("each_database")

CASE = CaseId("c" * 26)
OFFICER = StaffId("o" * 26)
DAY = 86_400


class World:
    """Whoever is told: the person, and services."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.heard: list[object] = []
        self._refuses = refuses

    async def lifting(self, provider: ProviderId, subject: SubjectId, restriction: RowId) -> None:
        if self._refuses:
            raise PeerFault
        self.heard.append(("lifting", provider, subject, restriction))

    async def restricted(self, subject: SubjectId, tables: Collection[str]) -> None:
        self.heard.append(("restricted", subject, tuple(tables)))

    async def lifted(self, subject: SubjectId, tables: Collection[str]) -> None:
        self.heard.append(("lifted", subject, tuple(tables)))


def restrictions_of(house: Installation, world: World | None = None) -> Restrictions:
    world = world or World()
    return Restrictions(
        db=house.db, keyring=house.keyring, ledger=house.ledger, informer=world, observers=[world],
        standing=house.standing, clock=house.clock, randomness=SystemRandomness(), registry=KEPT,
    )  # fmt: skip


async def accounts(house: Installation, subject: SubjectId) -> list[Account]:
    async with house.db.reading() as unit:
        return await unit.select(Account, subject=subject)


@pytest.mark.promise("ZOI-17")
async def test_what_is_restricted_opens_for_the_exceptions_and_for_nothing_else(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna, boris = await house.enrol(), await house.enrol("boris@sip.example.org")
        await restrictions_of(house).restrict(PROVIDER, anna, ground=Ground.CONTESTED, tables=["sample_account"])
        assert await accounts(house, anna) == []
        assert len(await accounts(house, boris)) == 1
        async with house.db.reading() as unit:
            assert await unit.count(Account, subject=anna) == 1
            assert len(await unit.select(Token, subject=anna)) == 1
        for use in Use:
            with opened_for(use):
                assert (await accounts(house, anna) != []) is (use is not Use.ORDINARY)


@pytest.mark.promise("ZOI-17")
async def test_it_survives_a_restart(tmp_path: Path) -> None:
    folder = prepared(tmp_path)
    async with installed(folder) as house:
        anna = await house.enrol()
        await restrictions_of(house).restrict(PROVIDER, anna, ground=Ground.OBJECTION)
    async with installed(folder) as house:
        assert await accounts(house, anna) == []


async def test_one_row_is_restricted_and_its_neighbour_is_not(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna = await house.enrol()
        other = house.rows(anna, "anna2@sip.example.org", "", 0.0)[0]
        async with house.db.transaction() as unit:
            await unit.add(other)
        await restrictions_of(house).restrict(
            PROVIDER, anna, ground=Ground.CONTESTED, tables=["sample_account"], rows=[other.id]
        )
        assert [each.address for each in await accounts(house, anna)] == ["anna.example@sip.example.org"]


async def test_what_is_written_later_is_restricted_too(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna = await house.enrol()
        await restrictions_of(house).restrict(PROVIDER, anna, ground=Ground.CONTESTED, tables=["sample_account"])
        async with house.db.transaction() as unit:
            await unit.add(house.rows(anna, "anna2@sip.example.org", "", 0.0)[0])
        assert await accounts(house, anna) == []
        with opened_for(Use.CONSENT):
            assert len(await accounts(house, anna)) == 2


@pytest.mark.promise("ZOI-17")
async def test_the_person_is_told_before_it_is_lifted_and_services_afterwards(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna, world = await house.enrol(), World()
        restrictions = restrictions_of(house, world)
        made = await restrictions.restrict(PROVIDER, anna, ground=Ground.CONTESTED, tables=["sample_account"])
        await restrictions.lift(PROVIDER, made, staff=OFFICER)
        assert len(await accounts(house, anna)) == 1
        assert world.heard == [
            ("restricted", anna, ("sample_account",)),
            ("lifting", PROVIDER, anna, made),
            ("lifted", anna, ("sample_account",)),
        ]
        (shown,) = await restrictions.of(PROVIDER, anna)
        assert shown.stage is Stage.LIFTED
        with pytest.raises(UnknownRestriction):
            await restrictions.lift(PROVIDER, made)


async def test_who_cannot_be_told_stays_restricted(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna = await house.enrol()
        restrictions = restrictions_of(house, World(refuses=True))
        made = await restrictions.restrict(PROVIDER, anna, ground=Ground.CONTESTED)
        with pytest.raises(PeerFault):
            await restrictions.lift(PROVIDER, made)
        assert await accounts(house, anna) == []


async def test_the_same_request_restricts_once(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna, restrictions = await house.enrol(), restrictions_of(house)
        first = await restrictions.restrict(PROVIDER, anna, ground=Ground.CONTESTED, case=CASE)
        assert await restrictions.restrict(PROVIDER, anna, ground=Ground.CONTESTED, case=CASE) == first
        assert await restrictions.by_case(PROVIDER, CASE) == first


@pytest.mark.parametrize("ground", Ground)
async def test_a_sweep_passes_over_what_the_person_wants_to_be_there(tmp_path: Path, ground: Ground) -> None:
    clock = ManualClock()
    async with installed(prepared(tmp_path), clock) as house:
        anna = await house.enrol()
        await restrictions_of(house).restrict(PROVIDER, anna, ground=ground, tables=["sample_call"])
        clock.advance(30 * DAY)
        await Retention(house.db, house.keyring, clock, SystemRandomness(), registry=KEPT).sweep()
        with opened_for(Use.CONSENT):
            async with house.db.reading() as unit:
                assert len(await unit.select(Call, subject=anna)) == int(ground.protects)


@pytest.mark.promise("ZOI-17")
@pytest.mark.parametrize("ground", Ground)
async def test_an_uninstall_erases_all_but_what_the_person_wants_to_be_there(tmp_path: Path, ground: Ground) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna, restrictions = await house.enrol(), restrictions_of(house)
        made = await restrictions.restrict(PROVIDER, anna, ground=ground, tables=["sample_call"])
        erasures = house.erasures(registry=KEPT)
        erasure = await erasures.request(PROVIDER, anna, Reason.DEVICES_GONE)
        await erasures.run(erasure)
        with opened_for(Use.CLAIMS):
            async with house.db.reading() as unit:
                assert len(await unit.select(Call, subject=anna)) == int(ground.protects)
        assert house.find() is None
        calls = [each for each in (await erasures.status(erasure)).verdicts if each.table == "sample_call"]
        assert {each.outcome for each in calls} == {Outcome.KEPT if ground.protects else Outcome.ERASED}
        if ground.protects:
            assert {each.law for each in calls} == {"18-2"}
            await restrictions.lift(PROVIDER, made, staff=OFFICER)
        assert (await house.rows_of(anna, KEPT), house.keyring.knows(anna)) == (0, False)
        async with house.db.reading() as unit:
            assert await unit.count(Guard, subject=anna) == 0


async def test_a_kill_in_the_middle_is_made_good_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = prepared(tmp_path)

    async def killed(_self: object, _subject: SubjectId) -> None:
        raise KeyboardInterrupt

    async with installed(folder) as house:
        anna = await house.enrol()
        with monkeypatch.context() as patched:
            patched.setattr("ringfence.privacy.rights.Guardian.apply", killed)
            with pytest.raises(KeyboardInterrupt):
                await restrictions_of(house).restrict(PROVIDER, anna, ground=Ground.CONTESTED)
    async with installed(folder) as house:
        assert await restrictions_of(house).resume() == 1
        assert await accounts(house, anna) == []


@pytest.mark.promise("ZOI-17")
async def test_an_exception_is_named_and_stands_in_the_ledger(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna, restrictions = await house.enrol(), restrictions_of(house)
        await restrictions.restrict(PROVIDER, anna, ground=Ground.CLAIMS)
        before = (await house.ledger.head(PROVIDER)).number
        async with restrictions.opened(PROVIDER, anna, Use.CLAIMS, staff=OFFICER, case=CASE):
            assert len(await accounts(house, anna)) == 1
        assert (await house.ledger.head(PROVIDER)).number == before + 1
        for use in (Use.ORDINARY, Use.AUTHORITY):
            with pytest.raises(ExceptionNotNamed):
                async with restrictions.opened(PROVIDER, anna, use, staff=OFFICER):
                    raise AssertionError


async def test_a_restriction_names_what_is_the_persons(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna, boris = await house.enrol(), await house.enrol("boris@sip.example.org")
        (row,) = await accounts(house, boris)
        restrictions = restrictions_of(house)
        for tables, rows in (
            (["lease"], []),
            (["sample_account"], [row.id]),
            (["sample_account", "sample_call"], [row.id]),
        ):
            with pytest.raises(NothingToRestrict):
                await restrictions.restrict(PROVIDER, anna, ground=Ground.CLAIMS, tables=tables, rows=rows)


def test_with_everything_restricted_people_still_steer_what_is_kept_about_them() -> None:
    assert {"hold", "restriction", "sample_proof", "sample_bill"}.isdisjoint(restrictable(KEPT))
    assert {"sample_account", "sample_call", "sample_token"} <= set(restrictable(KEPT))
