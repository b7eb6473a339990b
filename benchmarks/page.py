"""The generated part of docs/benchmarks.md."""

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

from benchmarks.figure import Figure, as_markdown

__all__ = ["write"]

_PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
_BEGIN = "<!-- figures: written by python -m benchmarks --write -->"
_END = "<!-- end of figures -->"


def write(figures: Iterable[Figure], machine: str, day: dt.date) -> Path:
    """Put the figures of a run in place of those of the last."""
    before, _, rest = _PAGE.read_text().partition(_BEGIN)
    _, _, after = rest.partition(_END)
    block = f"{_BEGIN}\n\nRun of {day.isoformat()} on {machine}.\n\n{as_markdown(figures)}\n\n{_END}"
    _PAGE.write_text(before + block + after)
    return _PAGE
