"""What has to happen now and then goes on, whatever fails beside it."""

import asyncio

import pytest
from structlog.testing import capture_logs

from ringfence.app.upkeep import Upkeep
from ringfence.errors import OurFault


class Refused(OurFault):
    code = "refused"


class Chore:
    """Work that fails as it is told, and counts its turns."""

    def __init__(self, *fails: Exception) -> None:
        self.fails = list(fails)
        self.turns = 0
        self.again = asyncio.Event()

    async def __call__(self) -> None:
        self.turns += 1
        if self.fails:
            raise self.fails.pop(0)
        self.again.set()


async def test_a_chore_that_fails_comes_again_and_stops_no_other() -> None:
    keep, ill, well = Upkeep(), Chore(Refused(), KeyError("canary-name")), Chore()
    with capture_logs() as logs:
        keep.every(0.0, "ill", ill)
        keep.every(0.0, "well", well)
        await asyncio.gather(ill.again.wait(), well.again.wait())
        await keep.stop()
    assert keep.failures == {"ill": 2}
    assert [(each["work"], each["error"]) for each in logs] == [("ill", "refused"), ("ill", "KeyError")]
    assert "canary-name" not in str(logs)


async def test_what_runs_for_ever_is_started_again_when_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ringfence.app.upkeep._RESTART", 0.0)
    keep, work = Upkeep(), Chore(OSError("canary-address"))
    keep.always("work", work)
    await work.again.wait()
    await keep.stop()
    assert work.turns >= 2
    assert keep.failures == {"work": 1}


async def test_after_the_stop_nothing_comes_any_more() -> None:
    keep, work = Upkeep(), Chore()
    keep.every(0.0, "work", work)
    await work.again.wait()
    await keep.stop()
    turns = work.turns
    for _ in range(10):
        await asyncio.sleep(0)
    assert work.turns == turns
