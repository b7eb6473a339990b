"""What docs/pbx shows as tested stands in the configuration that the tests run."""

import re
from pathlib import Path

import pytest

from tests.architecture.locks import ROOT

DOCS = ROOT / "docs" / "pbx"
HERE = Path(__file__).parent


def _blocks(page: str) -> list[str]:
    return re.findall(r"^```\w*\n(.*?)^```", (DOCS / page).read_text(), re.MULTILINE | re.DOTALL)


def test_every_line_for_kamailio_is_one_that_it_runs_with_here() -> None:
    runs = {line.strip() for line in (HERE / "kamailio.cfg").read_text().splitlines()}
    shown = [line.strip() for block in _blocks("kamailio.md") if "[server" not in block for line in block.splitlines()]
    assert [line for line in shown if line and line not in runs] == []


def test_the_tls_configuration_is_the_one_that_the_driver_writes() -> None:
    (block,) = [block for block in _blocks("kamailio.md") if "[server" in block]
    driver = (HERE / "kamailio.py").read_text()
    for line in filter(None, block.splitlines()):
        key = line.partition(" = ")[0]
        assert (key if key in {"certificate", "private_key", "ca_list"} else line) in driver


@pytest.mark.parametrize("page", ["asterisk.md", "freeswitch.md"])
def test_what_was_not_run_says_so_first(page: str) -> None:
    assert (DOCS / page).read_text().split("\n\n")[1].startswith("**Not run.**")


def test_every_test_that_the_table_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", (DOCS / "index.md").read_text()))
    assert named
    assert named <= {path.stem for path in HERE.glob("test_*.py")}
