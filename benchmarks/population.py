"""The accounts of a benchmark, computed from their number, so that both ends know them without telling each other."""

import hashlib
from collections.abc import AsyncIterator, Iterator
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from ringfence.identifiers import DeviceId, ProviderId, RowId, SubjectId, UpstreamId
from ringfence.persistence import Fence
from ringfence.protocols.sip.digest import Algorithm
from ringfence.services.reachability import Credential, DeviceSecret, UpstreamRegistration
from ringfence.services.wake import PushInstance

__all__ = ["APP", "DEVICE_REALM", "DOMAIN", "PBX", "PROVIDER", "Stored", "name_of", "password_of", "user_of"]

DOMAIN = "pbx.test"
DEVICE_REALM = "devices.test"
PROVIDER = ProviderId("bench")
PBX = UpstreamId("pbx")
APP = "bench"


def user_of(number: int) -> str:
    """The account's user, at the PBX and in its address."""
    return f"u{number:06d}"


def password_of(number: int) -> str:
    return f"secret-{number}"


def name_of(kind: str, number: int) -> str:
    """26 letters and digits, as `new_id` makes them."""
    return hashlib.blake2b(f"{kind} {number}".encode(), digest_size=13).hexdigest()


class Stored:
    """What a database would stream at the start: `Reachability.load` and `Wake.load` need nothing else of one."""

    def __init__(self, accounts: int) -> None:
        self._accounts = accounts

    async def stream(
        self,
        kind: type[object],
        *,
        subject: object = None,  # noqa: ARG002 - the port's
        batch: int = 500,  # noqa: ARG002 - the port's
    ) -> AsyncIterator[object]:
        for row in self._rows(kind):
            yield row

    def _rows(self, kind: type[object]) -> Iterator[object]:
        make = {
            Credential: _credential,
            UpstreamRegistration: _registration,
            DeviceSecret: _device_secret,
            PushInstance: _push_instance,
        }.get(kind)
        if make is None and kind is not Fence:
            raise TypeError(kind)
        return (make(number) for number in range(self._accounts)) if make else iter(())


def _credential(number: int) -> Credential:
    subject = SubjectId(name_of("subject", number))
    user, password = user_of(number), password_of(number)
    return Credential(
        id=RowId(subject),
        provider=PROVIDER,
        subject=subject,
        upstream=PBX,
        algorithm=Algorithm.MD5,
        aor=f"{user}@{DOMAIN}",
        auth_user=user,
        realm=DOMAIN,
        ha1=_md5(f"{user}:{DOMAIN}:{password}"),
    )


def _registration(number: int) -> UpstreamRegistration:
    subject = SubjectId(name_of("subject", number))
    return UpstreamRegistration(
        id=RowId(subject),
        provider=PROVIDER,
        subject=subject,
        call_id=name_of("call-id", number),
        contact_user=name_of("contact", number),
    )


def _device_secret(number: int) -> DeviceSecret:
    user = name_of("device-user", number)
    secret = f"{user}:{DEVICE_REALM}:{password_of(number)}"
    return DeviceSecret(
        id=RowId(name_of("device", number)),
        provider=PROVIDER,
        subject=SubjectId(name_of("subject", number)),
        sip_user=user,
        ha1_md5=_md5(secret),
        ha1_sha256=hashlib.sha256(secret.encode()).hexdigest().encode(),
    )


def _push_instance(number: int) -> PushInstance:
    return PushInstance(
        id=RowId(DeviceId(name_of("device", number))),
        provider=PROVIDER,
        subject=SubjectId(name_of("subject", number)),
        due=None,
        app=APP,
        token=name_of("token", number) * 6,  # 156 characters: FCM's are about 160
        public_key=bytes(bytearray(_device_key())),  # a copy: every device has its own
    )


@lru_cache(maxsize=1)
def _device_key() -> bytes:
    return X25519PrivateKey.generate().public_key().public_bytes_raw()


def _md5(text: str) -> bytes:
    return hashlib.md5(text.encode()).hexdigest().encode()  # noqa: S324 - RFC 2617
