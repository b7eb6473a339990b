"""What the source documents promise, and which tests show that it is kept.

    promises.toml (id, source, sentence, where)  ──┐
    promise_tests.toml (made from the tests' marks) ┴──> promises() ──> `ringfence promises`, docs/promises.md

A promise without a test is not kept yet, whatever the code does.
"""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final, final

__all__ = ["Promise", "page", "promises"]

_PACKAGE: Final = files("ringfence")


@final
@dataclass(frozen=True, slots=True)
class Promise:
    """One row. `where` names the parts that keep it; `tests` are pytest's names, `file::test`."""

    id: str
    source: str
    sentence: str
    where: tuple[str, ...]
    tests: tuple[str, ...]

    @property
    def kept(self) -> bool:
        """Whether a test shows it."""
        return bool(self.tests)


def promises() -> list[Promise]:
    """All of them, in the order of the sources."""
    told = _read("promises.toml")
    shown = _read("promise_tests.toml")
    return [
        Promise(
            id=row["id"],
            source=told["sources"][row["source"]],
            sentence=row["sentence"],
            where=tuple(row["where"]),
            tests=tuple(shown.get(row["id"], ())),
        )
        for row in told["promise"]
    ]


def page() -> str:
    """The list as Markdown, for the documentation."""
    rows = promises()
    kept = sum(promise.kept for promise in rows)
    head = (
        "# Promises\n\n"
        "What five public documents of the trade promise, in our words, and the tests that show it. "
        "A promise without a test is not kept yet.\n\n"
        f"Kept: {kept} of {len(rows)}.\n\n"
    )
    table = "| id | promise | kept by | shown by |\n|---|---|---|---|\n"
    return head + table + "".join(map(_row, rows))


def _row(promise: Promise) -> str:
    shown = f"{len(promise.tests)} tests, such as `{promise.tests[0]}`" if promise.kept else "**not kept yet**"
    if len(promise.tests) == 1:
        shown = f"`{promise.tests[0]}`"
    return f"| {promise.id} | {promise.sentence} | {', '.join(promise.where)} | {shown} |\n"


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(_PACKAGE.joinpath(name).read_text("utf-8"))
