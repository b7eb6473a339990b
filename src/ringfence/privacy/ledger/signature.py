"""The installation's signing key (Ed25519, RFC 8032): for checkpoints, tombstones and certificates.

It lives in a file of its own beside the key file, never in a database or a backup. The file is PEM; the first block
signs, further blocks are earlier keys whose signatures are still accepted, so a key is replaced by putting a new block
on top.
"""

import hashlib
import os
from pathlib import Path
from typing import Final, final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from ringfence.errors import OperatorFault

__all__ = ["Signer", "SigningKeyUnusable", "verify_with"]

_END: Final = b"-----END PRIVATE KEY-----"
_OWNER_ONLY: Final = 0o600


class SigningKeyUnusable(OperatorFault):
    """The signing key file can't be read, is no Ed25519 key, or others may read it."""

    code = "signing_key_unusable"


@final
class Signer:
    """Signs with the newest key, verifies with any that the file holds."""

    __slots__ = ("_key", "_public")

    def __init__(self, keys: list[Ed25519PrivateKey]) -> None:
        self._key = keys[0]
        self._public = {_name(key.public_key()): key.public_key() for key in keys}

    @classmethod
    def open(cls, path: Path) -> "Signer":
        """From the file; makes it (owner-readable only) if there is none. Raises SigningKeyUnusable."""
        if not path.exists():
            _make(path)
        if path.stat().st_mode & 0o077:
            raise SigningKeyUnusable(problem="readable_by_others")
        blocks = [block + _END + b"\n" for block in path.read_bytes().split(_END)[:-1]]
        try:
            keys = [load_pem_private_key(block.lstrip(), password=None) for block in blocks]
        except ValueError:
            raise SigningKeyUnusable(problem="not_pem") from None
        ed25519 = [key for key in keys if isinstance(key, Ed25519PrivateKey)]
        if not ed25519 or len(ed25519) != len(keys):
            raise SigningKeyUnusable(problem="not_ed25519")
        return cls(ed25519)

    @property
    def key_id(self) -> str:
        """16 hex digits that name the signing key."""
        return _name(self._key.public_key())

    @property
    def public_key(self) -> str:
        """The signing key's public half, 64 hex digits."""
        return _raw(self._key.public_key()).hex()

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)

    def verify(self, key_id: str, message: bytes, signature: bytes) -> bool:
        """Whether one of our keys, named by `key_id`, signed this."""
        key = self._public.get(key_id)
        return key is not None and _is_valid(key, message, signature)


def verify_with(public_key: str, message: bytes, signature: bytes) -> bool:
    """For whoever holds only the public half (64 hex digits), such as the person with a certificate."""
    return _is_valid(Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)), message, signature)


def _is_valid(key: Ed25519PublicKey, message: bytes, signature: bytes) -> bool:
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _name(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(_raw(key)).hexdigest()[:16]


def _make(path: Path) -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
