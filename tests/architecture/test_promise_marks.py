"""Marks tie tests to promises and pitfalls: each names one that exists, and what was kept once stays kept."""

import subprocess
import tomllib

import pytest

from ringfence.privacy.promises import promises
from tests.architecture.locks import ROOT
from tests.architecture.marks import marked, marks

PROMISES = {promise.id for promise in promises()}
PITFALLS = range(1, 35)
_TESTS = "src/ringfence/promise_tests.toml"
_RELEASES = {  # what the issues that are done promised; grows with each
    "the spine": "ACR-01 ACR-05 ACR-06 ACR-08 APP-01 APP-02 APP-03 APP-04 ZOI-01 ZOI-02 ZOI-07 CTP-02 CTP-12",
    "every right answered": (
        "ACR-02 ACR-03 ACR-04 ACR-05 ACR-07 ACR-13 ACR-14 ACR-16 ACR-17 APP-05 APP-10 ZOI-05 ZOI-06 ZOI-08 ZOI-09 "
        "ZOI-11 ZOI-16 ZOI-17 ZOI-18 ZOI-19 ZOI-20 ZOI-22 ZOI-23 ZOI-24 ZOI-25 ZOI-27 CTP-01 CTP-06 CTP-07 CTP-08 "
        "CTP-09 CTP-10 CTP-14 CTP-16 IPS-02 IPS-05 IPS-06"
    ),
}


def git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout


def kept_before() -> set[str]:
    """Every promise for which some commit of this clone's history had a test."""
    found: set[str] = set()
    for commit in git("log", "--format=%H", "-50", "--", _TESTS).split():
        found |= tomllib.loads(git("show", f"{commit}:{_TESTS}")).keys()
    return found & PROMISES


def test_the_list_has_not_shrunk() -> None:
    counts = {source: sum(promise.startswith(source) for promise in PROMISES) for source in ("ACR", "APP", "ZOI")}
    assert counts == {"ACR": 17, "APP": 11, "ZOI": 27}
    assert len(PROMISES) >= 81


def test_every_marked_promise_exists() -> None:
    assert {promise: tests for promise, tests in marked("promise").items() if promise not in PROMISES} == {}


def test_every_marked_pitfall_exists() -> None:
    assert {pitfall: tests for pitfall, tests in marked("pitfall").items() if pitfall not in PITFALLS} == {}


@pytest.mark.parametrize("release", _RELEASES)
def test_what_a_finished_piece_of_work_promised_is_shown_by_tests(release: str) -> None:
    assert [promise for promise in _RELEASES[release].split() if promise not in marked("promise")] == []


def test_what_was_kept_is_kept() -> None:
    assert kept_before() - {str(promise) for promise in marked("promise")} == set()


def test_a_mark_is_found_wherever_pytest_would_find_it() -> None:
    source = """
pytestmark = [pytest.mark.promise("ACR-01"), pytest.mark.pitfall(3)]
@pytest.mark.promise("ACR-02")
@pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.promise("ACR-03"))])
def test_it(): ...
@pytest.mark.promise(CHOSEN)
@pytest.mark.promise()
def test_neither_says_which(): ...
@pytest.mark.promise("ACR-04")
class TestThem:
    async def test_inside(self): ...
TestMachine = Machine.TestCase
def helper(): ...
"""
    found = sorted((test, str(thing)) for test, thing in marks("promise", source))
    assert [thing for test, thing in found if test == "test_it"] == ["ACR-01", "ACR-02", "ACR-03"]
    assert [thing for test, thing in found if test == "test_neither_says_which"] == ["ACR-01", "None", "None"]
    assert [thing for test, thing in found if test == "TestThem::test_inside"] == ["ACR-01", "ACR-04"]
    assert ("TestMachine", "ACR-01") in found
    assert {thing for _, thing in marks("pitfall", source)} == {3}
