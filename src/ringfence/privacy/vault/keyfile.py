"""The key file: the few secrets that are never in a database."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self, final

import msgspec

from ringfence.clock import Clock
from ringfence.privacy.disk import sync_folder, write_synced
from ringfence.privacy.vault.errors import KeyFileDamaged, KeyFileExposed
from ringfence.randomness import Randomness

__all__ = ["Epoch", "KeyFile"]

_KEY_BYTES: Final = 32  # AES-256, and as long as HKDF-SHA256 can use
_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Epoch:
    """One epoch: its number, counting from 1, and when its key was made (epoch seconds)."""

    number: int
    made: float


class _StoredEpoch(msgspec.Struct, frozen=True):
    number: int
    made: float
    key: bytes


class _Content(msgspec.Struct, frozen=True):
    version: int
    root: bytes
    epochs: list[_StoredEpoch]


@final
class KeyFile:
    """The secrets of one installation: a root that lasts, and the epoch keys that are alive.

    JSON, mode 0600. Written anew as a whole: the new content is on the disk before the old one loses its name, and the
    old one's blocks are overwritten then. (A disk that moves blocks by itself may keep a copy; that is why epochs end.)
    """

    def __init__(self, path: Path, content: _Content, randomness: Randomness) -> None:
        self._path = path
        self._content = content
        self._randomness = randomness

    @classmethod
    def create(cls, path: Path, clock: Clock, randomness: Randomness) -> Self:
        """Make a key file with a fresh root and its first epoch."""
        first = _StoredEpoch(1, clock.time(), randomness.bytes(_KEY_BYTES))
        file = cls(path, _Content(_VERSION, randomness.bytes(_KEY_BYTES), [first]), randomness)
        file._write()
        return file

    @classmethod
    def load(cls, path: Path, randomness: Randomness) -> Self:
        """Read it; raises KeyFileExposed or KeyFileDamaged. What an interrupted rewrite left behind is destroyed."""
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise KeyFileExposed(mode=f"{mode:o}")
        if _beside(path).exists():
            _destroy(_beside(path))
        try:
            content = msgspec.json.decode(path.read_bytes(), type=_Content)
        except msgspec.MsgspecError as error:
            raise KeyFileDamaged from error
        if content.version != _VERSION or not content.epochs:
            raise KeyFileDamaged(version=content.version)
        return cls(path, content, randomness)

    @property
    def root(self) -> bytes:
        """The secret from which lasting keys are derived."""
        return self._content.root

    @property
    def epochs(self) -> tuple[Epoch, ...]:
        """The epochs that are alive, oldest first; never empty."""
        return tuple(Epoch(epoch.number, epoch.made) for epoch in self._content.epochs)

    def key(self, number: int) -> bytes:
        """The key of a living epoch; raises KeyError."""
        return {epoch.number: epoch.key for epoch in self._content.epochs}[number]

    def begin_epoch(self, made: float) -> None:
        """Make the key of a new epoch; it is on the disk when this returns."""
        fresh = _StoredEpoch(self.epochs[-1].number + 1, made, self._randomness.bytes(_KEY_BYTES))
        self._content = msgspec.structs.replace(self._content, epochs=[*self._content.epochs, fresh])
        self._write()

    def destroy(self, numbers: set[int]) -> None:
        """Destroy the keys of these epochs; what they wrapped can't be opened by anybody any more."""
        left = [epoch for epoch in self._content.epochs if epoch.number not in numbers]
        self._content = msgspec.structs.replace(self._content, epochs=left)
        self._write()

    def _write(self) -> None:
        beside = _beside(self._path)
        write_synced(beside, msgspec.json.encode(self._content))
        old = os.open(self._path, os.O_RDWR) if self._path.exists() else None
        beside.replace(self._path)
        sync_folder(self._path.parent)
        if old is not None:
            _overwrite(old)


def _beside(path: Path) -> Path:
    return path.with_name(path.name + ".new")


def _destroy(path: Path) -> None:
    _overwrite(os.open(path, os.O_RDWR))
    path.unlink()
    sync_folder(path.parent)


def _overwrite(descriptor: int) -> None:
    with os.fdopen(descriptor, "r+b") as file:
        file.write(bytes(os.fstat(descriptor).st_size))
        file.flush()
        os.fsync(descriptor)
