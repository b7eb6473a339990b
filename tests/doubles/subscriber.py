"""A browser's side of Web Push: its subscription, and how it reads a message (RFC 8188, RFC 8291), written apart."""

import base64
import hashlib
import hmac
import json

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

__all__ = ["Subscriber"]


def _mac(key: bytes, *parts: bytes) -> bytes:
    return hmac.new(key, b"".join(parts), hashlib.sha256).digest()


class Subscriber:
    def __init__(self, endpoint: str = "https://push.test/1") -> None:
        self.endpoint = endpoint
        self.secret = hashlib.sha256(endpoint.encode()).digest()[:16]
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.public = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def subscription(self) -> dict[str, object]:
        """As `PushSubscription.toJSON()` gives it out."""
        return {"endpoint": self.endpoint, "keys": {"p256dh": _text(self.public), "auth": _text(self.secret)}}

    def text(self) -> str:
        return json.dumps(self.subscription(), separators=(",", ":"))

    def read(self, body: bytes) -> bytes:
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        theirs, record = body[21 : 21 + length], body[21 + length :]
        assert len(record) <= size
        shared = self._key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))
        material = _mac(_mac(self.secret, shared), b"WebPush: info\0", self.public, theirs, b"\1")
        root = _mac(salt, material)
        key = _mac(root, b"Content-Encoding: aes128gcm\0", b"\1")[:16]
        nonce = _mac(root, b"Content-Encoding: nonce\0", b"\1")[:12]
        padded = AESGCM(key).decrypt(nonce, record, None).rstrip(b"\0")
        assert padded.endswith(b"\2")
        return padded[:-1]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
