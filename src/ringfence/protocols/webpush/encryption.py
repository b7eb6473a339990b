"""The content coding aes128gcm (RFC 8188) with the keys of a push subscription (RFC 8291)."""

from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

__all__ = ["LARGEST", "KeyUnusable", "encrypt"]

LARGEST: Final = 3_993  # bytes of plaintext, so that the body stays within the 4,096 that services must take
_RECORD: Final = 4_096  # bytes; ours are always the only one
_LAST: Final = b"\x02"  # delimiter of the last record (RFC 8188 section 2)
_STEP: Final = 1_024  # plaintexts are padded to multiples of it: a call and a warning look the same


class KeyUnusable(ValueError):
    """The receiver's key is no point of P-256."""


def encrypt(plain: bytes, *, receiver: bytes, secret: bytes, sender: ec.EllipticCurvePrivateKey, salt: bytes) -> bytes:
    """The body of a message of at most `LARGEST` bytes.

    `receiver` is the subscription's `p256dh`, an uncompressed point, `secret` its `auth`, 16 bytes; `sender` a key of
    P-256 that is used once, `salt` 16 random bytes. Raises KeyUnusable.
    """
    try:
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), receiver)
    except ValueError:
        raise KeyUnusable from None
    ours = sender.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    info = b"WebPush: info\x00" + receiver + ours
    shared = _expand(_extract(secret, sender.exchange(ec.ECDH(), theirs)), info, 32)
    pseudorandom = _extract(salt, shared)
    key = _expand(pseudorandom, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = _expand(pseudorandom, b"Content-Encoding: nonce\x00", 12)
    header = salt + _RECORD.to_bytes(4, "big") + bytes([len(ours)]) + ours
    return header + AESGCM(key).encrypt(nonce, _padded(plain), None)


def _padded(plain: bytes) -> bytes:
    size = min(-(-(len(plain) + 1) // _STEP) * _STEP, LARGEST + 1)
    return (plain + _LAST).ljust(size, b"\x00")


def _extract(salt: bytes, material: bytes) -> bytes:
    """HKDF-Extract (RFC 5869) with SHA-256."""
    mac = HMAC(salt, hashes.SHA256())
    mac.update(material)
    return mac.finalize()


def _expand(key: bytes, info: bytes, length: int) -> bytes:
    return HKDFExpand(hashes.SHA256(), length, info).derive(key)
