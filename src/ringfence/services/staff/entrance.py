"""How staff come in: by an invitation once, then by password and a second factor.

open_invitation --ticket--> join_by_code | join_by_passkey        sign_in --ticket--> by_code | by_passkey | by_recovery
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final, final

from ringfence.declarations import IdentifierKind
from ringfence.identifiers import ProviderId, RowId, StaffId, new_id
from ringfence.persistence import UnitOfWork
from ringfence.privacy.access import (
    FailureCaps,
    KnownPasskey,
    Means,
    NewPasskey,
    PasskeyUnusable,
    Session,
    Tickets,
    TooManyTries,
    digest_of,
    parse_token,
)
from ringfence.privacy.ledger import Event
from ringfence.protocols.source import source_of
from ringfence.services.staff.code import code_uri, new_code_secret, new_recovery_codes, normal_recovery, step_of
from ringfence.services.staff.errors import InvitationUnusable, StaffRefused
from ringfence.services.staff.password import Passwords
from ringfence.services.staff.ports import World
from ringfence.services.staff.records import Member, StaffCredential, StaffPasskey, Standing
from ringfence.services.staff.role import Role
from ringfence.services.staff.settings import StaffSettings

__all__ = ["Entrance", "Half", "Joined", "Opening", "SignedIn"]

_CHALLENGE: Final = 32  # bytes
_WAITING: Final = 1_000  # tickets of each kind at once
_JOIN: Final = 1_800.0  # seconds for installing an authenticator app and thinking of a password
_KEYS: Final = 10  # passkeys that a member may have


@final
@dataclass(frozen=True, slots=True)
class SignedIn:
    """`id` belongs into the cookie and nowhere else."""

    id: str = field(repr=False)
    session: Session


@final
@dataclass(frozen=True, slots=True)
class Opening:
    """What the page of an invitation shows. `code_secret` and `code_uri` go into an authenticator app, if one is used;
    `passkey` are the options for `navigator.credentials.create`.
    """

    ticket: str = field(repr=False)
    name: str = field(repr=False)
    roles: tuple[Role, ...]
    code_secret: str = field(repr=False)
    code_uri: str = field(repr=False)
    passkey: dict[str, Any] = field(repr=False)


@final
@dataclass(frozen=True, slots=True)
class Joined:
    """`recovery` codes are shown once."""

    signed_in: SignedIn
    recovery: list[str] = field(repr=False)


@final
@dataclass(frozen=True, slots=True)
class Half:
    """The password was right. `passkey` are the options for `navigator.credentials.get`, None without a passkey."""

    ticket: str = field(repr=False)
    code: bool
    passkey: dict[str, Any] | None = field(repr=False)


@final
@dataclass(frozen=True, slots=True)
class _Joining:
    staff: StaffId
    invitation: bytes = field(repr=False)
    code_secret: str = field(repr=False)
    challenge: bytes = field(repr=False)


@final
@dataclass(slots=True)
class _Waiting:
    staff: StaffId
    challenge: bytes = field(repr=False)
    left: int
    used: bool = False


@final
class Entrance:
    """Every failure sounds the same and is counted by mail address, by source and over all."""

    def __init__(self, world: World, settings: StaffSettings, passwords: Passwords, turn: asyncio.Lock) -> None:
        """`turn`: who holds it writes credentials; a code or invitation shown twice at the same moment is good once."""
        self._world = world
        self._settings = settings
        self._passwords = passwords
        self._one_at_a_time = turn
        self._key = world.randomness.bytes(32)  # addresses and sources are held as marks that die with the process
        self._by_mail = FailureCaps(settings.tries_each, settings.tries_all, settings.hour)
        self._by_source = FailureCaps(settings.tries_source, settings.tries_all, settings.hour)
        self._joining: Tickets[_Joining] = self._tickets(_JOIN)
        self._waiting: Tickets[_Waiting] = self._tickets(settings.half)

    # By invitation

    async def open_invitation(self, token: str) -> Opening:
        """Uses nothing up, since links are fetched by mail scanners, too. Raises InvitationUnusable."""
        parsed = parse_token(token)
        if parsed is None:
            raise InvitationUnusable
        member, credential = await self._invited(StaffId(parsed[0]), parsed[1])
        code_secret = new_code_secret(self._world.randomness)
        challenge = self._world.randomness.bytes(_CHALLENGE)
        ticket = self._joining.put(_Joining(member.staff, credential.invitation, code_secret, challenge))
        return Opening(
            ticket=ticket,
            name=member.name,
            roles=member.roles,
            code_secret=code_secret,
            code_uri=code_uri(code_secret, name=member.mail, issuer=member.provider),
            passkey=self._world.passkeys.to_register(challenge, user=member.staff.encode(), name=member.name),
        )

    async def join_by_code(self, ticket: str, password: str, code: str) -> Joined:
        """Join with an authenticator app. Raises InvitationUnusable, PasswordUnusable, StaffRefused (wrong code)."""
        joining = self._opened(ticket)
        step = step_of(joining.code_secret, code, self._world.clock.time(), after=0)
        if step is None:
            raise StaffRefused
        return await self._join(ticket, joining, password, code_secret=joining.code_secret, code_step=step)

    async def join_by_passkey(self, ticket: str, password: str, answer: str) -> Joined:
        """Join with a passkey. Raises InvitationUnusable, PasswordUnusable, PasskeyUnusable."""
        joining = self._opened(ticket)
        made = self._world.passkeys.registered(answer, joining.challenge)
        return await self._join(ticket, joining, password, passkey=made)

    # By password and second factor

    async def sign_in(self, provider: ProviderId, mail: str, password: str, source: str) -> Half:
        """The first half. Raises StaffRefused, after the same work for whoever does not exist, or TooManyTries."""
        mail = mail.strip()[:254].casefold()
        forgive = self._count(f"{provider} {mail}", source)
        subject = self._world.identities.find(provider, IdentifierKind.STAFF_MAIL, mail)
        async with self._world.db.reading() as unit:
            credential = await unit.get(StaffCredential, RowId(subject or ""))
            passkeys = await unit.select(StaffPasskey, subject=subject or "")
        if not await self._passwords.verify(credential.password if credential else "", password) or credential is None:
            raise StaffRefused
        forgive()
        challenge = self._world.randomness.bytes(_CHALLENGE)
        staff, known = StaffId(credential.id), [each.credential for each in passkeys]
        ticket = self._waiting.put(_Waiting(staff, challenge, self._settings.second_tries))
        options = self._world.passkeys.to_sign_in(challenge, known=known) if known else None
        await self._renew_hash(credential, password)
        return Half(ticket, code=bool(credential.code_secret), passkey=options)

    async def by_code(self, ticket: str, code: str, source: str) -> SignedIn:
        """The second half, by an authenticator app. Raises StaffRefused or TooManyTries."""

        async def check(unit: UnitOfWork, credential: StaffCredential, _: _Waiting) -> None:
            if not credential.code_secret:
                raise StaffRefused
            step = step_of(credential.code_secret, code, self._world.clock.time(), after=credential.code_step)
            if step is None:
                raise StaffRefused
            await unit.replace(replace(credential, code_step=step))

        return await self._second(ticket, source, Means.CODE, check)

    async def by_recovery(self, ticket: str, code: str, source: str) -> SignedIn:
        """The second half, by one of the codes that were shown at joining; it is used up. Raises as `by_code`."""
        shown = digest_of(normal_recovery(code))

        async def check(unit: UnitOfWork, credential: StaffCredential, _: _Waiting) -> None:
            left = tuple(each for each in credential.recovery if not hmac.compare_digest(each, shown))
            if len(left) == len(credential.recovery):
                raise StaffRefused
            await unit.replace(replace(credential, recovery=left))

        return await self._second(ticket, source, Means.RECOVERY, check)

    async def by_passkey(self, ticket: str, answer: str, source: str) -> SignedIn:
        """The second half, by a passkey. Raises as `by_code`."""

        async def check(unit: UnitOfWork, credential: StaffCredential, waiting: _Waiting) -> None:
            for row in await unit.select(StaffPasskey, subject=credential.subject):
                try:
                    count = self._world.passkeys.signed_in(
                        answer, waiting.challenge, KnownPasskey(row.public_key, row.count)
                    )
                except PasskeyUnusable:
                    continue
                await unit.replace(replace(row, count=count))
                return
            raise StaffRefused

        return await self._second(ticket, source, Means.PASSKEY, check)

    def forget(self, staff: StaffId) -> None:
        """Who leaves finishes nothing that was begun."""
        self._joining.drop(lambda joining: joining.staff == staff)
        self._waiting.drop(lambda waiting: waiting.staff == staff)

    # Below

    async def _second(self, ticket: str, source: str, by: Means, check: "_Check") -> SignedIn:
        waiting = self._waiting.look(ticket)
        forgive = self._count(waiting.staff if waiting else "", source)
        if waiting is None or waiting.left <= 0:
            raise StaffRefused
        waiting.left -= 1
        async with self._one_at_a_time:
            if waiting.used:
                raise StaffRefused
            async with self._world.db.transaction() as unit:
                member = await unit.get(Member, RowId(waiting.staff))
                credential = await unit.get(StaffCredential, RowId(waiting.staff))
                if member is None or credential is None or member.standing is not Standing.ACTIVE:
                    raise StaffRefused
                await check(unit, credential, waiting)
                signed_in = await self._admit(unit, member, by)
            waiting.used = True
        self._waiting.take(ticket)
        forgive()
        return signed_in

    async def _join(
        self,
        ticket: str,
        joining: _Joining,
        password: str,
        *,
        code_secret: str = "",
        code_step: int = 0,
        passkey: NewPasskey | None = None,
    ) -> Joined:
        member, credential = await self._invited(joining.staff, joining.invitation)
        self._passwords.check(password, member.mail)
        hashed = await self._passwords.hash(password)
        codes = new_recovery_codes(self._world.randomness)
        digests = tuple(digest_of(normal_recovery(code)) for code in codes)
        joined = replace(
            credential,
            due=None,
            invitation=b"",
            password=hashed,
            code_secret=code_secret,
            code_step=code_step,
            recovery=digests,
        )
        async with self._one_at_a_time:
            await self._invited(joining.staff, joining.invitation)  # somebody may have been quicker
            async with self._world.db.transaction() as unit:
                await unit.replace(replace(member, due=None, standing=Standing.ACTIVE))
                await unit.replace(joined)
                if passkey is not None:
                    await unit.add(self._row(member, passkey))
                await self._world.ledger.append(
                    unit,
                    member.provider,
                    Event.STAFF_JOINED,
                    subject=member.subject,
                    staff=member.staff,
                    role=".".join(member.roles),
                )
                signed_in = await self._admit(unit, member, Means.CODE if passkey is None else Means.PASSKEY)
        self._joining.take(ticket)
        return Joined(signed_in, codes)

    async def _admit(self, unit: UnitOfWork, member: Member, by: Means) -> SignedIn:
        await self._world.ledger.append(unit, member.provider, Event.SIGNED_IN, subject=member.subject, kind=by)
        made = self._world.sessions.open(member.provider, member.subject, by)
        session = self._world.sessions.get(made)
        if session is None:
            raise StaffRefused
        return SignedIn(made, session)

    def _opened(self, ticket: str) -> _Joining:
        joining = self._joining.look(ticket)
        if joining is None:
            raise InvitationUnusable
        return joining

    async def _invited(self, staff: StaffId, digest: bytes) -> tuple[Member, StaffCredential]:
        """Who was invited by a link; raises InvitationUnusable."""
        async with self._world.db.reading() as unit:
            member = await unit.get(Member, RowId(staff))
            credential = await unit.get(StaffCredential, RowId(staff))
        if member is None or credential is None or member.standing is not Standing.INVITED:
            raise InvitationUnusable
        good = hmac.compare_digest(credential.invitation, digest)
        if not good or member.due is None or member.due <= self._world.clock.time():
            raise InvitationUnusable
        return member, credential

    def _row(self, member: Member, made: NewPasskey) -> StaffPasskey:
        return StaffPasskey(
            id=RowId(new_id(self._world.randomness)),
            provider=member.provider,
            subject=member.subject,
            credential=made.id,
            public_key=made.public_key,
            count=made.count,
        )

    async def _renew_hash(self, credential: StaffCredential, password: str) -> None:
        """Settings grow with machines; who signs in gets today's."""
        if not self._passwords.ages(credential.password):
            return
        hashed = await self._passwords.hash(password)
        async with self._one_at_a_time, self._world.db.transaction() as unit:
            current = await unit.get(StaffCredential, RowId(credential.id))
            if current is not None and current.password == credential.password:
                await unit.replace(replace(current, password=hashed))

    def _count(self, name: str, source: str) -> Callable[[], None]:
        """Count a try before it is judged; what comes back gives it back. Raises TooManyTries."""
        now = self._world.clock.monotonic()
        keyed = ((self._by_mail, self._mark(name)), (self._by_source, self._mark(source_of(source))))
        wait = max(caps.wait(key, now) for caps, key in keyed)
        if wait > 0:
            raise TooManyTries(wait)
        marks = [(caps, key, caps.count(key, now)) for caps, key in keyed]

        def forgive() -> None:
            for caps, key, mark in marks:
                caps.forgive(key, mark)

        return forgive

    def _mark(self, text: str) -> bytes:
        return hmac.digest(self._key, text.encode(), "sha256")

    def _tickets(self, seconds: float) -> Tickets[Any]:
        return Tickets(self._world.clock, self._world.randomness, seconds=seconds, limit=_WAITING)


_Check = Callable[[UnitOfWork, StaffCredential, _Waiting], Awaitable[None]]
