"""A stand-in for APNs, over HTTP/2 and TLS, that checks what Apple checks and refuses in Apple's words.

The JWT's signature, algorithm, key, team and age, and how often a new one comes; the topic that the push type needs;
the priority of background pushes; an expiration that is an instant and no span; the size; the token. What a test wants
it to do next is put into `replies`, which may also misbehave as HTTP/2 (`tests.doubles.http2_server`).

    sender --POST /3/device/<token>--> 200, apns-id | {"reason": ...}
"""

import base64
import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from tests.doubles.http2_server import Asked, Http2Server, Reply

__all__ = ["KEY_ID", "TEAM", "TOPIC", "ApnsStandIn", "Taken", "key_file", "refusal"]

TEAM, KEY_ID, TOPIC = "TEAM123456", "ABC123DEFG", "net.example.phone"
_KEY = ec.generate_private_key(ec.SECP256R1())
_TYPES = {"voip": (f"{TOPIC}.voip", 5_120), "alert": (TOPIC, 4_096), "background": (TOPIC, 4_096)}
_NO_DEVICE = "0" * 64
_HOUR = 3_600


def key_file() -> str:
    """The .p8 file that the developer account would give out."""
    pem = _KEY.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem.decode("ascii")


def refusal(
    status: int, reason: str, *, timestamp: int | None = None, headers: Mapping[str, str] | None = None
) -> Reply:
    body: dict[str, Any] = {"reason": reason} | ({} if timestamp is None else {"timestamp": timestamp})
    return Reply(status, dict(headers or {}), json.dumps(body).encode())


@final
@dataclass(frozen=True)
class Taken:
    """A push that was accepted."""

    token: str
    headers: dict[str, str]
    payload: dict[str, Any]
    raw: bytes


@final
class ApnsStandIn:
    """`tokens` are the device tokens that it knows; None knows all."""

    def __init__(self, *, now: Callable[[], float]) -> None:
        self.replies: deque[Reply] = deque()
        self.taken: list[Taken] = []
        self.jwts: list[str] = []
        self.tokens: set[str] | None = None
        self.revoked = False
        self.server = Http2Server(self.reply)
        self._now = now

    def reply(self, asked: Asked) -> Reply:
        wrong = self._wrong_with(asked.headers.get("authorization", ""))
        if wrong:
            return refusal(403, wrong)
        if self.replies:
            return self.replies.popleft()
        token = asked.path.removeprefix("/3/device/")
        problem = self._refused(asked, token)
        if problem is not None:
            return problem
        self.taken.append(Taken(token, asked.headers, json.loads(asked.body), asked.body))
        return Reply(200, {"apns-id": asked.headers["apns-id"]})

    def _refused(self, asked: Asked, token: str) -> Reply | None:
        headers = asked.headers
        topic, most = _TYPES.get(headers.get("apns-push-type", ""), ("", 0))
        expires = int(headers.get("apns-expiration", "0"))
        late = bool(expires) and not self._now() <= expires <= self._now() + 30 * 86_400
        no_token = token == _NO_DEVICE or not token or len(token) % 2 or not set(token) <= set("0123456789abcdef")
        hasty = headers.get("apns-push-type") == "background" and headers.get("apns-priority") != "5"
        problems = (
            (asked.method != "POST" or not asked.path.startswith("/3/device/"), 404, "BadPath"),
            (no_token, 400, "BadDeviceToken"),
            (not topic, 400, "InvalidPushType"),
            (headers.get("apns-topic") != topic, 400, "DeviceTokenNotForTopic"),
            (hasty, 400, "BadPriority"),
            (late, 400, "BadExpirationDate"),
            (len(headers.get("apns-collapse-id", "")) > 64, 400, "BadCollapseId"),
            (len(asked.body) > most, 413, "PayloadTooLarge"),
        )
        for wrong, status, reason in problems:
            if wrong:
                return refusal(status, reason)
        if self.tokens is not None and token not in self.tokens:
            return refusal(410, "Unregistered", timestamp=int(self._now() * 1000))
        return None

    def _wrong_with(self, authorization: str) -> str:
        """What Apple would find wrong with the provider token; empty if nothing."""
        kind, _, token = authorization.partition(" ")
        parts = token.split(".")
        if kind != "bearer" or len(parts) != 3:
            return "MissingProviderToken"
        if self.revoked or not _signed(parts):
            return "InvalidProviderToken"
        header, claims = (json.loads(_unpadded(part)) for part in parts[:2])
        if (header.get("alg"), header.get("kid"), claims.get("iss")) != ("ES256", KEY_ID, TEAM):
            return "InvalidProviderToken"
        if not self._now() - _HOUR <= claims["iat"] <= self._now() + 60:
            return "ExpiredProviderToken"
        if token not in self.jwts:
            self.jwts.append(token)
        return ""


def _signed(parts: list[str]) -> bool:
    raw = _unpadded(parts[2])
    if len(raw) != 64:
        return False
    signature = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    try:
        _KEY.public_key().verify(signature, f"{parts[0]}.{parts[1]}".encode(), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _unpadded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
