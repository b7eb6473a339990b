"""The generated part of docs/benchmarks.md."""

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

from benchmarks.figure import Figure, as_markdown

__all__ = ["BEGIN", "END", "PAGE", "write"]

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
BEGIN = "<!-- figures: written by python -m benchmarks --write -->"
END = "<!-- end of figures -->"


def write(figures: Iterable[Figure], machine: str, day: dt.date) -> Path:
    """Put the figures of a run in place of those of the last."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    block = f"{BEGIN}\n\nRun of {day.isoformat()} on {machine}.\n\n{as_markdown(figures)}\n\n{END}"
    PAGE.write_text(before + block + after)
    return PAGE
