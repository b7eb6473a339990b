"""A request killed with -9 before, in and after each stage: the state shown is the truth, and it is finished later."""

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from ringfence.clock import ManualClock
from ringfence.identifiers import CaseId
from ringfence.privacy.requests import PLANS, Kind, LetterKind, Outcome, Stage, State, When
from ringfence.privacy.requests.records import Case, CaseOutline
from tests.unit.privacy.requests.bureau import PROVIDER, START, Bureau, bureau
from tests.unit.privacy.requests.fulfilling import OnDisk

ROOT = Path(__file__).parents[4]
MOMENTS = [
    *((Kind.ACCESS, stage, when) for stage in (Stage.SNAPSHOT, Stage.PACKAGE) for when in When),
    *((Kind.ERASURE, stage, when) for stage in PLANS[Kind.ERASURE] for when in When),
]


@pytest.mark.parametrize(("kind", "stage", "when"), MOMENTS)
async def test_a_kill_at_any_moment_loses_nothing_and_does_nothing_twice(
    tmp_path: Path, kind: Kind, stage: Stage, when: When
) -> None:
    disk = OnDisk(tmp_path)
    others = dict.fromkeys(Stage, disk)
    async with bureau(tmp_path / "house", clock=ManualClock(START)) as office:
        anna = await office.subscriber()
    assert _in_a_child(tmp_path, kind, stage, when) == -signal.SIGKILL
    async with bureau(tmp_path / "house", clock=ManualClock(START), post=disk, others=others) as office:
        (case,) = await _all(office)
        await _shows_the_truth(office, case, stage, when)
        await office.requests.resume()
        await office.requests.resume()
        view = await office.view(CaseId(case.id))
        assert (view.summary.state, view.summary.outcome) == (State.ANSWERED, Outcome.GRANTED)
        assert [letter.about for letter in view.letters] == [LetterKind.RECEIVED, LetterKind.ANSWER]
        assert (await office.house.ledger.verify(PROVIDER)).sound
        async with office.house.db.reading() as unit:
            (outline,) = await unit.select(CaseOutline)
        assert (outline.erasing, outline.answered is not None, case.subject) == (None, True, anna)
    done = Counter(line.split()[0] for line in disk.lines("done"))
    executed = {each.value for each in PLANS[kind]} - {Stage.LETTER, Stage.SEND}
    assert done == Counter(executed | ({"snapshot", "discard"} if kind is Kind.ACCESS else set()))
    assert len({line.split()[0] for line in disk.lines("mailed")}) == 2  # each letter has one id, however often it left


def test_every_stage_of_both_is_tried() -> None:
    assert {stage for _, stage, _ in MOMENTS} >= {*PLANS[Kind.ACCESS], *PLANS[Kind.ERASURE]}


async def _shows_the_truth(office: Bureau, case: Case, stage: Stage, when: When) -> None:
    if stage in {Stage.SNAPSHOT, Stage.ERASE}:
        async with office.house.db.reading() as unit:
            (outline,) = await unit.select(CaseOutline)
        assert (outline.erasing is not None) == (stage is Stage.ERASE and when is not When.NOTED)
        return
    plan = PLANS[case.right]
    at = plan.index(stage) + (when is When.NOTED)
    sent = at > plan.index(Stage.SEND)
    assert (case.state is State.ANSWERED) == sent
    assert sent or case.stage is plan[at]


async def _all(office: Bureau) -> list[Case]:
    async with office.house.db.reading() as unit:
        return await unit.select(Case)


def _in_a_child(folder: Path, kind: Kind, stage: Stage, when: When) -> int:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", "tests.unit.privacy.requests.fulfilling", str(folder), kind, stage, when]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False, timeout=60).returncode
