"""What the tests say of themselves: which promise or pitfall each one shows, read from the sources.

From the sources, so that tests count which this machine would skip. `python -m tests.architecture.pages` writes what is
found into src/ringfence/promise_tests.toml, for `ringfence promises`.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache

from tests.architecture.locks import ROOT

__all__ = ["marked", "marks", "promise_tests"]

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_HEAD = "# Which tests show which promise; made from their marks by `make docs`, compared by `make check`.\n\n"


@cache
def marked(name: str) -> dict[object, tuple[str, ...]]:
    """Every thing that `pytest.mark.<name>` names, with the tests that carry it (`file::test`)."""
    found: dict[object, set[str]] = defaultdict(set)
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for test, thing in marks(name, file.read_text("utf-8")):
            found[thing].add(f"{file.relative_to(ROOT)}::{test}")
    return {thing: tuple(sorted(tests)) for thing, tests in found.items()}


def marks(name: str, source: str) -> Iterator[tuple[str, object]]:
    """Test and thing for every mark of a source, of the module and of classes too; None where that is no constant."""
    tree = ast.parse(source)
    yield from _of_block(name, tree.body, "", _said_for_all(name, tree.body))


def _of_block(name: str, body: list[ast.stmt], prefix: str, outer: list[object]) -> Iterator[tuple[str, object]]:
    for node in body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            inner = outer + _said(name, node.decorator_list) + _said_for_all(name, node.body)
            yield from _of_block(name, node.body, f"{prefix}{node.name}::", inner)
        elif isinstance(node, _Function) and node.name.startswith("test_"):
            for thing in outer + _said(name, node.decorator_list):
                yield prefix + node.name, thing
        elif isinstance(node, ast.Assign) and any(ast.unparse(target).startswith("Test") for target in node.targets):
            for thing in outer:  # a state machine's test case
                yield prefix + ast.unparse(node.targets[0]), thing


def _said_for_all(name: str, body: list[ast.stmt]) -> list[object]:
    lists = [
        node.value
        for node in body
        if isinstance(node, ast.Assign) and any(ast.unparse(target) == "pytestmark" for target in node.targets)
    ]
    return _said(name, lists)


def _said(name: str, nodes: list[ast.expr]) -> list[object]:
    found: list[object] = []
    for node in (each for top in nodes for each in ast.walk(top)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == f"pytest.mark.{name}":
            found += [each.value if isinstance(each, ast.Constant) else None for each in node.args or [node]]
    return found


def promise_tests() -> str:
    """The text of src/ringfence/promise_tests.toml."""
    rows = ((str(promise), tests) for promise, tests in marked("promise").items())
    return _HEAD + "".join(f"{promise} = [\n{_listed(tests)}]\n" for promise, tests in sorted(rows))


def _listed(tests: tuple[str, ...]) -> str:
    return "".join(f'    "{test}",\n' for test in tests)
