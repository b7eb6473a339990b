"""The caller, sealed so that only the called device can read it (HPKE, RFC 9180, base mode).

X25519, HKDF-SHA256, ChaCha20-Poly1305. The plaintext is padded to one size, so that its length tells nothing, not even
whether the caller withheld the number. `info` binds the box to one call: it opens for no other.
"""

from dataclasses import dataclass, field
from typing import final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from ringfence.identifiers import CallRef
from ringfence.services.wake.errors import BoxUnreadable, DeviceKeyUnusable

__all__ = ["KEY_SIZE", "PLAIN_SIZE", "SEALED_SIZE", "Caller", "open_box", "public_key", "seal"]

KEY_SIZE = 32  # bytes of a raw X25519 public key
PLAIN_SIZE = 512  # bytes; both texts fit at their longest, and in base64 it stays far below FCM's 4 kB
SEALED_SIZE = PLAIN_SIZE + KEY_SIZE + 16  # plus the encapsulated key and the tag
_LENGTH = 2  # bytes before the text that say how long it is
_LONGEST_TEXT = 200  # bytes of UTF-8 a field

_suite = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
_INFO = b"ringfence box 1 "


@final
@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as the From header says it; both empty if the caller asked for privacy (RFC 3323)."""

    display: str = field(default="", repr=False)
    address: str = field(default="", repr=False)


class _Inside(msgspec.Struct, omit_defaults=True):
    n: str = ""
    a: str = ""


def public_key(raw: bytes) -> X25519PublicKey:
    """Raises DeviceKeyUnusable for a wrong length, and for the points with which no secret can be agreed."""
    try:
        key = X25519PublicKey.from_public_bytes(raw)
        X25519PrivateKey.generate().exchange(key)
    except ValueError:
        raise DeviceKeyUnusable from None
    return key


def seal(key: X25519PublicKey, call: CallRef, caller: Caller | None) -> bytes:
    """Always `SEALED_SIZE` bytes. Too long texts are cut."""
    inside = _Inside(_cut(caller.display), _cut(caller.address)) if caller else _Inside()
    text = msgspec.msgpack.encode(inside)
    plain = len(text).to_bytes(_LENGTH, "big") + text
    return _suite.encrypt(plain.ljust(PLAIN_SIZE, b"\0"), key, info=_INFO + call.encode("ascii"))


def open_box(key: X25519PrivateKey, call: CallRef, sealed: bytes) -> Caller:
    """What a device does. Raises BoxUnreadable for another key, another call, or a damaged box."""
    try:
        plain = _suite.decrypt(sealed, key, info=_INFO + call.encode("ascii"))
        length = int.from_bytes(plain[:_LENGTH], "big")
        inside = msgspec.msgpack.decode(plain[_LENGTH : _LENGTH + length], type=_Inside)
    except (InvalidTag, ValueError, msgspec.MsgspecError):
        raise BoxUnreadable from None
    return Caller(inside.n, inside.a)


def _cut(text: str) -> str:
    return text.encode("utf-8", "replace")[:_LONGEST_TEXT].decode("utf-8", "ignore")
