"""What is in force stays so, whatever backup is put back."""

import shutil
from pathlib import Path

import pytest

from ringfence.clock import ManualClock
from ringfence.identifiers import SubjectId
from ringfence.privacy.restriction import Ground, Standing, StandingDamaged
from ringfence.privacy.rights import Reason, startup_check
from ringfence.privacy.vault import Use, opened_for
from tests.unit.privacy.installation import KEPT, PROVIDER, Account, Call, Installation, installed, prepared
from tests.unit.privacy.restriction.test_restrictions import CASE, OFFICER, accounts, restrictions_of

DATABASES = "*.sqlite*"


def copy(source: Path, target: Path) -> None:
    """Both databases, as a backup has them; what lies there goes first."""
    target.mkdir(exist_ok=True)
    for old in target.glob(DATABASES):
        old.unlink()
    for path in source.glob(DATABASES):
        shutil.copy(path, target)


async def in_use(house: Installation, subject: SubjectId) -> tuple[int, int]:
    """How many accounts and calls open for whoever reads as usual."""
    async with house.db.reading() as unit:
        return len(await unit.select(Account, subject=subject)), len(await unit.select(Call, subject=subject))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return prepared(tmp_path / "house")


@pytest.mark.promise("ZOI-17")
async def test_an_older_backup_sets_nothing_free(folder: Path, tmp_path: Path) -> None:
    clock = ManualClock()
    async with installed(folder, clock) as house:
        anna, boris = await house.enrol(), await house.enrol("boris@sip.example.org")
    copy(folder, tmp_path / "backup")
    async with installed(folder, clock) as house:
        made = await restrictions_of(house).restrict(
            PROVIDER, anna, ground=Ground.CLAIMS, case=CASE, staff=OFFICER, tables=["sample_account"]
        )
    copy(tmp_path / "backup", folder)
    async with installed(folder, clock) as house:
        assert await in_use(house, anna) == (1, 1)  # so it was in the backup
        restrictions = restrictions_of(house)
        assert await restrictions.resume() == 1
        assert await in_use(house, anna) == (0, 1)
        assert await in_use(house, boris) == (1, 1)
        with opened_for(Use.CONSENT):
            assert len(await accounts(house, anna)) == 1
        (again,) = await restrictions.of(PROVIDER, anna)
        assert (again.id, again.ground, again.case, again.staff) == (made, Ground.CLAIMS, CASE, OFFICER)
        assert await restrictions.resume() == 1
        assert len(await restrictions.of(PROVIDER, anna)) == 1
        await restrictions.lift(PROVIDER, made)
        assert await in_use(house, anna) == (1, 1)
    async with installed(folder, clock) as house:
        assert await restrictions_of(house).resume() == 0
        assert await in_use(house, anna) == (1, 1)


async def test_what_was_lifted_since_the_backup_stays_restricted_until_an_officer_says_so(
    folder: Path, tmp_path: Path
) -> None:
    async with installed(folder) as house:
        anna = await house.enrol()
        made = await restrictions_of(house).restrict(PROVIDER, anna, ground=Ground.CONTESTED)
    copy(folder, tmp_path / "backup")
    async with installed(folder) as house:
        await restrictions_of(house).lift(PROVIDER, made)
        assert made not in house.standing
    copy(tmp_path / "backup", folder)
    async with installed(folder) as house:
        restrictions = restrictions_of(house)
        assert await restrictions.resume() == 1
        assert (made in house.standing, await in_use(house, anna)) == (True, (0, 0))
        await restrictions.lift(PROVIDER, made)
        assert await in_use(house, anna) == (1, 1)


class Killed(BaseException):
    """As by kill -9."""


@pytest.mark.parametrize("moment", ["noted", "lifted"])
async def test_a_kill_between_note_and_row_never_sets_anything_free(
    folder: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    def killed(*_: object) -> None:
        raise Killed

    async with installed(folder) as house:
        anna, restrictions = await house.enrol(), restrictions_of(house)
        if moment == "noted":
            noted = Standing.note

            def then_killed(self: Standing, made: object) -> None:
                noted(self, made)  # type: ignore[arg-type]  # whatever it is
                raise Killed

            monkeypatch.setattr(Standing, "note", then_killed)
            with pytest.raises(Killed):
                await restrictions.restrict(PROVIDER, anna, ground=Ground.CONTESTED)
        else:
            made = await restrictions.restrict(PROVIDER, anna, ground=Ground.CONTESTED)
            monkeypatch.setattr(Standing, "drop", killed)
            with pytest.raises(Killed):
                await restrictions.lift(PROVIDER, made)
        monkeypatch.undo()
    async with installed(folder) as house:
        restrictions = restrictions_of(house)
        await restrictions.resume()
        assert await in_use(house, anna) == ((0, 0) if moment == "noted" else (1, 1))
        assert len(house.standing.notes) == (moment == "noted")


async def test_who_goes_takes_the_note_along_but_where_they_want_their_data_kept(folder: Path) -> None:
    for ground, left in ((Ground.CONTESTED, 0), (Ground.CLAIMS, 1)):
        async with installed(folder) as house:
            anna, restrictions = await house.enrol(f"{ground}@sip.example.org"), restrictions_of(house)
            made = await restrictions.restrict(PROVIDER, anna, ground=ground, tables=["sample_call"])
            erasures = house.erasures(restrictions, registry=KEPT)
            await erasures.run(await erasures.request(PROVIDER, anna, Reason.ASKED))
            assert len(house.standing.notes) == left
            if left:
                await restrictions.lift(PROVIDER, made)
                assert house.standing.notes == ()


@pytest.mark.promise("ZOI-17")
@pytest.mark.parametrize("ground", [Ground.UNLAWFUL, Ground.CLAIMS])
async def test_who_was_erased_since_the_backup_keeps_what_they_wanted_kept_and_nothing_else(
    folder: Path, tmp_path: Path, ground: Ground
) -> None:
    clock = ManualClock()
    async with installed(folder, clock) as house:
        anna = await house.enrol()
    copy(folder, tmp_path / "backup")
    async with installed(folder, clock) as house:
        made = await restrictions_of(house).restrict(PROVIDER, anna, ground=ground, tables=["sample_call"])
        erasures = house.erasures(restrictions_of(house), registry=KEPT)
        await erasures.run(await erasures.request(PROVIDER, anna, Reason.ASKED))
    copy(tmp_path / "backup", folder)
    for _ in range(2):
        async with installed(folder, clock) as house:
            await startup_check(
                house.db, house.keyring, house.tombstones, house.ledger, clock, protects=house.standing, registry=KEPT
            )
            await restrictions_of(house).resume()
            assert await in_use(house, anna) == (0, 0)
            with opened_for(Use.CLAIMS):
                async with house.db.reading() as unit:
                    assert len(await unit.select(Account, subject=anna)) == 0
                    assert len(await unit.select(Call, subject=anna)) == 1
    async with installed(folder, clock) as house:
        await restrictions_of(house).lift(PROVIDER, made, staff=OFFICER)
        assert (await house.rows_of(anna, KEPT), house.keyring.knows(anna)) == (0, False)


async def test_the_note_names_nobody_and_is_sealed(folder: Path) -> None:
    async with installed(folder) as house:
        anna = await house.enrol()
        made = await restrictions_of(house).restrict(PROVIDER, anna, ground=Ground.CONTESTED, tables=["sample_call"])
        (path,) = (folder / "secrets").glob("restrictions*")
        content = path.read_bytes()
        for trace in (anna, made, "sample_call", PROVIDER, "contested"):
            assert trace.encode() not in content
        assert path.stat().st_mode & 0o077 == 0
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        with pytest.raises(StandingDamaged):
            _ = house.standing


async def test_whom_the_backup_does_not_know_stays_noted(folder: Path, tmp_path: Path) -> None:
    async with installed(folder) as house:
        await house.enrol("boris@sip.example.org")
    copy(folder, tmp_path / "backup")
    async with installed(folder) as house:
        anna = await house.enrol()
        await restrictions_of(house).restrict(PROVIDER, anna, ground=Ground.CONTESTED)
    copy(tmp_path / "backup", folder)
    async with installed(folder) as house:
        assert await restrictions_of(house).resume() == 0
        assert len(house.standing.notes) == 1
