"""Where a test's main database lies: in its folder, or on a PostgreSQL of the test session's own.

`installed(folder)` and its like ask `main_database(folder)`. A test that bears the fixture `each_database` runs twice.
"""

from itertools import count
from pathlib import Path

from tests.peers import postgres

__all__ = ["Elsewhere", "main_database"]

_PLACE = "main.url"
_numbers = count()


class Elsewhere:
    """A PostgreSQL server in whose databases new folders get theirs; None: in the folder, by SQLite."""

    server: str | None = None


def main_database(folder: Path, name: str) -> str:
    """The URL, the same for whatever process opens the folder; `name` is that of the file if it lies there."""
    settled = folder / _PLACE
    if Elsewhere.server is not None and not settled.exists():
        settled.write_text(postgres.fresh_database(Elsewhere.server, f"house_{next(_numbers)}"))
    return settled.read_text() if settled.exists() else f"sqlite:///{folder / name}"
