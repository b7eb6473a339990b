"""Backup and restore, so that neither brings anybody back.

    cli backup ──make_backup──> FOLDER: ringfence.db  keyring.db (without credentials, push tokens)
                                        tombstones.jsonl  manifest.json (signed)
    cli restore ──restore(newest tombstones)──> files in place ──start──> rights.startup_check replays

Invariants
- The key file is in no backup: a backup alone opens nothing, and after the backup lifetime not even with the key file.
- A backup is one consistent state, and whole or not there.
- A restore takes the newest tombstones, never the backup's own.

Refuses: to overwrite anything, a damaged or foreign backup, one whose keys are destroyed, tombstones that do not reach
as far as the backup knows, and to copy a PostgreSQL database (pg_dump does).
"""

from ringfence.privacy.backup.backup import Backup, Restored, Targets, make_backup, record_restore, restore
from ringfence.privacy.backup.errors import BackupDamaged, BackupTooOld, DatabaseElsewhere, TargetNotEmpty
from ringfence.privacy.backup.manifest import Manifest

__all__ = [
    "Backup",
    "BackupDamaged",
    "BackupTooOld",
    "DatabaseElsewhere",
    "Manifest",
    "Restored",
    "TargetNotEmpty",
    "Targets",
    "make_backup",
    "record_restore",
    "restore",
]
