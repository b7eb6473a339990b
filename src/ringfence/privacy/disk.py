"""Files that are still there after a power cut, and that nobody but their owner reads."""

import os
from pathlib import Path
from typing import Final

__all__ = ["OWNER_FILE", "OWNER_FOLDER", "replace_synced", "sync_folder", "write_synced"]

OWNER_FILE: Final = 0o600
OWNER_FOLDER: Final = 0o700


def write_synced(path: Path, data: bytes) -> None:
    """Make the file's content `data`; it is on the disk when this returns, its name only after `sync_folder`."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_FILE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def replace_synced(path: Path, data: bytes) -> None:
    """Make the file's content `data`, all of it or nothing, whenever the power is cut."""
    fresh = path.with_name(path.name + ".new")
    write_synced(fresh, data)
    fresh.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Put the names in it on the disk: a new or renamed file is otherwise there in content only."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
