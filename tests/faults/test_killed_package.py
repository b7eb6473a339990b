"""A package killed with -9 between and inside every step: the state shown is the truth, and it is made later."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ringfence.clock import ManualClock
from ringfence.identifiers import RowId, SubjectId
from ringfence.privacy.ledger import LedgerEntry
from ringfence.privacy.packages import BuildFailed, Clerk, Packages, Point, Result, State, UnknownPackage
from ringfence.privacy.packages.build import Progress
from ringfence.privacy.packages.verifier import verify
from tests.doubles.databases import Elsewhere
from tests.faults.packaging import CASE
from tests.unit.privacy.installation import PROVIDER, Installation, installed, prepared
from tests.unit.privacy.packages.packing import Packing, contact, fetched, peopled

ROOT = Path(__file__).parents[2]
NO_REQUEST = None
STATE_AT = {
    Point.WRITING_REQUEST: NO_REQUEST,
    Point.REQUESTED: State.WAITING,
    Point.FILE_BEGUN: State.WAITING,
    Point.HALF_WRITTEN: State.WAITING,
    Point.FILE_ON_DISK: State.WAITING,
    Point.WRITING_READY: State.WAITING,
    Point.READY: State.READY,
    Point.WRITING_FETCHED: State.READY,
    Point.FETCHED: State.READY,
    Point.WRITING_SHREDDED: State.READY,
    Point.KEY_GONE: State.SHREDDED,
    Point.FILE_GONE: State.SHREDDED,
}
FETCHED = {Point.FETCHED, Point.WRITING_SHREDDED, Point.KEY_GONE, Point.FILE_GONE}
WRITING = [Point.WRITING_REQUEST, Point.WRITING_READY, Point.WRITING_FETCHED, Point.WRITING_SHREDDED]
"""Inside a transaction of the main database, where another database could do otherwise."""
ENVIRONMENT = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}


def test_every_point_is_tried() -> None:
    assert set(STATE_AT) == set(Point)


@pytest.mark.promise("ZOI-16")
@pytest.mark.parametrize("point", list(STATE_AT))
async def test_a_killed_package_tells_the_truth_and_is_made(tmp_path: Path, point: Point) -> None:
    await assert_survived(prepared(tmp_path / "house"), point)


@pytest.mark.promise("ZOI-16")
@pytest.mark.parametrize("point", WRITING)
async def test_a_killed_package_is_made_with_the_rows_on_postgresql_too(
    tmp_path: Path, postgres_server: str, monkeypatch: pytest.MonkeyPatch, point: Point
) -> None:
    monkeypatch.setattr(Elsewhere, "server", postgres_server)
    await assert_survived(prepared(tmp_path / "house"), point)


async def assert_survived(folder: Path, point: Point) -> None:
    async with installed(folder) as house:
        anna = await peopled(house)
    command = [sys.executable, "-m", "tests.faults.packaging", str(folder), f"{point}:1"]
    killed = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, check=False, timeout=60)  # noqa: ASYNC221 - nothing else runs
    assert killed.returncode == -signal.SIGKILL
    async with installed(folder, ManualClock()) as house:
        packages = Packing(house).packages()
        package = await assert_state_is_true(house, packages, anna, point)
        await packages.sweep()
        await packages.resume()
        if package is None or STATE_AT[point] is State.SHREDDED:
            assert files(house) == []
            assert await packages.prepare(PROVIDER, anna, case=CASE)
            return
        assert (await packages.status(package, subject=anna)).state is State.READY
        assert await packages.sweep() == 0
        path = folder / "fetched.zip"
        path.write_bytes(await fetched(packages, package, anna))
        assert verify(path, house.signer.public_key).sound
        assert await told(house) == ["export_made", "package_fetched"]
        assert (await house.ledger.verify(PROVIDER)).damages == ()
        assert await packages.copies(anna) == 1


async def assert_state_is_true(house: Installation, packages: Packages, anna: SubjectId, point: Point) -> RowId | None:
    known = await packages.of(anna)
    expected = STATE_AT[point]
    if expected is NO_REQUEST:
        assert known == []
        assert await packages.copies(anna) == 0
        return None
    (status,) = known
    assert status.state is expected
    assert (status.fetched is not None) is (point in FETCHED)
    assert (status.digest != "") is (expected is not State.WAITING)
    if expected is State.READY:
        assert await fetched(packages, status.id, anna)
    return status.id


def files(house: Installation) -> list[Path]:
    return list((house.folder / "exports").iterdir())


async def told(house: Installation) -> list[str]:
    async with house.db.reading() as unit:
        entries = await unit.select(LedgerEntry, provider=PROVIDER, order="number")
    return [json.loads(entry.body)["event"] for entry in entries]


# A child of its own


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Installation]:
    async with installed(prepared(tmp_path / "house")) as house:
        yield house


def clerk(house: Installation, *, module: str = "tests.faults.packaging") -> Clerk:
    return Clerk((sys.executable, "-m", module, str(house.folder), "child"), environment=ENVIRONMENT)


async def test_a_child_makes_what_this_process_would(house: Installation) -> None:
    anna = await peopled(house)
    packing = Packing(house)
    await packing.add(*(contact(house, anna, f"Name {number}") for number in range(6_000)))
    heard: list[int] = []

    class Heard:
        """The clerk, listened to."""

        async def build(self, package: RowId, progress: Progress) -> Result:
            return await clerk(house).build(package, heard.append)

    packages = packing.packages(Heard())
    package = await packages.prepare(PROVIDER, anna)
    await packages.run(package)
    status = await packages.status(package, subject=anna)
    assert (status.state, status.rows) == (State.READY, 6_007)
    path = house.folder / "fetched.zip"
    path.write_bytes(await fetched(packages, package, anna))
    assert verify(path, house.signer.public_key).rows == 6_007
    assert heard
    assert heard == sorted(heard)


async def test_a_child_that_is_killed_is_followed_by_another(house: Installation) -> None:
    anna = await peopled(house)
    hired = clerk(house)

    class Killed:
        """The clerk, whose first child does not live long."""

        children = 0

        async def build(self, package: RowId, progress: Progress) -> Result:
            self.children += 1
            if self.children == 1:
                return await clerk(house, module="tests.faults.killed_child").build(package, progress)
            return await hired.build(package, progress)

    packages = Packing(house).packages(Killed())
    package = await packages.prepare(PROVIDER, anna)
    with pytest.raises(BuildFailed):
        await packages.resume()
    assert (await packages.status(package, subject=anna)).state is State.WAITING
    await packages.resume()
    assert (await packages.status(package, subject=anna)).state is State.READY
    assert hired.pid is None


async def test_what_is_not_there_is_no_package_for_a_child_either(house: Installation) -> None:
    await peopled(house)
    with pytest.raises(UnknownPackage):
        await clerk(house).build(RowId("q" * 26), lambda _: None)
