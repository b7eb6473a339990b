"""A stand-in for FCM v1 and Google's token endpoint, over TLS, that speaks their real HTTP contracts.

It checks what Google checks: the JWT's signature, algorithm, issuer, audience, scope and times; the bearer token; the
shape of the message (data: strings only, no unknown fields, size, ttl form, priority). Refusals carry Google's error
bodies. What a test wants it to do next is put into `answers`.

    sender --POST /token (JWT)-------------------> access token
    sender --POST /v1/projects/<id>/messages:send--> {"name": ...} | error
"""

import asyncio
import base64
import datetime as dt
import json
import re
import ssl
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final
from urllib.parse import parse_qs

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

__all__ = ["Answer", "FcmStandIn", "Sent", "fcm_error", "service_account", "standing_in"]

PROJECT = "ringfence-test"
EMAIL = "push@ringfence-test.iam.gserviceaccount.com"
_SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
_DATA_LIMIT = 4096
_FIELDS = {"token", "data", "android"}
_ANDROID_FIELDS = {"priority", "ttl"}


@final
@dataclass(frozen=True)
class Answer:
    """A status, a body, further headers; `hang_up` closes the connection instead."""

    status: int = 200
    body: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    hang_up: bool = False


@final
@dataclass(frozen=True)
class Sent:
    """One message that was taken."""

    message: dict[str, Any]
    raw: bytes
    bearer: str


def fcm_error(status: int, word: str, *details: dict[str, Any], **headers: str) -> Answer:
    """Google's error body (google.rpc.Status)."""
    error = {"code": status, "message": "refused by the stand-in", "status": word, "details": list(details)}
    return Answer(status, {"error": error}, {name.replace("_", "-"): value for name, value in headers.items()})


def detail(code: str) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code}


def bad_request(place: str) -> dict[str, Any]:
    violation = {"field": place, "description": "refused by the stand-in"}
    return {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]}


_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def service_account(token_uri: str) -> bytes:
    """The JSON that the Firebase console would give out."""
    pem = _KEY.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    account = {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": "key-1",
        "private_key": pem.decode(),
        "client_email": EMAIL,
        "token_uri": token_uri,
    }
    return json.dumps(account).encode()


@final
class FcmStandIn:
    """Both endpoints. `tokens` are the registration tokens that it knows; None knows all."""

    def __init__(self, *, lifetime: int = 3599) -> None:
        self.sent: list[Sent] = []
        self.answers: deque[Answer] = deque()
        self.grants: deque[Answer] = deque()
        self.exchanges = 0
        self.tokens: set[str] | None = None
        self.accepted = asyncio.Event()
        self.url = ""
        self._lifetime = lifetime
        self._bearers: set[str] = set()

    def revoke(self) -> None:
        """No access token given out so far is good any more."""
        self._bearers.clear()

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes, *, now: float) -> Answer:
        """One request. `now` is wall time."""
        if method != "POST":
            return fcm_error(404, "NOT_FOUND")
        if path == "/token":
            return self._grant(body, now)
        match = re.fullmatch(r"/v1/projects/([a-z0-9-]+)/messages:send", path)
        return self._send(match[1], headers, body) if match else fcm_error(404, "NOT_FOUND")

    def _grant(self, body: bytes, now: float) -> Answer:
        self.exchanges += 1
        if self.grants:
            return self.grants.popleft()
        form = parse_qs(body.decode())
        if form.get("grant_type") != ["urn:ietf:params:oauth:grant-type:jwt-bearer"]:
            return Answer(400, {"error": "unsupported_grant_type"})
        wrong = self._wrong_with(form.get("assertion", [""])[0], now)
        if wrong:
            return Answer(400, {"error": "invalid_grant", "error_description": wrong})
        bearer = f"ya29.{self.exchanges}"
        self._bearers.add(bearer)
        return Answer(200, {"access_token": bearer, "expires_in": self._lifetime, "token_type": "Bearer"})

    def _wrong_with(self, assertion: str, now: float) -> str:
        """What Google would find wrong with the JWT (RFC 7523 section 3); empty if nothing."""
        parts = assertion.split(".")
        if len(parts) != 3:
            return "not a JWT"
        header, claims = (json.loads(_unpadded(part)) for part in parts[:2])
        if header.get("alg") != "RS256":
            return "alg"
        try:
            signed = f"{parts[0]}.{parts[1]}".encode()
            _KEY.public_key().verify(_unpadded(parts[2]), signed, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return "signature"
        expected = {"iss": EMAIL, "scope": _SCOPE, "aud": f"{self.url}/token"}
        for name, value in expected.items():
            if claims.get(name) != value:
                return name
        return "" if claims["iat"] - 60 <= now < claims["exp"] <= claims["iat"] + 3600 else "exp"

    def _send(self, project: str, headers: dict[str, str], body: bytes) -> Answer:
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        if bearer not in self._bearers:
            return fcm_error(401, "UNAUTHENTICATED")
        if project != PROJECT:
            return fcm_error(403, "PERMISSION_DENIED")
        if self.answers:
            return self.answers.popleft()
        message = json.loads(body)["message"]
        place = _misshapen(message)
        if place:
            return fcm_error(400, "INVALID_ARGUMENT", detail("INVALID_ARGUMENT"), bad_request(place))
        if self.tokens is not None and message["token"] not in self.tokens:
            return fcm_error(404, "NOT_FOUND", detail("UNREGISTERED"))
        self.sent.append(Sent(message, body, bearer))
        self.accepted.set()
        return Answer(200, {"name": f"projects/{PROJECT}/messages/{len(self.sent)}"})


def _misshapen(message: dict[str, Any]) -> str:
    """The first field that FCM would refuse; empty if none."""
    data, android = message.get("data", {}), message.get("android", {})
    if set(message) - _FIELDS or not isinstance(message.get("token"), str):
        return "message"
    if not all(isinstance(part, str) for pair in data.items() for part in pair):
        return "message.data"
    if sum(len(part.encode()) for pair in data.items() for part in pair) > _DATA_LIMIT:
        return "message.data"
    if set(android) - _ANDROID_FIELDS or android.get("priority") not in {"HIGH", "NORMAL"}:
        return "message.android"
    return "" if re.fullmatch(r"\d+s", android.get("ttl", "")) else "message.android.ttl"


def _unpadded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


# Over TLS ---------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def standing_in(folder: Path, standin: FcmStandIn) -> AsyncIterator[Path]:
    """Serves on a free port of loopback while the block runs; yields the CA file to trust."""
    certificate, key = _certificate(folder)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    server = await asyncio.start_server(lambda r, w: _serve(standin, r, w), "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    standin.url = f"https://localhost:{port}"
    try:
        yield certificate
    finally:
        server.close()


async def _serve(standin: FcmStandIn, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """HTTP/1.1, one request after the other."""
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            line, *rest = head.decode("latin-1").split("\r\n")
            method, path, _ = line.split(" ")
            pairs = (entry.partition(":") for entry in rest if entry)
            headers = {name.lower(): value.strip() for name, _, value in pairs}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            answer = standin.answer(method, path, headers, body, now=dt.datetime.now(dt.UTC).timestamp())
            if answer.hang_up:
                break
            writer.write(_wire(answer))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


def _wire(answer: Answer) -> bytes:
    body = json.dumps(answer.body).encode()
    headers = {"content-type": "application/json; charset=UTF-8", "content-length": str(len(body)), **answer.headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {answer.status} Stand-In\r\n{lines}\r\n".encode() + body


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "FCM stand-in")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "fcm.pem", folder / "fcm.key"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate_file, key_file
