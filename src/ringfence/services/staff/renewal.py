"""How a member changes what they come in with: only with the password, said again, and other sessions end."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final, final

from ringfence.identifiers import RowId, StaffId, new_id
from ringfence.persistence import UnitOfWork
from ringfence.privacy.access import FailureCaps, Means, Tickets, TooManyTries, digest_of
from ringfence.privacy.ledger import Event
from ringfence.services.staff.code import code_uri, new_code_secret, new_recovery_codes, normal_recovery, step_of
from ringfence.services.staff.errors import StaffRefused
from ringfence.services.staff.password import Passwords
from ringfence.services.staff.ports import World
from ringfence.services.staff.records import Member, StaffCredential, StaffPasskey
from ringfence.services.staff.settings import StaffSettings

__all__ = ["Renewal", "Renewing"]

_CHALLENGE: Final = 32  # bytes
_WAIT: Final = 1_800.0  # seconds for installing an authenticator app
_WAITING: Final = 500
_KEYS: Final = 10  # passkeys that a member may have


@final
@dataclass(frozen=True, slots=True)
class Renewing:
    """What the page shows: a new secret for an authenticator app, and options for `navigator.credentials.create`."""

    ticket: str = field(repr=False)
    code_secret: str = field(repr=False)
    code_uri: str = field(repr=False)
    passkey: dict[str, Any] = field(repr=False)


@final
@dataclass(frozen=True, slots=True)
class _Begun:
    staff: StaffId
    code_secret: str = field(repr=False)
    challenge: bytes = field(repr=False)


_Change = Callable[[UnitOfWork, Member, StaffCredential], Awaitable[None]]


@final
class Renewal:
    """Every method raises StaffRefused where nobody is signed in by that session, or the password is wrong."""

    def __init__(self, world: World, settings: StaffSettings, passwords: Passwords, turn: asyncio.Lock) -> None:
        self._world = world
        self._passwords = passwords
        self._turn = turn
        self._failed = FailureCaps(settings.second_tries, settings.tries_all, settings.hour)
        self._begun: Tickets[_Begun] = Tickets(world.clock, world.randomness, seconds=_WAIT, limit=_WAITING)

    async def begin(self, session: str) -> Renewing:
        """A secret and a challenge; nothing is changed yet. Raises also TooManyTries."""
        member, _ = await self._signed_in(session)
        async with self._world.db.reading() as unit:
            known = await unit.select(StaffPasskey, subject=member.subject)
        secret, challenge = new_code_secret(self._world.randomness), self._world.randomness.bytes(_CHALLENGE)
        return Renewing(
            ticket=self._begun.put(_Begun(member.staff, secret, challenge)),
            code_secret=secret,
            code_uri=code_uri(secret, name=member.mail, issuer=member.provider),
            passkey=self._world.passkeys.to_register(
                challenge,
                user=member.staff.encode(),
                name=member.name,
                known=[each.credential for each in known],
            ),
        )

    async def replace_code(self, session: str, ticket: str, password: str, code: str) -> list[str]:
        """Another authenticator app in place of the former; the new recovery codes, shown once, replace the old."""
        begun = await self._checked(session, ticket, password)
        step = step_of(begun.code_secret, code, self._world.clock.time(), after=0)
        if step is None:
            raise StaffRefused
        codes = new_recovery_codes(self._world.randomness)
        digests = tuple(digest_of(normal_recovery(each)) for each in codes)

        async def change(unit: UnitOfWork, _: Member, credential: StaffCredential) -> None:
            renewed = replace(credential, code_secret=begun.code_secret, code_step=step, recovery=digests)
            await unit.replace(renewed)

        await self._change(session, Means.CODE, change)
        self._begun.take(ticket)
        return codes

    async def add_passkey(self, session: str, ticket: str, password: str, answer: str) -> None:
        """Raises also PasskeyUnusable, or TooManyTries where there are ten."""
        begun = await self._checked(session, ticket, password)
        made = self._world.passkeys.registered(answer, begun.challenge)
        self._begun.take(ticket)

        async def change(unit: UnitOfWork, member: Member, _: StaffCredential) -> None:
            if await unit.count(StaffPasskey, subject=member.subject) >= _KEYS:
                raise TooManyTries(_WAIT)
            row = StaffPasskey(
                id=RowId(new_id(self._world.randomness)),
                provider=member.provider,
                subject=member.subject,
                credential=made.id,
                public_key=made.public_key,
                count=made.count,
            )
            await unit.add(row)

        await self._change(session, Means.PASSKEY, change)

    async def change_password(self, session: str, password: str, new: str) -> None:
        """Raises also PasswordUnusable."""
        member, credential = await self._signed_in(session)
        await self._prove(member, credential, password)
        self._passwords.check(new, member.mail)
        hashed = await self._passwords.hash(new)

        async def change(unit: UnitOfWork, _: Member, credential: StaffCredential) -> None:
            await unit.replace(replace(credential, password=hashed))

        await self._change(session, Means.PASSWORD, change)

    def forget(self, staff: StaffId) -> None:
        """Who leaves finishes nothing that was begun."""
        self._begun.drop(lambda begun: begun.staff == staff)

    async def _checked(self, session: str, ticket: str, password: str) -> _Begun:
        member, credential = await self._signed_in(session)
        begun = self._begun.look(ticket)
        if begun is None or begun.staff != member.staff:
            raise StaffRefused
        await self._prove(member, credential, password)
        return begun

    async def _prove(self, member: Member, credential: StaffCredential, password: str) -> None:
        """That it is the member and not somebody at an open console. Raises StaffRefused or TooManyTries."""
        now = self._world.clock.monotonic()
        wait = self._failed.wait(member.staff, now)
        if wait > 0:
            raise TooManyTries(wait)
        mark = self._failed.count(member.staff, now)
        if not await self._passwords.verify(credential.password, password):
            raise StaffRefused
        self._failed.forgive(member.staff, mark)

    async def _change(self, session: str, kind: Means, change: _Change) -> None:
        async with self._turn:
            member, _ = await self._signed_in(session)  # who has left meanwhile changes nothing
            async with self._world.db.transaction() as unit:
                credential = await unit.get(StaffCredential, RowId(member.staff))
                if credential is None:
                    raise StaffRefused
                await change(unit, member, credential)
                await self._world.ledger.append(
                    unit,
                    member.provider,
                    Event.STAFF_CREDENTIAL_CHANGED,
                    subject=member.subject,
                    staff=member.staff,
                    kind=kind,
                )
        self._world.sessions.end_others(session)

    async def _signed_in(self, session: str) -> tuple[Member, StaffCredential]:
        found = self._world.sessions.get(session)
        if found is None:
            raise StaffRefused
        async with self._world.db.reading() as unit:
            member = await unit.get(Member, RowId(found.subject))
            credential = await unit.get(StaffCredential, RowId(found.subject))
        if member is None or credential is None:
            raise StaffRefused
        return member, credential
