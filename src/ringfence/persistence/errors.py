"""What can go wrong between us and the databases."""

from ringfence.errors import OperatorFault, OurFault, PeerFault

__all__ = [
    "DatabaseUnreachable",
    "KeyGone",
    "NestedTransaction",
    "NewerDatabase",
    "NotOpen",
    "RowMissing",
    "StoreFault",
    "SubjectGone",
    "UnknownColumn",
    "Unreadable",
    "UnsupportedDatabase",
]


class StoreFault(OurFault):
    """Root of our own faults here."""

    code = "store"


class Unreadable(StoreFault):
    """A sealed value does not open: it was changed, or moved to another row, table, subject or provider."""

    code = "unreadable"


class KeyGone(Unreadable):
    """The key of a sealed value was destroyed: its person has gone, or its term is over."""

    code = "key_gone"


class RowMissing(StoreFault):
    """The row to replace is not there any more."""

    code = "row_missing"


class UnknownColumn(StoreFault):
    """A condition names no technical column; over personal data there are no conditions."""

    code = "unknown_column"


class NestedTransaction(StoreFault):
    """A task that holds the transaction asks for another; it would wait for itself."""

    code = "nested_transaction"


class SubjectGone(PeerFault):
    """The person is being erased or has been: nothing about them is written any more."""

    code = "subject_gone"
    http_status = 410
    sip_status = 404


class NotOpen(StoreFault):
    """The database is used before `open()` or after `close()`."""

    code = "not_open"


class NewerDatabase(OperatorFault):
    """The database was written by a newer release than this one; start that release, or restore its backup."""

    code = "newer_database"


class DatabaseUnreachable(OperatorFault):
    """The main database can't be connected to: no such server, database or file, or no right to it."""

    code = "database_unreachable"


class UnsupportedDatabase(OperatorFault):
    """The database URL names neither an SQLite file nor PostgreSQL."""

    code = "unsupported_database"
