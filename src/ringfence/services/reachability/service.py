"""Keeping accounts and devices: in rows for restarts, in memory for calls."""

import asyncio
from collections.abc import Collection
from sys import intern
from typing import Final, NamedTuple, final

from ringfence.identifiers import DeviceId, Names, ProviderId, RowId, SubjectId, UpstreamId, new_id
from ringfence.persistence import Database, Fence, UnitOfWork
from ringfence.protocols.sip.digest import Algorithm, ha1
from ringfence.randomness import Randomness
from ringfence.services.reachability.account import Account, Device
from ringfence.services.reachability.accounts import Accounts
from ringfence.services.reachability.address import check_address, check_user
from ringfence.services.reachability.ports import Proven, Registrations
from ringfence.services.reachability.records import Credential, DeviceSecret, UpstreamRegistration

__all__ = ["CALLS_STOP", "Reachability"]

CALLS_STOP: Final = "stops.calls"
_NEEDED: Final = frozenset({Credential.declaration.name, DeviceSecret.declaration.name})


@final
class Reachability:
    """`realm` is the one in which devices prove themselves to us; it must differ from every PBX's."""

    def __init__(
        self, db: Database, accounts: Accounts, registrations: Registrations, randomness: Randomness, *, realm: str
    ) -> None:
        self._db = db
        self._accounts = accounts
        self._registrations = registrations
        self._randomness = randomness
        self._realm = realm.encode()
        self._retiring: set[asyncio.Task[None]] = set()

    async def keep(
        self,
        unit: UnitOfWork,
        *,
        subject: SubjectId,
        provider: ProviderId,
        upstream: UpstreamId,
        aor: str,
        auth_user: str,
        proof: Proven,
    ) -> None:
        """Write a proven account (`user@domain`), or new credentials of one; it is in memory once `unit` is committed.

        Raises `BadAddress`, and SubjectGone where the person is being erased. See `admit`.
        """
        check_address(aor)
        check_user(auth_user)
        credential = Credential(
            id=RowId(subject),
            provider=provider,
            subject=subject,
            upstream=upstream,
            algorithm=proof.algorithm,
            aor=aor,
            auth_user=auth_user,
            realm=proof.realm.decode(),
            ha1=proof.ha1,
        )
        if await unit.get(Credential, credential.id) is None:
            await unit.add(credential)
        else:
            await unit.replace(credential)
        registration = await self._registration(unit, provider, subject)
        unit.after_commit(lambda: self._accounts.add(_account(credential, _binding(registration))))

    async def keep_device(
        self,
        unit: UnitOfWork,
        *,
        subject: SubjectId,
        provider: ProviderId,
        device: DeviceId,
        sip_user: str,
        secret: str,
    ) -> None:
        """Write how a device proves itself, after `keep`; a secret that it had before no longer counts.

        `sip_user` and `secret` are random, made by us; the secret itself is not kept. Raises as `keep`.
        """
        check_user(sip_user)
        user, password = sip_user.encode(), secret.encode()
        record = DeviceSecret(
            id=RowId(device),
            provider=provider,
            subject=subject,
            sip_user=sip_user,
            ha1_md5=ha1(Algorithm.MD5, user, self._realm, password),
            ha1_sha256=ha1(Algorithm.SHA_256, user, self._realm, password),
        )
        if await unit.get(DeviceSecret, record.id) is None:
            await unit.add(record)
        else:
            await unit.replace(record)
        unit.after_commit(lambda: self._put_device(_device(record, subject)))

    async def drop_device(self, unit: UnitOfWork, *, subject: SubjectId, device: DeviceId) -> None:
        """The device has signed out: its secret goes, and with the commit its binding."""
        await unit.delete(DeviceSecret, id=RowId(device), subject=subject)
        unit.after_commit(lambda: self._remove_device(subject, device))

    async def release(self, unit: UnitOfWork, subject: SubjectId) -> None:
        """No device of the account is left to wake: its secret goes, and after the commit our binding at the PBX."""
        await unit.delete(Credential, id=RowId(subject), subject=subject)
        unit.after_commit(lambda: self._retire(subject))

    def admit(self, subject: SubjectId) -> None:
        """Register the account now; call it once what `keep` wrote is committed. An unknown subject is passed over."""
        account = self._accounts.by_subject(subject)
        if account is not None:
            self._registrations.admit(account)

    async def depart(self, subject: SubjectId) -> None:
        """Forget a person: no call reaches the devices any more, and our binding at the PBX ends (Departure port).

        Takes seconds at most, whatever the PBX does. Also works for an account that was never loaded, such as when an
        erasure is resumed after a crash. Doing it twice changes nothing. Rows are not touched: erasing is the kernel's.
        """
        account = self._accounts.remove(subject) or await self._stored(subject)
        if account is not None:
            await self._registrations.withdraw(account)

    async def restricted(self, subject: SubjectId, tables: Collection[str]) -> None:
        """The credential may only be stored: the account is no longer registered, and no call is delivered."""
        account = self._accounts.remove(subject) if _NEEDED & set(tables) else None
        if account is not None:
            await self._registrations.withdraw(account)

    async def lifted(self, subject: SubjectId, tables: Collection[str]) -> None:
        """It may be used again: the account and its devices come back as from a restart (restriction's port)."""
        if not _NEEDED & set(tables) or self._accounts.by_subject(subject) is not None:
            return
        account = await self._stored(subject)
        if account is None:
            return
        self._accounts.add(account)
        async for secret in self._db.stream(DeviceSecret, subject=subject):
            self._accounts.put_device(account, _device(secret, subject))
        self._registrations.admit(account)

    async def ends(self, subject: SubjectId) -> Collection[str]:
        """What stops when the person is erased, or their credential restricted (ZOI-20): keys of texts."""
        return [CALLS_STOP] if self._accounts.by_subject(subject) is not None else []

    async def load(self, names: Names | None = None) -> int:
        """Take every stored account into memory and have it registered in its turn; returns how many.

        Calls for an account can come in as soon as this returns. People who are being erased are left out. `names` are
        shared with other services that load the same people.
        """
        names = names or Names()
        fenced = {SubjectId(fence.id) async for fence in self._db.stream(Fence)}
        bindings = {row.subject: _binding(row, names) async for row in self._db.stream(UpstreamRegistration)}
        loaded = []
        async for credential in self._db.stream(Credential):
            binding = bindings.pop(credential.subject, None)
            if binding is not None and credential.subject not in fenced:
                loaded.append(_account(credential, binding))
                self._accounts.add(loaded[-1])
        async for secret in self._db.stream(DeviceSecret):
            account = self._accounts.by_subject(secret.subject)
            if account is not None:
                self._accounts.put_device(account, _device(secret, account.subject, names))
        for account in loaded:
            self._registrations.admit(account, urgent=False)
        return len(loaded)

    async def _registration(self, unit: UnitOfWork, provider: ProviderId, subject: SubjectId) -> UpstreamRegistration:
        known = await unit.get(UpstreamRegistration, RowId(subject))
        if known is not None:
            return known
        made = UpstreamRegistration(
            id=RowId(subject),
            provider=provider,
            subject=subject,
            call_id=new_id(self._randomness),
            contact_user=new_id(self._randomness),
        )
        await unit.add(made)
        return made

    def _retire(self, subject: SubjectId) -> None:
        """Nobody waits for the PBX's answer; the account is out of memory before it is asked."""
        account = self._accounts.remove(subject)
        if account is not None:
            task = asyncio.create_task(self._registrations.withdraw(account))
            self._retiring.add(task)
            task.add_done_callback(self._retiring.discard)

    async def _stored(self, subject: SubjectId) -> Account | None:
        async with self._db.reading() as unit:
            credential = await unit.get(Credential, RowId(subject))
            registration = await unit.get(UpstreamRegistration, RowId(subject))
        return _account(credential, _binding(registration)) if credential and registration else None

    def _put_device(self, device: Device) -> None:
        account = self._accounts.by_subject(device.subject)
        if account is not None:
            self._accounts.put_device(account, device)

    def _remove_device(self, subject: SubjectId, device: DeviceId) -> None:
        account = self._accounts.by_subject(subject)
        if account is not None:
            self._accounts.remove_device(account, device)


class _Binding(NamedTuple):
    """What an account has of its `UpstreamRegistration`."""

    subject: SubjectId
    call_id: bytes
    contact_user: bytes


def _binding(row: UpstreamRegistration, names: Names | None = None) -> _Binding:
    subject = names.one(row.subject) if names else row.subject
    return _Binding(subject, row.call_id.encode(), row.contact_user.encode())


def _account(credential: Credential, binding: _Binding) -> Account:
    """Texts that many accounts share are kept once: a hundred thousand of them count."""
    return Account(
        subject=binding.subject,
        provider=ProviderId(intern(credential.provider)),
        upstream=UpstreamId(intern(credential.upstream)),
        aor=credential.aor.encode(),
        auth_user=credential.auth_user.encode(),
        realm=_shared(credential.realm),
        algorithm=credential.algorithm,
        ha1=credential.ha1,
        call_id=binding.call_id,
        contact_user=binding.contact_user,
    )


def _shared(text: str) -> bytes:
    return _SHARED.setdefault(text, text.encode())


_SHARED: dict[str, bytes] = {}  # realms: a handful


def _device(secret: DeviceSecret, subject: SubjectId, names: Names | None = None) -> Device:
    """`subject` is the account's own text of it."""
    return Device(
        id=names.one(secret.device) if names else secret.device,
        subject=subject,
        sip_user=secret.sip_user.encode(),
        ha1_md5=secret.ha1_md5,
        ha1_sha256=secret.ha1_sha256,
    )
