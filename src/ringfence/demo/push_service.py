"""A stand-in for Firebase Cloud Messaging (HTTP v1): what Google would see, and the way to the sleeping phone.

    server ──POST /token (signed JWT)──────> PushService ──> access token
    server ──POST /v1/projects/…/messages:send──> PushService ──> the phone that owns the token

It insists on what the real service insists on: a JWT signed by the service account (RFC 7523), a bearer token of its
own making, `data` of texts only and at most 4,096 bytes, and 404 UNREGISTERED for a token that nobody holds.
"""

import asyncio
import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, final
from urllib.parse import parse_qs

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from ringfence.clock import Clock
from ringfence.demo.http import Json, Listener, Request
from ringfence.randomness import Randomness

__all__ = ["PROJECT", "PushService", "Pushed"]

PROJECT: Final = "ringfence-demo"
_EMAIL: Final = f"pushes@{PROJECT}.example"
_SCOPE: Final = "https://www.googleapis.com/auth/firebase.messaging"
_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_DATA_LIMIT: Final = 4096  # bytes of keys and values
_ACCESS_SECONDS: Final = 3599  # what Google grants


@final
@dataclass(frozen=True, slots=True)
class Pushed:
    """A message that was accepted: everything that the push service got to see of it."""

    message: Mapping[str, object]
    """The whole body, as it was read."""
    data: Mapping[str, str]
    raw: bytes


@final
class PushService:
    """Speaks FCM's HTTP contract on loopback and hands each message to its phone at once."""

    def __init__(self, *, clock: Clock, randomness: Randomness) -> None:
        self.seen: list[bytes] = []
        """The body of every request that came in, access requests too: all that a push service could read."""
        self._clock, self._randomness = clock, randomness
        self._key = _key()
        self._phones: dict[str, asyncio.Queue[Pushed]] = {}
        self._granted: set[str] = set()
        self._listener = Listener(self._answer)

    async def open(self) -> None:
        await self._listener.open()

    async def close(self) -> None:
        await self._listener.close()

    @property
    def url(self) -> str:
        """What stands in place of https://fcm.googleapis.com."""
        return self._listener.url

    def service_account(self) -> bytes:
        """The JSON file that the Firebase console would give to an operator."""
        pem = self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        account = {
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": "demo",
            "private_key": pem.decode(),
            "client_email": _EMAIL,
            "token_uri": f"{self.url}/token",
        }
        return json.dumps(account, indent=1).encode()

    def install(self) -> tuple[str, "asyncio.Queue[Pushed]"]:
        """An app is installed on a phone: its fresh token, and where its messages arrive."""
        token = f"{self._randomness.bytes(11).hex()}:{self._randomness.bytes(60).hex()}"
        mailbox = self._phones[token] = asyncio.Queue()
        return token, mailbox

    def uninstall(self, token: str) -> None:
        self._phones.pop(token, None)

    async def _answer(self, request: Request) -> tuple[int, Json]:
        self.seen.append(request.body)
        if (request.method, request.path) == ("POST", "/token"):
            return self._grant(request.body)
        if (request.method, request.path) == ("POST", f"/v1/projects/{PROJECT}/messages:send"):
            return self._send(request)
        return _refusal(404, "NOT_FOUND", "")

    def _grant(self, body: bytes) -> tuple[int, Json]:
        form = parse_qs(body.decode("ascii", "replace"))
        if form.get("grant_type") != [_GRANT] or not self._trusts(form.get("assertion", [""])[0]):
            return 400, {"error": "invalid_grant", "error_description": "Invalid JWT."}
        token = "ya29." + self._randomness.bytes(32).hex()
        self._granted.add(token)
        return 200, {"access_token": token, "expires_in": _ACCESS_SECONDS, "token_type": "Bearer"}

    def _trusts(self, assertion: str) -> bool:
        """Whether our service account signed this for us, for the right purpose, and for now."""
        try:
            signed, _, signature = assertion.rpartition(".")
            self._key.public_key().verify(_decoded(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
            claims = json.loads(_decoded(signed.partition(".")[2]))
        except (ValueError, InvalidSignature):
            return False
        now, expected = self._clock.time(), {"iss": _EMAIL, "scope": _SCOPE, "aud": f"{self.url}/token"}
        timely = bool(claims["iat"] - 60 <= now < claims["exp"] <= claims["iat"] + 3600)
        return timely and expected.items() <= claims.items()

    def _send(self, request: Request) -> tuple[int, Json]:
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self._granted:
            return _refusal(401, "UNAUTHENTICATED", "")
        message = _message(request.body)
        data = message.get("data")
        if "notification" in message or not _texts(data):
            return _refusal(400, "INVALID_ARGUMENT", "type.googleapis.com/google.rpc.BadRequest")
        mailbox = self._phones.get(str(message.get("token")))
        if mailbox is None:
            return _refusal(404, "NOT_FOUND", "UNREGISTERED")
        mailbox.put_nowait(Pushed(message, {name: str(value) for name, value in _items(data)}, request.body))
        return 200, {"name": f"projects/{PROJECT}/messages/{self._randomness.bytes(8).hex()}"}


def _message(body: bytes) -> Json:
    try:
        found = json.loads(body)["message"]
    except (ValueError, KeyError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


def _items(data: object) -> list[tuple[str, object]]:
    return list(data.items()) if isinstance(data, dict) else []


def _texts(data: object) -> bool:
    """A map of texts within the limit, as FCM demands."""
    items = _items(data)
    size = sum(len(name.encode()) + len(value.encode()) for name, value in items if isinstance(value, str))
    return bool(items) and all(isinstance(value, str) for _, value in items) and size <= _DATA_LIMIT


@cache
def _key() -> rsa.RSAPrivateKey:
    """The service account's, one for all stand-ins of a process: nobody outside it takes them for a push service."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _refusal(status: int, name: str, code: str) -> tuple[int, Json]:
    """An error as Google's APIs write it; `code` is an FCM error code or the type of a detail."""
    details: list[Json] = []
    if code.startswith("type."):
        details = [{"@type": code, "fieldViolations": [{"field": "message.data"}]}]
    elif code:
        details = [{"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code}]
    return status, {"error": {"code": status, "message": name, "status": name, "details": details}}
