"""Sealing: each value under its person's key, bound to its place."""

import struct
from collections.abc import Sequence
from typing import Final, final

import msgspec
from cryptography.exceptions import InvalidTag

from ringfence.persistence import KeyGone, Place, Unreadable
from ringfence.privacy.vault.datakeys import period_of
from ringfence.privacy.vault.keyring import Keyring
from ringfence.randomness import Randomness

__all__ = ["Vault"]

_VERSION: Final = 1
_HEADER: Final = struct.Struct(">BI")  # version of this layout, period of the key
_NONCE: Final = 12  # bytes; random, since one key seals far fewer than 2**32 values (NIST SP 800-38D section 8.3)
_encode = msgspec.msgpack.Encoder().encode


@final
class Vault:
    """Seals and opens with the keyring's data keys: AES-256-GCM, layout `header | nonce | ciphertext and tag`.

    Implements persistence's port `Sealer`.
    """

    def __init__(self, keyring: Keyring, randomness: Randomness) -> None:
        self._keyring = keyring
        self._randomness = randomness

    def prepare(self, places: Sequence[Place]) -> None:
        self._keyring.ensure_keys(places)

    def recall(self, places: Sequence[Place]) -> None:
        self._keyring.recall({place.subject for place in places})

    def seal(self, place: Place, plain: bytes) -> bytes:
        """Raises SubjectGone when the subject has been forgotten."""
        period = period_of(place.keep, place.due)
        header = _HEADER.pack(_VERSION, period)
        nonce = self._randomness.bytes(_NONCE)
        cipher = self._keyring.cipher_at(place)
        return header + nonce + cipher.encrypt(nonce, plain, _binding(place, period))

    def open(self, place: Place, sealed: bytes) -> bytes:
        """Raises KeyGone when the key was destroyed, Unreadable when the value was changed or belongs elsewhere."""
        if len(sealed) < _HEADER.size + _NONCE:
            raise Unreadable(table_number=place.table_number)
        version, period = _HEADER.unpack_from(sealed)
        cipher = self._keyring.cipher(place.subject, place.keep, period)
        if version != _VERSION:
            raise Unreadable(table_number=place.table_number, version=version)
        if cipher is None:
            raise KeyGone(table_number=place.table_number)
        nonce, body = sealed[_HEADER.size : _HEADER.size + _NONCE], sealed[_HEADER.size + _NONCE :]
        try:
            return cipher.decrypt(nonce, body, _binding(place, period))
        except InvalidTag as error:
            raise Unreadable(table_number=place.table_number) from error


def _binding(place: Place, period: int) -> bytes:
    """The associated data: where the value belongs, in an encoding that can be read one way only."""
    return _encode(
        (_VERSION, place.provider, place.table_number, place.part, place.subject, place.row, place.keep.code, period)
    )
