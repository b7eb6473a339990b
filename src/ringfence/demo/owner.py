"""A person with a phone: reads, agrees, enrols, sleeps, is woken, asks for everything, leaves.

    Owner ──HTTPS──> API            notice, enrolment, own data, leaving
      │  <──push──── PushService    the only thing that reaches a sleeping phone
      └──TLS──> Ringfence           REGISTER and calls, while awake

Everything that an app would keep is in this object's memory; the private key never leaves it.
"""

import asyncio
import base64
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from ringfence.demo.assertion import NotHeld
from ringfence.demo.http import Answer, Json, call
from ringfence.demo.phone import Account, Phone
from ringfence.demo.push_service import Pushed, PushService
from ringfence.demo.sip import address_of
from ringfence.randomness import Randomness

__all__ = ["APP", "Access", "Caller", "Doors", "Owner", "SealedBadly"]

APP: Final = "ringfence-demo"
_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
_BOX: Final = b"ringfence box 1 "
_HOST: Final = "127.0.0.1"


@final
class SealedBadly(NotHeld):
    """The box does not open with this phone's key."""

    def __init__(self) -> None:
        super().__init__("sealed_badly")


@final
@dataclass(frozen=True, slots=True)
class Doors:
    """Where the server is reached, and whose certificates are believed."""

    api: str
    """`https://host:port`, without a slash at the end."""
    trust: ssl.SSLContext


@final
@dataclass(frozen=True, slots=True)
class Access:
    """What enrolment answered: shown once, held by the phone."""

    device: str
    token: str = field(repr=False)
    sip_user: str
    sip_secret: str = field(repr=False)
    route: str


@final
@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as the box says."""

    name: str = field(repr=False)
    address: str = field(repr=False)


class _Inside(msgspec.Struct):
    n: str = ""
    a: str = ""


@final
class Owner:
    """One person with one SIP account and one phone. `account.password` is the PBX's."""

    def __init__(
        self, account: Account, doors: Doors, push: PushService, randomness: Randomness, *, device: str
    ) -> None:
        self.account, self.device_name = account, device
        self.push_token, self._mailbox = push.install()
        self.access: Access | None = None
        self.phone: Phone | None = None
        self._doors, self._push, self._randomness = doors, push, randomness
        self._key = X25519PrivateKey.generate()

    @property
    def public_key(self) -> str:
        """As the API takes it: base64url without padding."""
        return base64.urlsafe_b64encode(self._key.public_key().public_bytes_raw()).rstrip(b"=").decode()

    # what the person does

    async def notice(self, language: str = "en") -> Json:
        return (await self._ask("GET", f"/v1/notice?domain={self.account.domain}&lang={language}")).json()

    async def enrol(self, notice: Mapping[str, object], *, agreed: bool) -> Answer:
        """Ask to be enrolled; on 201 the phone keeps what it was given."""
        body: Json = {
            "sip_address": f"{self.account.user}@{self.account.domain}",
            "auth_user": self.account.auth_user,
            "password": self.account.password,
            "device": {
                "name": self.device_name,
                "app": APP,
                "public_key": self.public_key,
                "push_token": self.push_token,
            },
            "notice_seen": notice["notice_version"],
            "old_enough": True,
        }
        if agreed:
            body["terms_agreed"] = notice["terms_version"]
        answer = await self._ask("POST", "/v1/enrolments", body, {"Idempotency-Key": self._randomness.bytes(16).hex()})
        if answer.status == 201:
            self.access = _access(answer.json())
        return answer

    async def data(self) -> Answer:
        """Everything held about me."""
        return await self._ask("GET", "/v1/account/data")

    async def leave(self) -> Answer:
        return await self._ask("DELETE", "/v1/account")

    async def erasure(self, number: str) -> Json:
        """How far my erasure is; needs no token, since none is left."""
        return (await call("GET", f"{self._doors.api}/v1/erasures/{number}", context=self._doors.trust)).json()

    async def call_state(self, ref: str) -> str:
        return str((await self._ask("GET", f"/v1/calls/{ref}")).json().get("state"))

    # what the phone does

    async def connect(self) -> Phone:
        """Open a TLS connection, certificate verified, and register with the phone's own secret."""
        access = self._enrolled()
        account = Account(self.account.user, self.account.domain, access.sip_user, access.sip_secret)
        phone = Phone(account, address_of(access.route, 5061), self._randomness)
        await phone.open_tls(self._doors.trust, _HOST)
        self.phone = phone
        instance = f';+sip.instance="<urn:uuid:{_uuid(access.device)}>";reg-id=1'
        await phone.register(("Supported", "outbound, path"), contact_params=instance)
        return phone

    def sleep(self) -> None:
        """The system suspends the app: the connection is gone and nobody says goodbye."""
        if self.phone:
            self.phone.close()
        self.phone = None

    async def woken(self, within: float) -> Pushed:
        """The next push; raises TimeoutError."""
        return await asyncio.wait_for(self._mailbox.get(), within)

    def open_box(self, pushed: Pushed) -> Caller:
        """Who calls: only this phone can read it. Raises SealedBadly."""
        sealed = base64.urlsafe_b64decode(pushed.data["box"] + "==")
        try:
            plain = _SUITE.decrypt(sealed, self._key, info=_BOX + pushed.data["call"].encode())
            inside = msgspec.msgpack.decode(plain[2 : 2 + int.from_bytes(plain[:2])], type=_Inside)
        except (InvalidTag, ValueError, msgspec.MsgspecError) as error:
            raise SealedBadly from error
        return Caller(inside.n, inside.a)

    def uninstall(self) -> None:
        self.sleep()
        self._push.uninstall(self.push_token)

    async def _ask(
        self, method: str, path: str, body: Json | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        shown = {"Authorization": f"Bearer {self.access.token}"} if self.access else {}
        return await call(
            method, self._doors.api + path, context=self._doors.trust, body=body, headers=shown | dict(headers or {})
        )

    def _enrolled(self) -> Access:
        if self.access is None:
            raise PermissionError
        return self.access


def _access(answer: Json) -> Access:
    sip = answer["sip"]
    if not isinstance(sip, dict):
        raise TypeError
    return Access(
        device=str(answer["device_id"]),
        token=str(answer["api_token"]),
        sip_user=str(sip["user"]),
        sip_secret=str(sip["secret"]),
        route=str(sip["route"]),
    )


def _uuid(device: str) -> str:
    """An instance id that stays the same for the device (RFC 5626 section 4.1)."""
    digits = device.encode().hex()[:32]
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))
