"""`ringfence demo` as a newcomer meets it: another process, its output, its exit code, its page."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringfence.demo.timeline import catalogues
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
