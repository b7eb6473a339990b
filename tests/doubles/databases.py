"""Where a test's main database lies: in its folder, or on a PostgreSQL of the test session's own.

`installed(folder)` and its like ask `main_database(folder)`. A test that bears the fixture `each_database` runs twice.

The schema's history is run once for each kind of server; a test's new database is a copy of what came of it, which
the test then opens (and so migrates, with nothing left to do) as any other. That the history itself is sound is what
`tests/unit/persistence` shows, on databases of its own. On PostgreSQL, where a copy is a thousand files, a test also
gets one that a test before it had, once that has neither a row nor a table that the copy did not have.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import TypeVar

import asyncpg  # type: ignore[import-untyped]  # it brings no types

from ringfence.clock import ManualClock
from ringfence.persistence import Database
from tests.doubles.sealing import MemorySealer
from tests.peers import postgres

__all__ = ["Elsewhere", "elsewhere", "fresh_file", "main_database"]

_T = TypeVar("_T")
_PLACE = "main.url"
_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
_SCHEMA = """
    SELECT string_agg(line, chr(10) ORDER BY line) FROM (
        SELECT concat_ws(' ', attrelid::regclass, attnum, attname, atttypid::regtype, atttypmod, attnotnull)
          FROM pg_attribute JOIN pg_class ON attrelid = pg_class.oid
         WHERE relnamespace = 'public'::regnamespace AND attnum > 0 AND relkind <> 'i'
        UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
          FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT concat_ws(' ', sequencename, last_value) FROM pg_sequences
        UNION ALL SELECT tgname::text FROM pg_trigger
        UNION ALL SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    ) AS lines (line)
"""
_numbers = count()


class Elsewhere:
    """A PostgreSQL server in whose databases new folders get theirs; None: in the folder, by SQLite."""

    server: str | None = None


def main_database(folder: Path, name: str) -> str:
    """The URL, the same for whatever process opens the folder; `name` is that of the file if it lies there."""
    settled = folder / _PLACE
    if Elsewhere.server is not None and not settled.exists():
        settled.write_text(_databases_on(Elsewhere.server).take())
    return settled.read_text() if settled.exists() else f"sqlite:///{fresh_file(folder / name)}"


@contextmanager
def elsewhere(server: str) -> Iterator[None]:
    """Main databases lie on that server meanwhile; at the end others may have them, as they were at first."""
    before, Elsewhere.server = Elsewhere.server, server
    try:
        yield
    finally:
        Elsewhere.server = before
        _databases_on(server).take_back()


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


class _Databases:
    """Those of one PostgreSQL: what came of the schema's history, and its copies in and out of use."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._template = f"template_{next(_numbers)}"
        url = postgres.fresh_database(server, self._template)
        _migrate(url)
        self._schema, self._rows = _apart(lambda: _connected(url, _described))
        self._blank = {name for name, rows in self._rows.items() if not rows}
        self._free: list[str] = []
        self._taken: list[str] = []

    def take(self) -> str:
        url = self._free.pop() if self._free else self._copy()
        self._taken.append(url)
        return url

    def _copy(self) -> str:
        return postgres.fresh_database(self._server, f"house_{next(_numbers)}", self._template)

    def take_back(self) -> None:
        """One that can't be made as it was is left alone, and never given to anybody else."""
        while self._taken:
            url = self._taken.pop()
            if _apart(lambda: _connected(url, self._emptied)):  # noqa: B023 - awaited before it changes
                self._free.append(url)

    async def _emptied(self, connection: asyncpg.Connection) -> bool:
        await connection.execute(_OTHERS)
        tables = {row["tablename"] for row in await connection.fetch(_TABLES)}
        more = [f"DROP TABLE {name} CASCADE" for name in sorted(tables - self._rows.keys())]
        rows = [f"DELETE FROM {name}" for name in sorted(tables & self._blank)]  # noqa: S608 - names of our tables
        await connection.execute(";".join(more + rows))
        schema, rest = await _described(connection, but=self._blank)
        return (schema, rest) == (self._schema, {name: self._rows[name] for name in rest})


@cache
def _databases_on(server: str) -> _Databases:
    return _Databases(server)


async def _described(connection: asyncpg.Connection, *, but: Collection[str] = ()) -> tuple[str, dict[str, list[str]]]:
    """What the schema is, and every row of each table `but` some."""
    names = {row["tablename"] for row in await connection.fetch(_TABLES)} - set(but)
    reads = {name: f"SELECT * FROM {name}" for name in names}  # noqa: S608 - names of our tables
    rows = {name: [str(row) for row in await connection.fetch(read)] for name, read in reads.items()}
    return await connection.fetchval(_SCHEMA), rows


async def _connected(url: str, work: Callable[[asyncpg.Connection], Awaitable[_T]]) -> _T:
    connection = await asyncpg.connect(url)
    try:
        return await work(connection)
    finally:
        await connection.close()


def _apart(work: Callable[[], Awaitable[_T]]) -> _T:
    """In a thread, since the tests that ask for a database have a running loop and can't wait here."""

    async def awaited() -> _T:
        return await work()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, awaited()).result()


def _migrate(url: str) -> None:
    async def opened() -> None:
        db = Database(url, sealer=MemorySealer(), clock=ManualClock())
        await db.open()
        await db.checkpoint()
        await db.close()

    _apart(opened)
