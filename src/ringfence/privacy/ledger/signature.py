"""The installation's signature (Ed25519, RFC 8032): on checkpoints, tombstones and certificates.

The key is derived from the secret in the key file, so it is in no database and in no backup, and it is the same after a
restart. Its public half goes with each certificate, and can be published.
"""

import hashlib
from typing import Final, final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

__all__ = ["SIGNING", "Signer", "verify_with"]

SIGNING: Final = "sign records"
"""The purpose under which the keyring derives the secret: `Signer(keyring.derive(SIGNING))`."""
_NAMED_BY: Final = 16  # hex digits of the public key's digest


@final
class Signer:
    """Signs, and recognises its own signatures."""

    __slots__ = ("_key",)

    def __init__(self, secret: bytes) -> None:
        """`secret` is 32 bytes."""
        self._key = Ed25519PrivateKey.from_private_bytes(secret)

    @property
    def key_id(self) -> str:
        """16 hex digits that name the key."""
        return hashlib.sha256(bytes.fromhex(self.public_key)).hexdigest()[:_NAMED_BY]

    @property
    def public_key(self) -> str:
        """64 hex digits."""
        return self._key.public_key().public_bytes_raw().hex()

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)

    def verify(self, key_id: str, message: bytes, signature: bytes) -> bool:
        """Whether this key, named so, signed this."""
        return key_id == self.key_id and verify_with(self.public_key, message, signature)


def verify_with(public_key: str, message: bytes, signature: bytes) -> bool:
    """For whoever holds only the public half (64 hex digits), such as the person with a certificate."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
