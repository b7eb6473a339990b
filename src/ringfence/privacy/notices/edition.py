"""An edition: everything that a provider's notice and terms were on one day, addressed by its content."""

import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self, final

import msgspec

from ringfence.privacy.notices.catalogue import DEFAULT
from ringfence.privacy.notices.policy import ProviderPolicy
from ringfence.privacy.notices.snapshot import Line
from ringfence.privacy.notices.text import Notice, Versions

__all__ = ["Edition"]

_ENCODER: Final = msgspec.json.Encoder(order="sorted")  # equal content, equal bytes
_MOST: Final = 16 * 1024 * 1024  # bytes unpacked; six languages of a large installation take a tenth of a megabyte each


@final
@dataclass(frozen=True, slots=True)
class Edition:
    """Texts in all languages, with the policy and the data map that they were written from."""

    policy: ProviderPolicy
    versions: Versions
    texts: Mapping[str, Notice]
    map: tuple[Line, ...]

    def in_language(self, language: str) -> Notice:
        """In that language, or in English where the edition has no such text."""
        return self.texts.get(language, self.texts[DEFAULT])

    @property
    def digest(self) -> str:
        """SHA-256 in hex over all of it: the edition's name."""
        return hashlib.sha256(_ENCODER.encode(self)).hexdigest()

    def pack(self) -> bytes:
        """As it is stored."""
        return zlib.compress(_ENCODER.encode(self), 9)

    @classmethod
    def unpack(cls, packed: bytes) -> Self:
        """What `pack` gave. Raises ValueError for anything else."""
        unpacker = zlib.decompressobj()
        try:
            plain = unpacker.decompress(packed, _MOST)
        except zlib.error as fault:
            raise ValueError(packed[:0]) from fault
        return msgspec.json.decode(plain, type=cls)
