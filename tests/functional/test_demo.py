"""`ringfence demo` as a newcomer meets it: another process, its output, its exit code, its page."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pytest
from rich.console import Console

from ringfence.app import serving
from ringfence.clock import SystemClock
from ringfence.demo.assertion import NotHeld
from ringfence.demo.narrator import Narrator
from ringfence.demo.stage import DOMAIN, Stage, set_stage
from ringfence.demo.story import CALLER, OWNER, Story, passwords
from ringfence.demo.timeline import Timeline, catalogues
from ringfence.randomness import SystemRandomness
from ringfence.web.start import StepState
from tests.functional.browser import CHROMIUM, browser, new_page

DEMO = [sys.executable, "-m", "ringfence", "demo"]
ENVIRONMENT = os.environ | {"PYTHONPATH": "src", "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "error::ResourceWarning"}
STEPS = sum(key.startswith("title.") for key in catalogues()["en"].keys)


@pytest.fixture
def staying(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A demo that has told its story and stays up, and the address of its page."""
    with subprocess.Popen(
        [*DEMO, "--keep", str(tmp_path / "kept")], stdout=subprocess.PIPE, text=True, env=ENVIRONMENT
    ) as running:
        assert running.stdout
        try:
            for line in running.stdout:
                if found := re.search(r"http://127\.0\.0\.1:\d+/", line):
                    yield running, found[0]
                    break
            else:
                pytest.fail("no address was printed")
        finally:
            running.kill()


@pytest.mark.promise("ACR-01")
@pytest.mark.promise("ZOI-02")
@pytest.mark.promise("CTP-12")
@pytest.mark.timeout(60)
def test_told_once_it_ends_well_within_thirty_seconds_and_leaves_no_file(tmp_path: Path) -> None:
    started = time.monotonic()
    told = subprocess.run(
        [*DEMO, "--once"], capture_output=True, text=True, env=ENVIRONMENT | {"TMPDIR": str(tmp_path)}, check=False
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert time.monotonic() - started < 30
    assert f"All {STEPS} steps held" in told.stdout
    assert told.stdout.count("Proven.") == 2
    assert '"box"' in told.stdout  # the whole payload
    assert "\x1b" not in told.stdout  # plain where nobody watches
    assert told.stderr == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.timeout(60)
def test_kept_files_hold_no_trace_of_the_owner(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    told = subprocess.run(
        [*DEMO, "--once", "--keep", str(kept)], capture_output=True, text=True, env=ENVIRONMENT, check=False
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert str(kept) in told.stdout
    written = b"".join(path.read_bytes() for path in kept.rglob("*") if path.is_file())
    assert b"ada.lovelace" not in written
    assert b"pocket engine" not in written


@pytest.mark.timeout(60)
@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_it_stays_up_with_a_page_that_shows_the_story_and_stops_cleanly(
    staying: tuple[subprocess.Popen[str], str], tmp_path: Path
) -> None:
    running, url = staying
    with browser() as chromium:
        page = new_page(chromium).open(url, width=1280)
        page.picture(Path(os.environ.get("RINGFENCE_SCREENSHOTS", tmp_path)) / "demo.png")
        assert page.value("document.querySelectorAll('.timeline > li:not(.empty)').length") == STEPS
        assert page.value("document.querySelectorAll('.tag.failed').length") == 0
        text = page.value("document.body.innerText")
        for path in ("notice", "data-map", "api"):
            page.open(url + path, width=360)
            page.picture(Path(os.environ.get("RINGFENCE_SCREENSHOTS", tmp_path)) / f"demo-{path}.png")
            assert page.value("document.documentElement.scrollWidth") <= 360
            assert page.complaints == []
    assert "asleep" in text or "schläft" in text
    running.send_signal(signal.SIGINT)
    rest = running.communicate(timeout=20)[0]
    assert running.returncode == 0
    assert "Stopped." in rest


async def told(folder: Path, disturb: Callable[[Stage], None]) -> Timeline:
    """Tell the story with something gone wrong; it has to notice."""
    clock, randomness = SystemClock(), SystemRandomness()
    accounts = passwords(randomness)
    start = partial(serving, clock=clock, randomness=randomness)
    async with set_stage(folder, accounts, start, clock=clock, randomness=randomness) as stage:
        timeline = Timeline(clock, Narrator(Console(file=io.StringIO()), catalogues()["en"]))
        disturb(stage)
        with pytest.raises(NotHeld):
            await Story(stage, accounts, timeline, randomness, language="en").play()
    return timeline


async def test_an_address_in_any_file_breaks_the_story(tmp_path: Path) -> None:
    def leak(stage: Stage) -> None:
        (stage.data / "access.log").write_text(f"GET /?who={quote(f'{OWNER}@{DOMAIN}', safe='')}")

    timeline = await told(tmp_path, leak)
    assert timeline.played[-1].key == "refused"
    assert "access.log" in timeline.steps("en")[-1].said[-1]


async def test_a_pbx_that_knows_another_password_breaks_the_story(tmp_path: Path) -> None:
    def change(stage: Stage) -> None:
        stage.pbx.accounts[OWNER] = "changed meanwhile"

    timeline = await told(tmp_path, change)
    assert timeline.played[-1].key == "enrolled"
    assert timeline.played[-1].state is StepState.FAILED


async def test_a_push_that_names_the_caller_breaks_the_story(tmp_path: Path) -> None:
    def tell(stage: Stage) -> None:
        stage.push.seen.append(json.dumps({"who": CALLER}).encode())

    timeline = await told(tmp_path, tell)
    assert timeline.steps("en")[-1].said == ["The push service could read who is called or who calls."]
