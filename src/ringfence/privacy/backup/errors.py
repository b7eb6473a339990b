"""Why a backup is not made, or not put back."""

from ringfence.errors import OperatorFault

__all__ = ["BackupDamaged", "BackupTooOld", "DatabaseElsewhere", "TargetNotEmpty"]


class BackupDamaged(OperatorFault):
    """A file of the backup is not as it was written, or the backup is another installation's. Remedy: take another."""

    code = "backup_damaged"


class BackupTooOld(OperatorFault):
    """The keys of its epoch are destroyed, so nobody can open it any more. Remedy: take one within its lifetime."""

    code = "backup_too_old"


class DatabaseElsewhere(OperatorFault):
    """The main database is PostgreSQL, which has backups of its own.

    Remedy: `pg_dump` (and `pg_restore`) for the database, and this command with `--without-database` beside it.
    """

    code = "database_elsewhere"


class TargetNotEmpty(OperatorFault):
    """Something lies where the backup is to go. Remedy: move it away first; nothing is overwritten."""

    code = "target_not_empty"
