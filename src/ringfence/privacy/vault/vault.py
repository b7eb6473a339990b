"""Sealing: each value under its person's key, bound to its place."""

import struct
from collections.abc import Sequence
from typing import Final, final

import msgspec
from cryptography.exceptions import InvalidTag

from ringfence.persistence import KeyGone, Place, Unreadable
from ringfence.privacy.vault.epochkey import NONCE
from ringfence.privacy.vault.keyring import Keyring
from ringfence.randomness import Randomness

__all__ = ["Vault"]

_VERSION: Final = 1
_HEADER: Final = struct.Struct(">BI")  # version of this layout, period of the key
_PREFIX: Final = _HEADER.size + NONCE
_encode = msgspec.msgpack.Encoder().encode


@final
class Vault:
    """Seals and opens with the keyring's data keys: AES-256-GCM, layout `header | nonce | ciphertext and tag`.

    Nonces are random, since one key seals far fewer than 2**32 values (NIST SP 800-38D section 8.3).

    Implements persistence's port `Sealer`.
    """

    def __init__(self, keyring: Keyring, randomness: Randomness) -> None:
        self._keyring = keyring
        self._randomness = randomness

    def seal(self, place: Place, plain: bytes) -> bytes:
        """Seal one value; raises SubjectGone when the subject has been forgotten."""
        return self.seal_all([(place, plain)])[0]

    def open(self, place: Place, sealed: bytes) -> bytes:
        """Open one value; raises KeyGone when its key was destroyed, Unreadable when it was changed or moved."""
        plain = self.open_all([(place, sealed)])[0]
        if plain is None:
            raise KeyGone(table_number=place.table_number)
        return plain

    def seal_all(self, values: Sequence[tuple[Place, bytes]]) -> list[bytes]:
        """As the port says; keys that are missing are made in one transaction."""
        keys = self._keyring.ensure_keys([place for place, _ in values])
        nonces = self._randomness.bytes(NONCE * len(values))
        sealed = []
        for at, ((place, plain), (period, cipher)) in enumerate(zip(values, keys, strict=True)):
            nonce = nonces[at * NONCE : (at + 1) * NONCE]
            body = cipher.encrypt(nonce, plain, _binding(place, period))
            sealed.append(_HEADER.pack(_VERSION, period) + nonce + body)
        return sealed

    def open_all(self, values: Sequence[tuple[Place, bytes]]) -> list[bytes | None]:
        """As the port says; keys that are not in memory are fetched in one statement."""
        periods = [_period(place, sealed) for place, sealed in values]
        names = [(place.subject, place.keep.code, period) for (place, _), period in zip(values, periods, strict=True)]
        opened: list[bytes | None] = []
        for (place, sealed), period, cipher in zip(values, periods, self._keyring.keys(names), strict=True):
            if cipher is None:
                opened.append(None)
                continue
            try:
                plain = cipher.decrypt(sealed[_HEADER.size : _PREFIX], sealed[_PREFIX:], _binding(place, period))
            except InvalidTag as error:
                raise Unreadable(table_number=place.table_number) from error
            opened.append(plain)
        return opened


def _period(place: Place, sealed: bytes) -> int:
    """Which key a value was sealed with; raises Unreadable when it is no sealed value."""
    if len(sealed) < _PREFIX or sealed[0] != _VERSION:
        raise Unreadable(table_number=place.table_number)
    period: int = _HEADER.unpack_from(sealed)[1]
    return period


def _binding(place: Place, period: int) -> bytes:
    """The associated data: where the value belongs, in an encoding that can be read one way only."""
    provider, table_number, part, subject, row, keep, _ = place
    return _encode((_VERSION, provider, table_number, part, subject, row, keep.code, period))
