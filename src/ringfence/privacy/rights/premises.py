"""Where an installation keeps things, as media for a scan."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, final

from ringfence.privacy.rights.scan import Medium

__all__ = ["BACKUPS", "MAIN", "Premises"]

MAIN: Final = "main database"
BACKUPS: Final = "backups"
_SQLITE_SIDES: Final = ("", "-wal", "-shm", "-journal")


@final
@dataclass(frozen=True, slots=True)
class Premises:
    """Paths of files and folders; those that do not exist hold nothing.

    `database` is None where the main database is elsewhere (PostgreSQL). `folders` are further places by name, such as
    logs and exports. `keyring_copy` is the name of the keyring's copy inside each backup.
    """

    database: Path | None
    keyring: Path
    key_file: Path
    tombstones: Path
    backups: Path | None = None
    folders: Mapping[str, Path] = field(default_factory=dict)
    keyring_copy: str = "keyring.db"

    def media(self) -> Iterator[Medium]:
        if self.database is not None:
            yield Medium(MAIN, _with_sides(self.database))
        else:
            yield Medium("PostgreSQL's data files, log and replicas", unread="on another server, or not ours to read")
        yield Medium("keyring", _with_sides(self.keyring))
        yield Medium("key file", (self.key_file,))
        yield Medium("tombstones", (self.tombstones,))
        for name, folder in sorted(self.folders.items()):
            yield Medium(name, (folder,))
        if self.backups is not None:
            yield Medium(BACKUPS, (self.backups,))
        yield Medium("copies that were carried elsewhere", unread="not on this machine; no keyring copy opens for long")

    def keyring_copies(self) -> list[Path]:
        """The keyring's copies in backups."""
        return sorted(self.backups.rglob(self.keyring_copy)) if self.backups is not None else []


def _with_sides(path: Path) -> tuple[Path, ...]:
    return tuple(path.with_name(path.name + side) for side in _SQLITE_SIDES)
