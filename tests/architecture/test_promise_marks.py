"""Marks that tie tests to promises and pitfalls: each names one that exists, and none of the spine's is without a test.

Marks are read from the sources, so that tests count which this machine would skip.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.locks import ROOT

_LAST = {"ACR": 17, "APP": 11, "ZOI": 27, "CTP": 16, "IPS": 10}
PROMISES = {f"{source}-{number:02}" for source, last in _LAST.items() for number in range(1, last + 1)}
PITFALLS = range(1, 35)
SPINE = (
    *("ACR-01", "ACR-05", "ACR-06", "ACR-08"),
    *("APP-01", "APP-02", "APP-03", "APP-04"),
    *("ZOI-01", "ZOI-02", "ZOI-07"),
    *("CTP-02", "CTP-12"),
)


def marks(name: str, source: str) -> Iterator[object]:
    """What each `pytest.mark.<name>(...)` of a source says; None where that is no constant."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == f"pytest.mark.{name}":
            yield from (each.value if isinstance(each, ast.Constant) else None for each in node.args or [node])


@cache
def marked(name: str) -> dict[object, set[Path]]:
    """Every marked thing with the files that mark it."""
    found: dict[object, set[Path]] = defaultdict(set)
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for thing in marks(name, file.read_text("utf-8")):
            found[thing].add(file.relative_to(ROOT))
    return dict(found)


def test_every_marked_promise_exists() -> None:
    assert {promise: files for promise, files in marked("promise").items() if promise not in PROMISES} == {}


def test_every_marked_pitfall_exists() -> None:
    assert {pitfall: files for pitfall, files in marked("pitfall").items() if pitfall not in PITFALLS} == {}


@pytest.mark.parametrize("promise", SPINE)
def test_every_promise_of_the_spine_is_shown_by_a_test(promise: str) -> None:
    assert promise in marked("promise"), f"no test is marked with {promise}"


def test_a_mark_is_found_wherever_pytest_would_find_it() -> None:
    source = """
pytestmark = [pytest.mark.promise("ACR-01"), pytest.mark.pitfall(3)]
@pytest.mark.promise("ACR-02")
@pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.promise("ACR-03"))])
def test_it(): ...
@pytest.mark.promise(CHOSEN)
@pytest.mark.promise()
def test_neither_says_which(): ...
"""
    assert sorted(map(str, marks("promise", source))) == ["ACR-01", "ACR-02", "ACR-03", "None", "None"]
    assert list(marks("pitfall", source)) == [3]
