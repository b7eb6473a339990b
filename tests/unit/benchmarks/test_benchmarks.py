"""The benchmarks in miniature: that every part still runs. What they measure here means nothing."""

import datetime as dt
from pathlib import Path

import pytest

from benchmarks import page
from benchmarks.__main__ import SUITES, run
from benchmarks.figure import Aim, Figure, as_json, as_markdown, as_text, ratio
from benchmarks.peers import has_sippy
from benchmarks.scale import MINIATURE
from tests.peers.kamailio import needs_kamailio

_MEMORY = "kB"
"""Of twenty accounts: less than the pages that a process happens to take or to give back meanwhile."""


async def _in_miniature(suite: str) -> list[Figure]:
    figures, failed = await run([suite], MINIATURE)
    assert figures
    assert not failed
    assert {figure.suite for figure in figures} == {suite}
    assert all(figure.value > 0 for figure in figures if figure.unit != _MEMORY)
    return figures


@pytest.mark.parametrize("suite", ["kernel", "latency", "rights", "notices"])
async def test_what_needs_no_peer_runs(suite: str) -> None:
    await _in_miniature(suite)


@needs_kamailio
@pytest.mark.peers
@pytest.mark.parametrize("suite", ["registrations", "calls", "accounts"])
async def test_what_is_measured_beside_peers_runs(suite: str) -> None:
    figures = await _in_miniature(suite)
    beside = " ".join(figure.beside for figure in figures)
    assert ("sippy" in beside) == (has_sippy() and suite != "accounts")


def test_a_peer_that_is_not_here_is_said_and_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    assert SUITES["registrations"].missing() == "Kamailio is not installed"


def test_of_several_rounds_the_median_of_their_ratios_counts() -> None:
    figure = ratio("calls", "a call", [10.0, 40.0, 30.0], "peer", [10.0, 10.0, 10.0], unit="/CPU s", at_least=3.0)
    assert (figure.value, figure.held) == (3.0, True)


def test_an_aim_that_is_missed_is_shown_as_missed() -> None:
    figure = Figure("accounts", "memory", 2.4, "kB", aim=Aim.AT_MOST, bound=2.0)
    assert figure.held is False
    assert "| 2.40 kB | <= 2 kB | no |" in as_markdown([figure])
    assert "no" in as_text([figure])
    assert as_json([figure])[0]["held"] is False


def test_the_page_gets_the_figures_and_keeps_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "benchmarks.md"
    copy.write_text(page.PAGE.read_text())
    monkeypatch.setattr(page, "PAGE", copy)
    page.write([Figure("calls", "a call", 2.0, "x")], "a machine", dt.date(2030, 1, 2))
    text = copy.read_text()
    assert "Run of 2030-01-02 on a machine." in text
    assert text.startswith("# Benchmarks")
    assert text.count(page.BEGIN) == text.count(page.END) == 1
