"""The generated part of docs/benchmarks.md: a table for each suite, with the day and machine of its own last run."""

import datetime as dt
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from benchmarks.figure import Figure, as_markdown

__all__ = ["BEGIN", "END", "PAGE", "replaced", "write"]

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
BEGIN = "<!-- figures: written by python -m benchmarks --write -->"
END = "<!-- end of figures -->"
_SUITE: Final = re.compile(r"^### (\w+)$", re.MULTILINE)


def write(figures: Iterable[Figure], machine: str, day: dt.date) -> Path:
    """Put the figures of a run in place of those of the same suites; the others keep theirs and their day."""
    PAGE.write_text(replaced(PAGE.read_text(), figures, machine, day))
    return PAGE


def replaced(text: str, figures: Iterable[Figure], machine: str, day: dt.date) -> str:
    """The page's text with these figures; a suite that left none, as where it failed, keeps its old ones."""
    before, _, rest = text.partition(BEGIN)
    block, _, after = rest.partition(END)
    suites = _suites(block)
    for name, theirs in _by_suite(figures).items():
        suites[name] = f"Run of {day.isoformat()} on {machine}.\n\n{as_markdown(theirs)}"
    tables = "".join(f"### {name}\n\n{table}\n\n" for name, table in suites.items())
    return f"{before}{BEGIN}\n\n{tables}{END}{after}"


def _suites(block: str) -> dict[str, str]:
    _, *parts = _SUITE.split(block)
    return {name: table.strip() for name, table in zip(parts[::2], parts[1::2], strict=True)}


def _by_suite(figures: Iterable[Figure]) -> dict[str, list[Figure]]:
    found: dict[str, list[Figure]] = {}
    for figure in figures:
        found.setdefault(figure.suite, []).append(figure)
    return found
