r"""A file that is sealed chunk by chunk: written once, from the front, and read back as a stream.

    "RFPKG\x01" | 7 random bytes | chunk | chunk | ... | last chunk

Each chunk is 64 KiB of content under AES-256-GCM, in the STREAM construction (Hoang, Reyhanitabar, Rogaway and Vizar
2015): the nonce is the file's prefix, the chunk's number and whether it is the last. So no chunk can be moved, left out
or cut off unnoticed. The key belongs to one file; the associated data is the header and the name of what is sealed.
"""

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ringfence.privacy.disk import OWNER_FILE, sync_folder
from ringfence.privacy.packages.errors import FileDamaged
from ringfence.randomness import Randomness

__all__ = ["KEY", "SealedWriter", "unsealed"]

KEY: Final = 32  # bytes
_MAGIC: Final = b"RFPKG\x01"
_PREFIX: Final = 7
_CHUNK: Final = 1 << 16
_TAG: Final = 16
_NONCE: Final = struct.Struct(f">{_PREFIX}sIB")


@final
class SealedWriter:
    """An unseekable sink; nothing of it is there for sure before `close`. Synchronous: use it outside the loop."""

    def __init__(self, path: Path, key: bytes, name: str, randomness: Randomness) -> None:
        """`path` is new, for its owner alone. Raises FileExistsError."""
        self._path = path
        self._cipher = AESGCM(key)
        self._prefix = randomness.bytes(_PREFIX)
        self._binding = _binding(self._prefix, name)
        self._number = 0
        self._buffer = bytearray()
        self.size = 0
        """Bytes of content so far."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_FILE)
        self._file: BinaryIO = os.fdopen(descriptor, "wb")
        self._file.write(_MAGIC + self._prefix)

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """As a file's; always takes everything."""
        self._buffer += data
        self.size += len(data)
        while len(self._buffer) > _CHUNK:  # the last chunk is never empty-handed: it waits for `close`
            self._seal(bytes(self._buffer[:_CHUNK]), last=False)
            del self._buffer[:_CHUNK]
        return len(data)

    def flush(self) -> None:
        """What is not a whole chunk waits for more; here so that `zipfile` takes this for a file."""

    def close(self) -> None:
        """Seal the last chunk; file and name are on the disk when this returns."""
        self._seal(bytes(self._buffer), last=True)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        sync_folder(self._path.parent)

    def abandon(self) -> None:
        """Close without an end: what was written can't be read by anybody. The file is the caller's to remove."""
        self._file.close()

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._prefix, self._number, last=last), chunk, self._binding))
        self._number += 1


def unsealed(path: Path, key: bytes, name: str) -> Iterator[bytes]:
    """The content, chunk by chunk. Raises FileDamaged, after the chunks that were sound; FileNotFoundError."""
    cipher = AESGCM(key)
    with path.open("rb") as file:
        header = file.read(len(_MAGIC) + _PREFIX)
        if not header.startswith(_MAGIC) or len(header) != len(_MAGIC) + _PREFIX:
            raise FileDamaged(chunk=0)
        prefix = header[len(_MAGIC) :]
        binding = _binding(prefix, name)
        number, chunk = 0, file.read(_CHUNK + _TAG)
        while True:
            following = file.read(_CHUNK + _TAG)
            try:
                yield cipher.decrypt(_nonce(prefix, number, last=not following), chunk, binding)
            except InvalidTag:
                raise FileDamaged(chunk=number) from None
            if not following:
                return
            number, chunk = number + 1, following


def _binding(prefix: bytes, name: str) -> bytes:
    return _MAGIC + prefix + name.encode()


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return _NONCE.pack(prefix, number, last)
