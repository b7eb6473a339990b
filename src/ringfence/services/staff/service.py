"""A provider's staff: who they are, what they may, and their end."""

import asyncio
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, final

from ringfence.clock import day_of
from ringfence.declarations import IdentifierKind, Record
from ringfence.errors import OperatorFault
from ringfence.identifiers import ProviderId, RowId, StaffId, SubjectId, new_id
from ringfence.persistence import UnitOfWork
from ringfence.privacy.access import digest_of, new_secret
from ringfence.privacy.ledger import Event
from ringfence.privacy.rights import Reason
from ringfence.services.staff.actor import Actor
from ringfence.services.staff.confidentiality import confidentiality
from ringfence.services.staff.entrance import Entrance
from ringfence.services.staff.errors import ConfidentialityNotAccepted, MailTaken, NotAllowed
from ringfence.services.staff.password import Passwords
from ringfence.services.staff.ports import World
from ringfence.services.staff.records import Member, StaffCredential, StaffPasskey, Standing
from ringfence.services.staff.renewal import Renewal
from ringfence.services.staff.role import Permission, Role
from ringfence.services.staff.settings import StaffSettings
from ringfence.services.staff.tokens import ProviderTokens

__all__ = ["Colleague", "Invitation", "MailUnusable", "Staff"]

_LONGEST: Final = 254  # characters of a mail address (RFC 5321 section 4.5.3.1.3)


class MailUnusable(OperatorFault):
    """That is no mail address, or a name or role is missing; nobody was invited."""

    code = "invitation_incomplete"
    http_status = 422


@final
@dataclass(frozen=True, slots=True)
class Invitation:
    """`link` is good once and until `until` (epoch seconds); it exists nowhere else."""

    staff: StaffId
    link: str = field(repr=False)
    until: float


@final
@dataclass(frozen=True, slots=True)
class Colleague:
    """A member as colleagues see them."""

    staff: StaffId
    name: str = field(repr=False)
    mail: str = field(repr=False)
    roles: tuple[Role, ...]
    standing: Standing
    accepted_on: dt.date | None


@final
class Staff:
    """`entrance` is how they come in, `renewal` how they change what they come in with, `tokens` is for systems."""

    def __init__(self, world: World, settings: StaffSettings) -> None:
        self._world = world
        self._settings = settings
        self.sessions = world.sessions
        passwords, turn = Passwords(settings, world.randomness), asyncio.Lock()
        self.entrance = Entrance(world, settings, passwords, turn)
        self.renewal = Renewal(world, settings, passwords, turn)
        self.tokens = ProviderTokens(world)

    async def actor(self, session: str) -> Actor | None:
        """Who is signed in by this session id; None where nobody is (any more)."""
        found = self.sessions.get(session)
        member = await self._member(found.provider, StaffId(found.subject)) if found else None
        return Actor.of(member) if member else None

    async def check(self, provider: ProviderId, staff: StaffId) -> None:
        """Whether they may look at people's data now (port `Lookers` of `privacy.looks`). Raises as `Actor.need`."""
        member = await self._member(provider, staff)
        if member is None:
            raise NotAllowed(permission=Permission.LOOK.value)
        Actor.of(member).need(Permission.LOOK)

    async def is_officer(self, provider: ProviderId, staff: StaffId) -> bool:
        """Whether they are a privacy officer there now, and bound (port `Officers` of `privacy.secrecy`)."""
        member = await self._member(provider, staff)
        return member is not None and Actor.of(member).may(Permission.KEEP_SECRET)

    # Coming and going

    async def invite(
        self, provider: ProviderId, roles: Iterable[Role], *, name: str, mail: str, by: Actor | None
    ) -> Invitation:
        """A link for somebody new. `by` is None on the machine itself, which may invite anybody.

        Raises NotAllowed, MailUnusable, or MailTaken. An invitation that was not taken up is replaced.
        """
        wanted, mail = tuple(sorted(set(roles))), mail.strip().casefold()
        _check(name, mail, wanted)
        if by is not None:
            by.need_power_over(wanted)
        await self._make_way(provider, mail)
        staff, secret = StaffId(new_id(self._world.randomness)), new_secret(self._world.randomness)
        until = self._world.clock.time() + self._settings.invitation
        self._world.identities.bind(provider, IdentifierKind.STAFF_MAIL, mail, SubjectId(staff))
        async with self._world.db.transaction() as unit:
            await unit.add_all(_rows(provider, staff, until, name, mail, wanted, digest_of(secret)))
            await self._note(unit, provider, Event.STAFF_INVITED, staff, wanted)
        return Invitation(staff, f"{self._settings.public_url}/console/join/{staff}.{secret}", until)

    async def members(self, provider: ProviderId) -> list[Colleague]:
        """Everybody, by name."""
        async with self._world.db.reading() as unit:
            found = await unit.select(Member, provider=provider)
        colleagues = [
            Colleague(each.staff, each.name, each.mail, each.roles, each.standing, each.accepted_on) for each in found
        ]
        return sorted(colleagues, key=lambda each: (each.name, each.staff))

    async def change_roles(self, staff: StaffId, roles: Iterable[Role], *, by: Actor) -> None:
        """Raises NotAllowed where `by` has no power over what they were, or over what they shall be, or is they."""
        wanted = tuple(sorted(set(roles)))
        async with self._world.db.transaction() as unit:
            member = await unit.get(Member, RowId(staff))
            if member is None or member.provider != by.provider or staff == by.staff or not wanted:
                raise NotAllowed(permission=Permission.MANAGE_STAFF.value)
            by.need_power_over((*member.roles, *wanted))
            await unit.replace(replace(member, roles=wanted))
            await self._note(unit, by.provider, Event.STAFF_ROLES_CHANGED, staff, wanted)

    async def leave(self, provider: ProviderId, staff: StaffId, *, by: Actor | None) -> bool:
        """End somebody's access, at once and everywhere, and have their data erased. False: nobody of that id.

        `by` may be who leaves themselves; None on the machine itself. Raises NotAllowed.
        """
        member = await self._member(provider, staff)
        if member is None:
            return False
        if by is not None and by.staff != staff:
            by.need_power_over(member.roles)
        await self._end(member)
        return True

    async def accept_confidentiality(self, session: str, version: str) -> None:
        """Before the first access (ZOI-27). Raises ConfidentialityNotAccepted where it is not the current text."""
        found = self.sessions.get(session)
        if found is None or version != confidentiality("en").version:
            raise ConfidentialityNotAccepted
        staff = StaffId(found.subject)
        async with self._world.db.transaction() as unit:
            member = await unit.get(Member, RowId(staff))
            if member is None:
                raise ConfidentialityNotAccepted
            today = day_of(self._world.clock.time())
            await unit.replace(replace(member, confidentiality=version, accepted_on=today))
            await self._world.ledger.append(
                unit,
                found.provider,
                Event.CONFIDENTIALITY_ACCEPTED,
                subject=found.subject,
                staff=staff,
                version=version,
            )

    async def depart(self, subject: SubjectId) -> None:
        """Port `Departure` of `privacy.rights`."""
        self.sessions.end_all(subject)
        self.entrance.forget(StaffId(subject))
        self.renewal.forget(StaffId(subject))

    async def expired(self, records: Sequence[Record]) -> None:
        """An invitation lapsed: with the row goes the address that led to it (port `Expiry` of `privacy.retention`)."""
        for record in records:
            if isinstance(record, Member) and record.standing is Standing.INVITED:
                await self._end(record)

    # Below

    async def _member(self, provider: ProviderId, staff: StaffId) -> Member | None:
        async with self._world.db.reading() as unit:
            member = await unit.get(Member, RowId(staff))
        return member if member is not None and member.provider == provider else None

    async def _make_way(self, provider: ProviderId, mail: str) -> None:
        """Raises MailTaken; what an invitation that nobody took up has left goes."""
        holder = self._world.identities.find(provider, IdentifierKind.STAFF_MAIL, mail)
        if holder is None:
            return
        member = await self._member(provider, StaffId(holder))
        if member is not None and member.standing is Standing.ACTIVE:
            raise MailTaken
        if member is not None:
            await self._end(member)
        else:  # swept away by its term
            self._world.identities.unbind(provider, IdentifierKind.STAFF_MAIL, mail)
            await self._world.rights.request(provider, holder, Reason.ACCESS_ENDED)

    async def _end(self, member: Member) -> None:
        await self.depart(member.subject)
        async with self._world.db.transaction() as unit:
            for kind in (StaffCredential, StaffPasskey, Member):
                await unit.delete(kind, subject=member.subject)
            await self._world.ledger.append(
                unit, member.provider, Event.STAFF_LEFT, subject=member.subject, staff=member.staff
            )
        await self.depart(member.subject)  # whoever came in meanwhile
        self._world.identities.unbind(member.provider, IdentifierKind.STAFF_MAIL, member.mail)
        await self._world.rights.request(member.provider, member.subject, Reason.ACCESS_ENDED)

    async def _note(
        self, unit: UnitOfWork, provider: ProviderId, event: Event, staff: StaffId, roles: tuple[Role, ...]
    ) -> None:
        said = ".".join(roles)
        await self._world.ledger.append(unit, provider, event, subject=SubjectId(staff), staff=staff, role=said)


def _check(name: str, mail: str, roles: tuple[Role, ...]) -> None:
    user, at, domain = mail.rpartition("@")
    usable = bool(user and at and domain and roles and name.strip())
    if not usable or len(mail) > _LONGEST or len(name) > _LONGEST or not mail.isprintable() or " " in mail:
        raise MailUnusable


def _rows(
    provider: ProviderId, staff: StaffId, until: float, name: str, mail: str, roles: tuple[Role, ...], digest: bytes
) -> tuple[Member, StaffCredential]:
    """Of somebody who was invited: both end with the invitation."""
    row, subject = RowId(staff), SubjectId(staff)
    return (
        Member(
            id=row,
            provider=provider,
            subject=subject,
            due=until,
            standing=Standing.INVITED,
            name=name.strip(),
            mail=mail,
            roles=roles,
        ),
        StaffCredential(id=row, provider=provider, subject=subject, due=until, invitation=digest),
    )
