"""Where a test's main database lies: in its folder, or on a PostgreSQL of the test session's own.

`installed(folder)` and its like ask `main_database(folder)`. A test that bears the fixture `each_database` runs twice.

The schema's history is run once for each kind of server; a test's new database is a copy of what came of it, which
the test then opens (and so migrates, with nothing left to do) as any other. That the history itself is sound is what
`tests/unit/persistence` shows, on databases of its own.
"""

import asyncio
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import count
from pathlib import Path

from ringfence.clock import ManualClock
from ringfence.persistence import Database
from tests.doubles.sealing import MemorySealer
from tests.peers import postgres

__all__ = ["Elsewhere", "fresh_file", "main_database"]

_PLACE = "main.url"
_numbers = count()


class Elsewhere:
    """A PostgreSQL server in whose databases new folders get theirs; None: in the folder, by SQLite."""

    server: str | None = None


def main_database(folder: Path, name: str) -> str:
    """The URL, the same for whatever process opens the folder; `name` is that of the file if it lies there."""
    settled = folder / _PLACE
    if Elsewhere.server is not None and not settled.exists():
        template = _template_on(Elsewhere.server)
        settled.write_text(postgres.fresh_database(Elsewhere.server, f"house_{next(_numbers)}", template))
    return settled.read_text() if settled.exists() else f"sqlite:///{fresh_file(folder / name)}"


def fresh_file(path: Path) -> Path:
    """An SQLite database without rows at that path; one that is there already is left as it is."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(_template_file())
        path.chmod(0o600)
    return path


@cache
def _template_file() -> bytes:
    folder = Path(tempfile.mkdtemp(prefix="ringfence-template-"))
    try:
        _migrate(f"sqlite:///{folder / 'main.db'}")
        return (folder / "main.db").read_bytes()
    finally:
        shutil.rmtree(folder)


@cache
def _template_on(server: str) -> str:
    name = f"template_{next(_numbers)}"
    _migrate(postgres.fresh_database(server, name))
    return name


def _migrate(url: str) -> None:
    """In a thread, since the tests that ask for a database have a running loop and can't wait here."""

    async def opened() -> None:
        db = Database(url, sealer=MemorySealer(), clock=ManualClock())
        await db.open()
        await db.checkpoint()
        await db.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, opened()).result()
