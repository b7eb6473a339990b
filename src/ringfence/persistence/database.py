"""The main database: an SQLite file, or PostgreSQL by URL."""

import asyncio
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from pathlib import Path
from typing import TypeVar, final

import asyncpg  # type: ignore[import-untyped]  # it brings no types
import sqlalchemy as sa
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from ringfence.clock import Clock
from ringfence.declarations import Kept
from ringfence.identifiers import RowId, SubjectId
from ringfence.persistence import sqlite
from ringfence.persistence.errors import DatabaseUnreachable, NestedTransaction, NotOpen, UnsupportedDatabase
from ringfence.persistence.migrations import migrate
from ringfence.persistence.sealing import Sealer
from ringfence.persistence.unit import UnitOfWork

__all__ = ["Database"]

K = TypeVar("K", bound=Kept)
_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}


@final
class Database:
    """Open it once per process; transactions are short and never nest."""

    def __init__(self, url: str, *, sealer: Sealer, clock: Clock, secure_delete: bool = True) -> None:
        """`url` is `sqlite:///path` or `postgresql://user@host/name`.

        Without `secure_delete` deleted rows stay in the file until overwritten, and no erasure can be certified.
        """
        self._url = _url(url)
        self._sealer = sealer
        self._clock = clock
        self._ask_secure_delete = secure_delete
        self._engine: AsyncEngine | None = None
        self._bulk: AsyncEngine | None = None  # SQLite's; its connections, and their memory, are gone after each use
        # SQLite has one writer; waiting here is fair and cheap, waiting in its busy handler is neither
        self._turn: AbstractAsyncContextManager[object] = asyncio.Lock() if self.dialect == "sqlite" else nullcontext()
        self._writers: set[asyncio.Task[object]] = set()
        self.secure_delete = False
        """Whether the open database overwrites what it deletes; on PostgreSQL it never does."""

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._url.get_backend_name()

    @property
    def path(self) -> Path | None:
        """The file of an SQLite database; `-wal` and `-shm` lie beside it. None on PostgreSQL."""
        return Path(self._url.database or "") if self.dialect == "sqlite" else None

    async def open(self) -> None:
        """Connect and bring the schema up to this release; raises DatabaseUnreachable or NewerDatabase."""
        self._engine = self._connect()
        self._bulk = self._connect_bulk()
        try:
            await self._reach(self._engine)
            async with self._engine.begin() as connection:
                await connection.run_sync(migrate)
            self.secure_delete = await self._secure_delete()
        except BaseException:
            await self.close()
            raise

    async def _reach(self, engine: AsyncEngine) -> None:
        """Connect once. The fault's own text could show the URL and with it a password, so its kind must do."""
        try:
            async with engine.connect():
                pass
        except (OSError, DBAPIError, asyncpg.PostgresError) as fault:
            raise DatabaseUnreachable(database=self.dialect, problem=type(fault).__name__) from None

    async def close(self) -> None:
        """Let go of all connections; closing twice is allowed."""
        if self._engine is not None:
            await self._engine.dispose()
            self._engine = self._bulk = None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[UnitOfWork]:
        """A unit of work: committed at the end of the block, rolled back by any exception.

        Await nothing but the unit inside. Raises NestedTransaction when this task already holds one.
        """
        with self._not_nested():
            async with self._turn, self._connected().begin() as connection:
                unit = UnitOfWork(connection, self._sealer, self._clock)
                yield unit
        unit.committed()

    @asynccontextmanager
    async def bulk(self) -> AsyncIterator[UnitOfWork]:
        """As `transaction`, for one that touches thousands of rows; it begins when no other writer is at work.

        On SQLite it has memory for all pages that they share, and its log is written back beside other writers, not
        inside the next one's commit.
        """
        if self._bulk is None:
            async with self.transaction() as unit:
                yield unit
            return
        async with self._bulk.connect() as connection:
            with self._not_nested():
                async with self._turn, connection.begin():
                    unit = UnitOfWork(connection, self._sealer, self._clock)
                    yield unit
            unit.committed()
            await sqlite.write_back(connection)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[UnitOfWork]:
        """A unit that only reads, from one consistent state, beside a writer."""
        async with self._connected().connect() as connection:
            await connection.execution_options(**{sqlite.READING: True})
            async with connection.begin():
                yield UnitOfWork(connection, self._sealer, self._clock)

    async def stream(self, kind: type[K], *, subject: SubjectId | None = None, batch: int = 500) -> AsyncIterator[K]:
        """Every record of a kind (of one person), by id, in short reads that hold up no checkpoint.

        Rows written meanwhile may or may not be among them.
        """
        following: RowId | None = RowId("")
        while following is not None:
            async with self.reading() as unit:
                records, following = await unit.page(kind, after=following, limit=batch, subject=subject)
            for record in records:
                yield record

    async def create_tables(self, metadata: sa.MetaData) -> None:
        """Make the tables that are missing, without a migration: for samples and tests."""

        def make_missing(connection: sa.Connection) -> None:
            there = set(sa.inspect(connection).get_table_names())
            missing = [table for table in metadata.sorted_tables if table.name not in there]
            metadata.create_all(connection, missing, checkfirst=False)

        async with self._connected().begin() as connection:
            await connection.run_sync(make_missing)

    async def checkpoint(self) -> bool:
        """Write the SQLite log back and empty it; False when a reader was in the way. True on PostgreSQL."""
        if self.dialect != "sqlite":
            return True
        async with self._turn, self._connected().connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            return await sqlite.truncate_log(connection)

    @contextmanager
    def _not_nested(self) -> Iterator[None]:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - coroutines run in tasks
        if task in self._writers:
            raise NestedTransaction
        self._writers.add(task)
        try:
            yield
        finally:
            self._writers.discard(task)

    def _connected(self) -> AsyncEngine:
        if self._engine is None:
            raise NotOpen
        return self._engine

    def _connect(self) -> AsyncEngine:
        # statements name personal data nowhere, but parameters hold ids and ciphertext, which logs need not have
        engine = create_async_engine(self._url, hide_parameters=True)
        if self.path is not None:
            self.path.touch(mode=stat.S_IRUSR | stat.S_IWUSR)  # its owner's alone; the log inherits the mode
            sqlite.prepare(engine, secure_delete=self._ask_secure_delete)
        return engine

    def _connect_bulk(self) -> AsyncEngine | None:
        if self.path is None:
            return None
        engine = create_async_engine(self._url, hide_parameters=True, poolclass=NullPool)
        sqlite.prepare(engine, secure_delete=self._ask_secure_delete, bulk=True)
        return engine

    async def _secure_delete(self) -> bool:
        if self.dialect != "sqlite":
            return False
        async with self.reading() as unit:
            return bool((await unit.execute(sa.text("PRAGMA secure_delete"))).scalar_one() == 1)


def _url(text: str) -> URL:
    url = sa.make_url(text)
    driver = _DRIVERS.get(url.get_backend_name())
    if driver is None or (url.get_backend_name() == "sqlite" and not url.database):
        raise UnsupportedDatabase(backend=url.get_backend_name())
    return url.set(drivername=driver)
