"""What SQLite must be told on every connection."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

__all__ = ["READING", "prepare", "truncate_log", "write_back"]

READING = "ringfence_reading"
"""The execution option of connections that only read, and so need not take the write lock."""

_BUSY = 5_000  # milliseconds; a child process (export, bulk erasure) holds the write lock for one bounded batch
_PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "FULL",  # a commit that an answer was given for survives a power cut
    "foreign_keys": "ON",
    "busy_timeout": str(_BUSY),
    "wal_autocheckpoint": "4000",  # pages; a bulk erasure writes a page that its batches share once, not for each
    "temp_store": "MEMORY",  # sorting writes nothing beside the database
}
_BULK_PRAGMAS = {
    "cache_size": "-32768",  # KiB; thousands of rows touch more pages than the usual 2 MB, and each is written once
    "wal_autocheckpoint": "0",  # `write_back` does it, when nobody waits for the lock any more
}


def prepare(engine: AsyncEngine, *, secure_delete: bool, bulk: bool = False) -> None:
    """Set up every connection of the engine (`bulk`: for many rows at once), and begin transactions ourselves.

    The driver would begin one only at the first write, so that two readers who then write would both fail.
    """
    pragmas = {**_PRAGMAS, "secure_delete": "ON" if secure_delete else "OFF"}
    if bulk:
        pragmas |= _BULK_PRAGMAS

    def set_up(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for name, value in pragmas.items():
            cursor.execute(f"PRAGMA {name} = {value}")
        cursor.close()

    event.listen(engine.sync_engine, "connect", set_up)
    event.listen(engine.sync_engine, "begin", _begin)


def _begin(connection: sa.Connection) -> None:
    options = connection.get_execution_options()
    if options.get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN" if options.get(READING) else "BEGIN IMMEDIATE")


async def write_back(connection: AsyncConnection) -> None:
    """Write the log back into the file as far as readers allow; others read and write meanwhile."""
    await connection.execution_options(isolation_level="AUTOCOMMIT")
    await connection.execute(sa.text("PRAGMA wal_checkpoint(PASSIVE)"))


async def truncate_log(connection: AsyncConnection) -> bool:
    """Write the log back into the file and empty it; False when a reader still needs it.

    Never waits for that reader: writers would wait too. The caller tries again.
    """
    await connection.execute(sa.text("PRAGMA busy_timeout = 0"))
    try:
        busy, *_ = (await connection.execute(sa.text("PRAGMA wal_checkpoint(TRUNCATE)"))).one()
    finally:
        await connection.execute(sa.text(f"PRAGMA busy_timeout = {_BUSY}"))
    return bool(busy == 0)
