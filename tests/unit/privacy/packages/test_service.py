"""A package's life: asked for, made, fetched, shredded; whose it is, what it costs, and what is recorded."""

import dataclasses
import hashlib
import json
from pathlib import Path

import pytest

from ringfence.clock import DAY, ManualClock
from ringfence.declarations import Keep, Registry
from ringfence.identifiers import CaseId, ProviderId, RowId, SubjectId
from ringfence.persistence import SubjectGone
from ringfence.privacy.ledger import LedgerEntry
from ringfence.privacy.packages import (
    FeeReason,
    FileDamaged,
    Hiding,
    Kind,
    NotReady,
    Packages,
    PackageSettings,
    Result,
    State,
    TermTooLong,
    TooManyPackages,
    UnknownPackage,
)
from ringfence.privacy.packages.build import Progress
from ringfence.privacy.packages.records import Copy, Package
from ringfence.privacy.retention import Retention
from ringfence.privacy.rights import Reason
from ringfence.randomness import SystemRandomness
from tests.unit.privacy.installation import PROVIDER, Installation, installed, prepared
from tests.unit.privacy.packages.packing import SAMPLE, Packing, contact, fetched, peopled

CASE = CaseId("a" * 26)


def files_of(house: Installation) -> list[Path]:
    return sorted((house.folder / "exports").iterdir())


async def events(house: Installation) -> list[dict[str, object]]:
    async with house.db.reading() as unit:
        entries = await unit.select(LedgerEntry, provider=PROVIDER, order="number")
    return [json.loads(entry.body) for entry in entries]


async def test_a_package_is_waiting_then_ready_then_fetched_then_gone(
    house: Installation, packing: Packing, anna: SubjectId
) -> None:
    packages = packing.packages()
    package = await packages.prepare(PROVIDER, anna, case=CASE)
    assert (await packages.status(package, subject=anna)).state is State.WAITING
    assert files_of(house) == []
    assert await packages.resume() == [package]
    ready = await packages.status(package, subject=anna)
    assert (ready.state, ready.rows, ready.fetched, ready.case) == (State.READY, 7, None, CASE)
    assert ready.expires == house.clock.time() + 14 * DAY
    content = await fetched(packages, package, anna)
    assert len(content) == ready.size
    assert (await packages.status(package, subject=anna)).fetched == house.clock.time()
    await packages.shred(package, subject=anna)
    assert (await packages.status(package, subject=anna)).state is State.SHREDDED
    assert files_of(house) == []
    with pytest.raises(NotReady):
        await fetched(packages, package, anna)
    told = [entry["event"] for entry in await events(house)]
    assert told == ["export_made", "package_fetched", "package_expired"]
    assert {json.dumps(entry["facts"]).count(CASE) for entry in await events(house)} == {1}


async def test_the_ledger_knows_the_manifest(house: Installation, packing: Packing, anna: SubjectId) -> None:
    package = await packing.made(anna)
    facts = (await events(house))[0]["facts"]
    assert isinstance(facts, dict)
    assert facts["digest"] == hashlib.sha256(package.files["manifest.json"]).hexdigest()
    assert facts["count"] == 7


async def test_the_file_is_its_owners_alone_under_a_name_that_tells_nothing(
    house: Installation, packing: Packing, anna: SubjectId
) -> None:
    package = await packing.made(anna)
    (path,) = files_of(house)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert anna not in path.name
    assert package.package not in path.name
    content = path.read_bytes()
    assert b"PK\x03\x04" not in content
    assert all(name.encode() not in content for name in package.files)


@pytest.mark.promise("ACR-13")
async def test_nobody_gets_somebody_elses_package(house: Installation, packing: Packing, anna: SubjectId) -> None:
    boris = await house.enrol("boris@sip.example.org", number="+4930901829999")
    packages = packing.packages()
    package = await packages.prepare(PROVIDER, anna)
    await packages.run(package)
    for stranger in (boris, SubjectId("q" * 26), SubjectId("")):
        with pytest.raises(UnknownPackage):
            await packages.status(package, subject=stranger)
        with pytest.raises(UnknownPackage):
            await fetched(packages, package, stranger)
        with pytest.raises(UnknownPackage):
            await packages.shred(package, subject=stranger)
        assert await packages.of(stranger) == []
    with pytest.raises(UnknownPackage):
        await packages.status(RowId("nothing"), subject=anna)
    assert await fetched(packages, package, anna)


async def test_asking_twice_for_a_request_makes_one_package(packing: Packing, anna: SubjectId) -> None:
    packages = packing.packages()
    first = await packages.prepare(PROVIDER, anna, case=CASE)
    assert await packages.prepare(PROVIDER, anna, case=CASE) == first
    await packages.run(first)
    assert await packages.prepare(PROVIDER, anna, case=CASE) == first
    alone = await packages.prepare(PROVIDER, anna)
    assert await packages.prepare(PROVIDER, anna) == alone != first
    assert len(await packages.of(anna)) == 2


async def test_a_person_has_a_few_packages_at_once_and_no_more(packing: Packing, anna: SubjectId) -> None:
    packages = packing.packages()
    for _ in range(3):
        await packages.run(await packages.prepare(PROVIDER, anna))
    with pytest.raises(TooManyPackages):
        await packages.prepare(PROVIDER, anna)
    await packages.shred((await packages.of(anna))[0].id, subject=anna)
    assert await packages.prepare(PROVIDER, anna)


# What it costs


@pytest.mark.promise("ZOI-16")
async def test_the_first_copy_is_free_and_a_further_one_may_cost(
    house: Installation, packing: Packing, anna: SubjectId
) -> None:
    packages = packing.packages()
    assert (await packages.charge(anna)).reason is FeeReason.FIRST_COPY
    first = await packages.prepare(PROVIDER, anna)
    await packages.run(first)
    second = await packages.prepare(PROVIDER, anna)
    assert await packages.copies(anna) == 2
    charges = [(await packages.status(each, subject=anna)).charge for each in (first, second)]
    assert [(charge.charged, charge.reason) for charge in charges] == [
        (False, FeeReason.FIRST_COPY), (True, FeeReason.FURTHER_COPY),
    ]  # fmt: skip
    boris = SubjectId(house.new())
    assert not (await packages.charge(boris)).charged


@pytest.mark.promise("ZOI-16")
async def test_after_a_year_a_copy_is_a_first_one_again_though_the_packages_are_gone(
    house: Installation, packing: Packing, anna: SubjectId
) -> None:
    packages = packing.packages()
    await packages.run(await packages.prepare(PROVIDER, anna))
    advance(house, 20 * DAY)
    await retention(house, packages).sweep()
    assert await packages.of(anna) == []
    assert (await packages.charge(anna)).charged
    advance(house, 346 * DAY)
    assert not (await packages.charge(anna)).charged
    assert await packages.copies(anna) == 0


@pytest.mark.promise("ZOI-16")
@pytest.mark.promise("ZOI-19")
async def test_taking_data_along_costs_nothing_and_counts_as_no_copy(packing: Packing, anna: SubjectId) -> None:
    packages = packing.packages()
    for _ in range(2):
        package = await packages.prepare(PROVIDER, anna, kind=Kind.PORTABILITY)
        await packages.run(package)
        charge = (await packages.status(package, subject=anna)).charge
        assert (charge.charged, charge.reason) == (False, FeeReason.PORTABILITY_IS_FREE)
    assert await packages.copies(anna) == 0


# The end


def advance(house: Installation, seconds: float) -> None:
    assert isinstance(house.clock, ManualClock)
    house.clock.advance(seconds)


def retention(house: Installation, packages: Packages) -> Retention:
    return Retention(
        house.db, house.keyring, house.clock, SystemRandomness(), owners={Package: packages}, registry=with_packages()
    )


def with_packages() -> Registry:
    found = Registry()
    for kind in (*SAMPLE, Package, Copy):
        found.add(kind)
    return found


async def test_a_package_expires_with_its_file_its_key_and_its_row(
    house: Installation, packing: Packing, anna: SubjectId
) -> None:
    packages = packing.packages()
    package = await packages.prepare(PROVIDER, anna)
    await packages.run(package)
    advance(house, 14 * DAY - 1)
    await retention(house, packages).sweep()
    assert (await packages.status(package, subject=anna)).state is State.READY
    advance(house, 1)
    assert (await packages.status(package, subject=anna)).state is State.SHREDDED, "also before the sweep"
    with pytest.raises(NotReady):
        await fetched(packages, package, anna)
    await retention(house, packages).sweep()
    assert files_of(house) == []
    with pytest.raises(UnknownPackage):
        await packages.status(package, subject=anna)
    assert [entry["event"] for entry in await events(house)] == ["export_made", "package_expired"]
    advance(house, 2 * DAY)
    assert house.keyring.expire() > 0, "and no copy of the row opens any more"


def test_no_policy_keeps_packages_longer_than_promised() -> None:
    assert Keep.PACKAGE.seconds == 30 * DAY
    PackageSettings(keep_seconds=30 * DAY)
    with pytest.raises(TermTooLong):
        PackageSettings(keep_seconds=30 * DAY + 1)
    with pytest.raises(TermTooLong):
        PackageSettings(keep_seconds=0)


async def test_a_shredded_packages_key_is_nowhere(house: Installation, packing: Packing, anna: SubjectId) -> None:
    packages = packing.packages()
    package = await packages.prepare(PROVIDER, anna, letter=("Dear Anna", "all of it"))
    await packages.run(package)
    await packages.shred(package, subject=anna)
    async with house.db.reading() as unit:
        record = await unit.get(Package, package)
    assert record is not None
    assert (record.key, record.letter) == (b"", ())


async def test_who_departs_leaves_no_file_and_gets_no_new_one(
    house: Installation, packing: Packing, anna: SubjectId
) -> None:
    packages = packing.packages()
    await packages.run(await packages.prepare(PROVIDER, anna))
    waiting = await packages.prepare(PROVIDER, anna)
    erasures = house.erasures(packages, registry=with_packages())
    await erasures.run(await erasures.request(PROVIDER, anna, Reason.ASKED))
    assert files_of(house) == []
    with pytest.raises(UnknownPackage):
        await packages.status(waiting, subject=anna)
    assert await packages.resume() == []
    with pytest.raises(SubjectGone):
        await packages.prepare(PROVIDER, anna)


async def test_whoever_is_erased_while_their_package_is_made_leaves_no_file(
    house: Installation, packing: Packing, anna: SubjectId
) -> None:
    class Slow:
        async def build(self, package: RowId, progress: Progress) -> Result:
            result = await packing.workshop().build(package, progress)
            async with house.db.transaction() as unit:
                await unit.fence(anna)
            return result

    packages = packing.packages(Slow())
    package = await packages.prepare(PROVIDER, anna)
    assert await packages.resume() == []
    assert files_of(house) == []
    assert (await packages.status(package, subject=anna)).state is State.WAITING


async def test_files_without_a_living_package_are_swept(house: Installation, packing: Packing, anna: SubjectId) -> None:
    packages = packing.packages()
    package = await packages.prepare(PROVIDER, anna)
    await packages.run(package)
    stray = house.folder / "exports" / "left.package"
    stray.write_bytes(b"half of one")
    assert await packages.sweep() == 1
    assert not stray.exists()
    assert await fetched(packages, package, anna)


async def test_a_file_that_was_cut_or_changed_is_not_handed_out_as_whole(
    house: Installation, packing: Packing, anna: SubjectId
) -> None:
    packages = packing.packages()
    package = await packages.prepare(PROVIDER, anna)
    await packages.run(package)
    (path,) = files_of(house)
    whole = path.read_bytes()
    for spoilt in (whole[:-1], whole[:-100], whole[:40] + bytes([whole[40] ^ 1]) + whole[41:], b""):
        path.write_bytes(spoilt)
        with pytest.raises(FileDamaged):
            await fetched(packages, package, anna)
    path.unlink()
    assert (await packages.status(package, subject=anna)).state is State.SHREDDED


async def test_a_package_that_was_made_while_the_keys_moved_is_made_again(
    house: Installation, packing: Packing, anna: SubjectId
) -> None:
    built: list[RowId] = []

    class Counting:
        async def build(self, package: RowId, progress: Progress) -> Result:
            built.append(package)
            if len(built) == 1:
                advance(house, DAY + 1)
                house.keyring.rotate()
            return await packing.workshop().build(package, progress)

    packages = Packages(
        db=house.db, ledger=house.ledger, builder=Counting(), folder=house.folder / "exports", clock=house.clock,
        randomness=SystemRandomness(), epoch=lambda: house.keyring.epochs[-1].number,
    )  # fmt: skip
    package = await packages.prepare(PROVIDER, anna)
    await packages.run(package)
    assert built == [package, package]
    assert await fetched(packages, package, anna)


async def test_one_that_cannot_be_made_does_not_hold_up_the_others(
    house: Installation, packing: Packing, anna: SubjectId
) -> None:
    boris = await house.enrol("boris@sip.example.org", number="+4930901829999")
    refused: list[RowId] = []

    class Failing:
        async def build(self, package: RowId, progress: Progress) -> Result:
            if not refused:
                refused.append(package)
                raise OSError(28, "disk full")
            return await packing.workshop().build(package, progress)

    packages = packing.packages(Failing())
    hers = await packages.prepare(PROVIDER, anna)
    his = await packages.prepare(PROVIDER, boris)
    with pytest.raises(OSError, match="disk full"):
        await packages.resume()
    states = {
        status.state
        for status in (await packages.status(hers, subject=anna), await packages.status(his, subject=boris))
    }
    assert states == {State.WAITING, State.READY}
    await packages.resume()
    assert (await packages.status(hers, subject=anna)).state is State.READY


async def test_what_is_being_made_tells_how_far_it_is(packing: Packing, anna: SubjectId) -> None:
    heard: list[tuple[State, int]] = []

    class Telling:
        async def build(self, package: RowId, progress: Progress) -> Result:
            progress(42)
            status = await packages.status(package, subject=anna)
            heard.append((status.state, status.rows))
            return await packing.workshop().build(package, progress)

    packages = packing.packages(Telling())
    await packages.run(await packages.prepare(PROVIDER, anna))
    assert heard == [(State.BUILDING, 42)]


# Secrecy, and both databases


@dataclasses.dataclass
class Ordered:
    """An order of an authority that hides one row."""

    table: str
    row: RowId

    def covers(self, table: str, row: RowId) -> bool:
        return (table, row) == (self.table, self.row)

    async def hidden(self, provider: ProviderId, subject: SubjectId) -> Hiding:
        return self


async def test_what_an_order_hides_is_in_no_package_and_nothing_says_so(
    house: Installation, packing: Packing, anna: SubjectId
) -> None:
    secret = contact(house, anna, "Inspector Clouseau")
    open_ = contact(house, anna, "Charlie")
    before = await packing.made(anna)
    await packing.add(secret, open_)
    packing.hidden = Ordered("contact", secret.id)
    package = await packing.made(anna)
    assert not package.holds("Clouseau")
    assert not package.holds(secret.id)
    assert package.entry("data/contact.json")["rows"] == 2
    assert package.manifest["rows"] == before.manifest["rows"] + 1
    packing.hidden = Ordered("disclosure", package.rows("disclosure")[0]["id"])
    assert "Nothing was passed on to anybody." in (await packing.made(anna)).page


async def test_packages_are_made_on_each_database(tmp_path: Path, each_database: str) -> None:
    async with installed(prepared(tmp_path / "house")) as house:
        anna = await peopled(house)
        package = await Packing(house).made(anna)
        assert package.manifest["rows"] == 7
