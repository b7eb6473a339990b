"""Many enrolled accounts at once: the rows that enrolments leave, without a thousand conversations about passwords.

The API lets one source enrol ten devices and then one in half a minute, since each try is a password that the PBX gets
to see, and there is no setting that would lift that for anybody. So whoever needs a thousand accounts writes what their
enrolments would have written, through the same keyring, vault and unit of work, while the server is not running.
"""

import hashlib
from collections.abc import Iterator, Mapping
from itertools import islice

from ringfence.app import Kernel, opened
from ringfence.clock import SystemClock
from ringfence.declarations import IdentifierKind, Record
from ringfence.identifiers import ProviderId, RowId, SubjectId, UpstreamId, new_id
from ringfence.protocols.sip.digest import Algorithm, ha1
from ringfence.randomness import SystemRandomness
from ringfence.services.enrolment import Device, Phase, SipAccount
from ringfence.services.reachability import Credential, DeviceSecret, UpstreamRegistration
from ringfence.services.wake import PushInstance
from ringfence.settings import load
from tests.peers.installation import APP, Installation

__all__ = ["seed"]

_AT_ONCE = 250  # accounts a unit of work
_TERM = 3 * 86_400.0  # seconds; the policy's default


async def seed(installation: Installation, passwords: Mapping[str, str]) -> None:
    """Enrol everybody with one device each; the server must not be running yet."""
    users = iter(passwords.items())
    async with opened(load(installation.config), SystemClock(), SystemRandomness()) as kernel:
        while batch := list(islice(users, _AT_ONCE)):
            async with kernel.db.transaction() as unit:
                await unit.add_all([row for user, password in batch for row in _rows(kernel, user, password)])


def _rows(kernel: Kernel, user: str, password: str) -> Iterator[Record]:
    entry = kernel.settings.providers[0]
    provider, upstream, domain = ProviderId(entry.id), UpstreamId(entry.upstreams[0].id), entry.upstreams[0].domain
    subject, address = SubjectId(new_id(kernel.randomness)), f"{user}@{domain}"
    kernel.keyring.bind(provider, IdentifierKind.SIP_ADDRESS, address, subject)
    yield SipAccount(
        id=RowId(new_id(kernel.randomness)), provider=provider, subject=subject, upstream=upstream, address=address
    )
    yield Credential(
        id=RowId(subject), provider=provider, subject=subject, upstream=upstream, algorithm=Algorithm.MD5,
        aor=address, auth_user=user, realm=domain, ha1=_ha1(user, domain, password),
    )  # fmt: skip
    yield UpstreamRegistration(
        id=RowId(subject), provider=provider, subject=subject,
        call_id=new_id(kernel.randomness), contact_user=new_id(kernel.randomness),
    )  # fmt: skip
    yield from _device_rows(kernel, provider, subject)


def _device_rows(kernel: Kernel, provider: ProviderId, subject: SubjectId) -> Iterator[Record]:
    device, key = RowId(new_id(kernel.randomness)), kernel.randomness.bytes(32)
    secret, due = new_id(kernel.randomness), kernel.clock.time() + _TERM
    realm = kernel.settings.devices.realm.encode()
    yield Device(id=device, provider=provider, subject=subject, due=due, phase=Phase.LIVE, name="phone", public_key=key)
    yield DeviceSecret(
        id=device, provider=provider, subject=subject, sip_user=device,
        ha1_md5=ha1(Algorithm.MD5, device.encode(), realm, secret.encode()),
        ha1_sha256=ha1(Algorithm.SHA_256, device.encode(), realm, secret.encode()),
    )  # fmt: skip
    yield PushInstance(
        id=device, provider=provider, subject=subject, due=due, app=APP, token=f"token-{device}", public_key=key
    )


def _ha1(user: str, realm: str, password: str) -> bytes:
    """What the PBX's challenge and the password would have made; reckoned apart from the code that uses it."""
    return hashlib.md5(f"{user}:{realm}:{password}".encode()).hexdigest().encode()  # noqa: S324 - RFC 2617
