"""The folder in which packages lie, each a file that is sealed under a key of its own."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, final

from ringfence.privacy.disk import OWNER_FOLDER, sync_folder
from ringfence.privacy.packages.records import Package
from ringfence.privacy.packages.sealedfile import unsealed
from ringfence.privacy.packages.workshop import file_of

__all__ = ["Shelf"]

_READ: Final = 16  # chunks taken from a file at once: a megabyte


@final
class Shelf:
    """Made for its owner alone if it is not there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=OWNER_FOLDER, parents=True, exist_ok=True)

    def has(self, record: Package) -> bool:
        return file_of(self._folder, record).exists()

    def names(self, records: Collection[Package]) -> set[str]:
        """What the files of these packages are called."""
        return {file_of(self._folder, record).name for record in records}

    async def opened(self, record: Package) -> AsyncIterator[bytes]:
        """The ZIP, a megabyte at a time. Raises FileNotFoundError, FileDamaged."""
        chunks = unsealed(file_of(self._folder, record), record.key, record.id)
        while some := await asyncio.to_thread(_some, chunks):
            yield some

    async def listed(self) -> list[Path]:
        return await asyncio.to_thread(_listed, self._folder)

    async def remove(self, *records: Package) -> None:
        """Their files, from the disk, too; those that are not there are none."""
        await self.clear([file_of(self._folder, record) for record in records])

    async def clear(self, paths: Sequence[Path]) -> None:
        await asyncio.to_thread(_remove, self._folder, paths)


def _some(chunks: Iterator[bytes]) -> bytes:
    return b"".join(islice(chunks, _READ))


def _listed(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file()]


def _remove(folder: Path, paths: Sequence[Path]) -> None:
    if not paths:
        return
    for path in paths:
        path.unlink(missing_ok=True)
    sync_folder(folder)
