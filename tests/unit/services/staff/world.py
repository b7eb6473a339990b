"""A provider's staff on a whole kernel; hashes are made small, since tests make many."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pyotp

from ringfence.clock import ManualClock
from ringfence.declarations import REGISTRY
from ringfence.identifiers import StaffId
from ringfence.privacy.access import Passkeys, Place, Sessions
from ringfence.privacy.ledger.records import LedgerEntry
from ringfence.privacy.rights import Erasures
from ringfence.randomness import SystemRandomness
from ringfence.services.staff import (
    Actor,
    HashingSettings,
    Invitation,
    Role,
    SignedIn,
    Staff,
    StaffSettings,
    World,
    confidentiality,
)
from tests.unit.privacy.installation import PROVIDER, Installation, installed, prepared

URL = "https://ring.example"
PLACE = Place.of(URL, "Ringfence")
MAIL = "olga@provider.example"
PASSWORD = "four words in a row"
HERE = "192.0.2.17"
SETTINGS = StaffSettings(public_url=URL, hashing=HashingSettings(passes=1, memory_kib=8))


@dataclass
class Joined:
    """A member who is in, with what they carry."""

    staff: StaffId
    mail: str
    totp: pyotp.TOTP
    recovery: list[str]
    first: SignedIn


@dataclass
class Office:
    kernel: Installation
    clock: ManualClock
    staff: Staff
    erasures: Erasures

    async def invite(self, *roles: Role, mail: str = MAIL, by: Actor | None = None) -> Invitation:
        return await self.staff.invite(PROVIDER, roles or (Role.OFFICER,), name="Olga Officer", mail=mail, by=by)

    async def join(self, *roles: Role, mail: str = MAIL, by: Actor | None = None) -> Joined:
        """Invite somebody, and let them join with an authenticator app."""
        invitation = await self.invite(*roles, mail=mail, by=by)
        opening = await self.staff.entrance.open_invitation(token_of(invitation))
        totp = pyotp.TOTP(opening.code_secret)
        done = await self.staff.entrance.join_by_code(opening.ticket, PASSWORD, self.code(totp))
        return Joined(invitation.staff, mail, totp, done.recovery, done.signed_in)

    async def working(self, *roles: Role, mail: str = MAIL) -> Actor:
        """A member who has joined and accepted confidentiality."""
        joined = await self.join(*roles, mail=mail)
        await self.staff.accept_confidentiality(joined.first.id, confidentiality("en").version)
        actor = await self.staff.actor(joined.first.id)
        assert actor is not None
        return actor

    def code(self, totp: pyotp.TOTP) -> str:
        return totp.generate_otp(int(self.clock.time() // 30))

    async def sign_in(self, member: Joined, source: str = HERE) -> SignedIn:
        """With the next code."""
        self.clock.advance(30)
        half = await self.staff.entrance.sign_in(PROVIDER, member.mail, PASSWORD, source)
        return await self.staff.entrance.by_code(half.ticket, self.code(member.totp), source)

    async def ledger(self) -> list[bytes]:
        async with self.kernel.db.reading() as unit:
            return [entry.body for entry in await unit.select(LedgerEntry, provider=PROVIDER, order="number")]


def token_of(invitation: Invitation) -> str:
    return invitation.link.rpartition("/")[2]


@asynccontextmanager
async def opened_office(folder: Path, settings: StaffSettings = SETTINGS) -> AsyncIterator[Office]:
    clock = ManualClock()
    async with installed(prepared(folder), clock) as kernel:
        holder: list[Staff] = []

        class Later:
            async def depart(self, subject: object) -> None:
                await holder[0].depart(subject)  # type: ignore[arg-type]  # a SubjectId, by the port

        erasures = kernel.erasures(Later(), registry=REGISTRY)
        world = World(
            db=kernel.db,
            ledger=kernel.ledger,
            identities=kernel.keyring,
            rights=erasures,
            sessions=Sessions(clock, SystemRandomness(), settings.sessions),
            passkeys=Passkeys(PLACE),
            clock=clock,
            randomness=SystemRandomness(),
        )
        holder.append(Staff(world, settings))
        yield Office(kernel, clock, holder[0], erasures)
