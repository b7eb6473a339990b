"""Where records rest: one database, written in units of work, sealed on the way in and opened on the way out.

    services, privacy ──records──> UnitOfWork ──rows──> SQLite file, or PostgreSQL
                                      │   ▲
                                plain │   │ sealed        the port `Sealer`; the vault implements it
                                      ▼   │
                                     Sealer

Invariants
- A unit of work opens its transaction in `Database` and awaits nothing but the database inside it; what others must
  hear is told after the commit.
- Personal values leave this package only sealed; SQL sees technical columns and sealed bytes, so no condition over
  personal data can be written.
- A fenced subject (one who is being erased) is checked inside the transaction of every write.
- What a guard covers is only stored: readers do not see it, whoever deletes it puts it away, and what is written to it
  is sealed that way too. No service has to know.
- SQLite has one writer at a time, `secure_delete` on, and a write-ahead log; the schema is what the migrations made.

Refuses: a database newer than this release, an unknown column in a condition, writing about a fenced subject.
"""

from ringfence.persistence.database import Database
from ringfence.persistence.errors import (
    DatabaseUnreachable,
    KeyGone,
    NestedTransaction,
    NewerDatabase,
    NotOpen,
    RowMissing,
    StoreFault,
    SubjectGone,
    UnknownColumn,
    Unreadable,
    UnsupportedDatabase,
)
from ringfence.persistence.pace import Pace
from ringfence.persistence.records import EVERY_TABLE, Fence, Guard
from ringfence.persistence.sealing import Place, Sealer, Storage
from ringfence.persistence.unit import UnitOfWork

__all__ = [
    "EVERY_TABLE",
    "Database",
    "DatabaseUnreachable",
    "Fence",
    "Guard",
    "KeyGone",
    "NestedTransaction",
    "NewerDatabase",
    "NotOpen",
    "Pace",
    "Place",
    "RowMissing",
    "Sealer",
    "Storage",
    "StoreFault",
    "SubjectGone",
    "UnitOfWork",
    "UnknownColumn",
    "Unreadable",
    "UnsupportedDatabase",
]
