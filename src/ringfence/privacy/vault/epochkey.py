"""What one epoch's key does: wrap data keys, and blind identifiers so that they can be blinded anew."""

from functools import cached_property
from typing import Final, final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ringfence.identifiers import ProviderId
from ringfence.persistence import Unreadable

__all__ = ["BLOCK", "NONCE", "EpochKey", "derive"]

BLOCK: Final = 16  # bytes: an AES block, and as long as a blinded identifier
NONCE: Final = 12  # bytes: GCM's own length (NIST SP 800-38D)


def derive(secret: bytes, purpose: str) -> bytes:
    """A key of its own for each purpose (HKDF-SHA256, RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"ringfence {purpose}".encode()).derive(secret)


@final
class EpochKey:
    """The working form of one epoch's key; each provider has its own wrapping key, derived from it."""

    def __init__(self, number: int, key: bytes) -> None:
        self.number = number
        self._key = key
        self._wrapping: dict[ProviderId, AESGCM] = {}

    def wrap(self, provider: ProviderId, owner: bytes, key: bytes, nonce: bytes) -> bytes:
        """Wrap a data key; `owner` says whose it is, and it unwraps for nobody else."""
        return nonce + self._cipher(provider).encrypt(nonce, key, owner)

    def unwrap(self, provider: ProviderId, owner: bytes, wrapped: bytes) -> bytes:
        """The data key; raises Unreadable when it was changed or moved."""
        try:
            return self._cipher(provider).decrypt(wrapped[:NONCE], wrapped[NONCE:], owner)
        except InvalidTag as error:
            raise Unreadable(epoch=self.number) from error

    def blind(self, blocks: bytes) -> bytes:
        """Blind blocks (16 pseudo-random bytes each), so that a copy of them says nothing without this key."""
        encryptor = self._permutation.encryptor()
        return encryptor.update(blocks) + encryptor.finalize()

    def unblind(self, blocks: bytes) -> bytes:
        """The inverse of `blind`."""
        decryptor = self._permutation.decryptor()
        return decryptor.update(blocks) + decryptor.finalize()

    def _cipher(self, provider: ProviderId) -> AESGCM:
        cipher = self._wrapping.get(provider)
        if cipher is None:
            cipher = self._wrapping[provider] = AESGCM(derive(self._key, f"wrap {provider}"))
        return cipher

    @cached_property
    def _permutation(self) -> Cipher[modes.ECB]:
        # A keyed permutation of single blocks is what is wanted: equal inputs must give equal outputs, to be found, and
        # inputs are themselves MACs or random, so no two alike tell anything.
        return Cipher(algorithms.AES(derive(self._key, "blind")), modes.ECB())  # noqa: S305 - for the reason above
