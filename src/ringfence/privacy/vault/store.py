"""The keyring's own SQLite file: its schema, its transactions, and how nothing stays behind in it."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, final

from ringfence.declarations import IdentifierKind, Keep
from ringfence.persistence import Storage
from ringfence.privacy.disk import OWNER_FILE
from ringfence.privacy.vault.errors import KeyringDamaged, NewerKeyring

__all__ = ["KeyStore", "forget", "key_name", "key_names", "marks"]

_SCHEMA_VERSION: Final = 2
_BUSY: Final = 2.0  # seconds; another process (a backup) holds the lock for one short statement
_TABLES: Final = """
CREATE TABLE {schema}data_key (
    subject TEXT NOT NULL, keep TEXT NOT NULL, period INTEGER NOT NULL, provider TEXT NOT NULL,
    epoch INTEGER NOT NULL, wrapped BLOB NOT NULL,
    PRIMARY KEY (subject, keep, period)
) WITHOUT ROWID;
CREATE TABLE {schema}identifier (
    blind BLOB PRIMARY KEY, epoch INTEGER NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX {schema}identifier_subject ON identifier (subject);
CREATE TABLE {schema}kept (
    subject TEXT NOT NULL, keep TEXT NOT NULL, until INTEGER, PRIMARY KEY (subject, keep)
) WITHOUT ROWID;
PRAGMA {schema}user_version = 2;
"""
_UPGRADES: Final = {
    1: "BEGIN IMMEDIATE; CREATE TABLE kept (subject TEXT NOT NULL, keep TEXT NOT NULL, until INTEGER,"
    " PRIMARY KEY (subject, keep)) WITHOUT ROWID; PRAGMA user_version = 2; COMMIT;",
}


@final
class KeyStore:
    """A connection to the file; one process writes, others may read for a moment."""

    def __init__(self, path: Path) -> None:
        """Open the file, made if need be, readable by its owner alone; raises NewerKeyring, KeyringDamaged."""
        path.touch(mode=OWNER_FILE)
        self._path = path
        self.connection = sqlite3.connect(path, isolation_level=None, timeout=_BUSY)
        try:
            self._set_up()
        except sqlite3.DatabaseError as fault:
            self.connection.close()
            if fault.sqlite_errorcode in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}:
                raise KeyringDamaged(problem=fault.sqlite_errorname) from None
            raise
        except BaseException:
            self.connection.close()
            raise

    def close(self) -> None:
        self.connection.close()

    @property
    def secure_delete(self) -> bool:
        """Whether what is deleted is overwritten."""
        return bool(self.connection.execute("PRAGMA secure_delete").fetchone()[0] == 1)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing; on the disk when the block ends."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield self.connection
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def scrub(self) -> bool:
        """Empty the log and the page cache, so that no deleted row is left in them; False when a reader is in the way.

        Never waits: the caller tries again.
        """
        self.connection.execute("PRAGMA busy_timeout = 0")
        try:
            busy = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        finally:
            self.connection.execute(f"PRAGMA busy_timeout = {int(_BUSY * 1000)}")
        self.connection.execute("PRAGMA shrink_memory")
        return bool(busy == 0)

    def epochs_in_use(self) -> set[int]:
        """The epochs that some row still needs."""
        rows = self.connection.execute("SELECT epoch FROM data_key UNION SELECT epoch FROM identifier")
        return {epoch for (epoch,) in rows}

    def kept(self, subject: str) -> dict[str, int | None]:
        """Of somebody who has gone: the classes that are kept, and until which day (as an ordinal) if one is set."""
        rows = self.connection.execute("SELECT keep, until FROM kept WHERE subject = ?", (subject,))
        return dict(rows.fetchall())

    def is_empty(self) -> bool:
        return not self.epochs_in_use()

    def export(self, target: Path) -> None:
        """Write a copy without what no backup may hold; the target must not exist. May be called from any thread."""
        target.touch(mode=OWNER_FILE, exist_ok=False)
        keeps = [name for keep in Keep if keep.backed_up for name in key_names(keep)]
        kinds = [kind.value for kind in IdentifierKind if kind.backed_up]
        with closing(sqlite3.connect(self._path, isolation_level=None, timeout=_BUSY)) as connection:
            connection.execute("ATTACH DATABASE ? AS copy", (str(target),))
            connection.executescript(_TABLES.format(schema="copy."))
            connection.execute("BEGIN")
            _copy(connection, "data_key", "keep", keeps)
            _copy(connection, "identifier", "kind", kinds)
            _copy(connection, "kept", "keep", keeps)
            connection.execute("COMMIT")

    def _set_up(self) -> None:
        connection = self.connection
        for pragma in ("secure_delete = ON", "journal_mode = WAL", "synchronous = FULL", "temp_store = MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > _SCHEMA_VERSION:
            raise NewerKeyring(version=version)
        if version == 0:
            connection.executescript(f"BEGIN IMMEDIATE; {_TABLES.format(schema='')} COMMIT;")
        elif version in _UPGRADES:
            connection.executescript(_UPGRADES[version])
        self.scrub()  # a log that a kill left behind may hold what was deleted since


def key_name(keep: Keep, storage: Storage) -> str:
    """What the keys of a class are filed under; what is only stored has keys of its own."""
    return keep.code if storage is Storage.IN_USE else f"{storage.name}.{keep.code}"


def key_names(keep: Keep) -> list[str]:
    """All names under which keys of a class are filed."""
    return [key_name(keep, storage) for storage in Storage]


def forget(connection: sqlite3.Connection, subject: str, table: str, column: str, keeping: Sequence[str]) -> None:
    """Delete a subject's rows of a table, but those whose column has one of these values."""
    statement = f"DELETE FROM {table} WHERE subject = ? AND {column} NOT IN ({marks(keeping)})"  # noqa: S608 - our own names
    connection.execute(statement, (subject, *keeping))


def marks(values: Sequence[object]) -> str:
    """A question mark for each value, for an SQL list."""
    return ", ".join("?" * len(values))


def _copy(connection: sqlite3.Connection, table: str, column: str, allowed: list[str]) -> None:
    statement = f"INSERT INTO copy.{table} SELECT * FROM main.{table} WHERE {column} IN ({marks(allowed)})"  # noqa: S608 - our own names
    connection.execute(statement, allowed)
