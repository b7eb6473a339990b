"""A stand-in for a push service of browsers (RFC 8030, 8291, 8292) that checks what the real ones check.

The TTL is there, the urgency is a known one, the topic is short, the body is aes128gcm of at most 4,096 bytes; the
VAPID token is signed by the key that the subscription was made for, is for this service's origin, and ends within a
day. What a test wants it to do next is put into `replies`.
"""

import base64
import json
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

__all__ = ["Answer", "Arrived", "WebPushStandIn"]

_DAY = 86_400


@final
@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str] = field(default_factory=dict)


@final
@dataclass(frozen=True)
class Arrived:
    """A message that was taken."""

    path: str
    headers: dict[str, str]
    body: bytes


@final
class WebPushStandIn:
    """`gone` are the paths of subscriptions that have ended; `key` is what the others were made for, None: any."""

    def __init__(self, origin: str, *, now: Callable[[], float], key: str | None = None, plain: bool = False) -> None:
        self.origin = origin
        self.key = key
        self.replies: deque[Answer] = deque()
        self.arrived: list[Arrived] = []
        self.tokens: list[str] = []
        self.gone: set[str] = set()
        self._now = now
        self._plain = plain

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        status = self._refusal(method, headers, body)
        if status:
            return Answer(status)
        if self.replies:
            return self.replies.popleft()
        if path in self.gone:
            return Answer(410)
        self.arrived.append(Arrived(path, headers, body))
        return Answer(201, {"location": f"{self.origin}/message/{len(self.arrived)}", "ttl": headers["ttl"]})

    def _refusal(self, method: str, headers: dict[str, str], body: bytes) -> int:
        """The status; 0 if nothing is wrong."""
        encoded = self._plain or headers.get("content-encoding") == "aes128gcm"
        problems = (
            (method != "POST", 405),
            (not re.fullmatch(r"\d{1,10}", headers.get("ttl", "")), 400),
            (headers.get("urgency") not in {"very-low", "low", "normal", "high"}, 400),
            (not re.fullmatch(r"[A-Za-z0-9_-]{0,32}", headers.get("topic", "")), 400),
            (not encoded, 400),
            (len(body) > 4_096, 413),
        )
        found = next((status for wrong, status in problems if wrong), 0)
        return found or self._unauthorised(headers.get("authorization", ""))

    def _unauthorised(self, authorization: str) -> int:
        match = re.fullmatch(r"vapid t=([\w.-]+), k=([\w-]+)", authorization)
        if match is None:
            return 401
        token, key = match.groups()
        if self.key is not None and key != self.key:
            return 403
        header, claims, signature = token.split(".")
        if not _signed(f"{header}.{claims}", signature, key) or json.loads(_raw(header))["alg"] != "ES256":
            return 401
        said = json.loads(_raw(claims))
        timely = self._now() < said["exp"] <= self._now() + _DAY
        if said["aud"] != self.origin or not timely or not said["sub"].startswith(("mailto:", "https:")):
            return 401
        if token not in self.tokens:
            self.tokens.append(token)
        return 0


def _signed(text: str, signature: str, key: str) -> bool:
    raw = _raw(signature)
    encoded = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    try:
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _raw(key))
        public.verify(encoded, text.encode(), ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def _raw(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
