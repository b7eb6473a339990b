"""An enrolment service on a real database and keyring, with a PBX, a push gateway and an eraser that are doubles."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from ringfence.clock import ManualClock
from ringfence.declarations import REGISTRY
from ringfence.errors import PeerFault
from ringfence.identifiers import DeviceId, LedgerRef, ProviderId, RecipientId, RowId, SubjectId, UpstreamId
from ringfence.persistence import Database, UnitOfWork
from ringfence.privacy.ledger import Event, Fact
from ringfence.privacy.notices import Versions
from ringfence.privacy.rights import Reason
from ringfence.privacy.vault import Keyring, Vault
from ringfence.protocols.sip.digest import Algorithm, ha1
from ringfence.randomness import SeededRandomness
from ringfence.services.enrolment import (
    Application,
    Domain,
    Enrolment,
    EnrolmentSettings,
    LifeSettings,
    Proof,
    SipAddress,
    World,
)
from ringfence.services.wake import App, Outcome, Push, Wake, WakeSettings
from tests.doubles.databases import main_database

__all__ = ["NOTICE", "PROVIDER", "TERMS", "Installation", "WrongPassword", "installation"]

PROVIDER = ProviderId("acme")
UPSTREAM = UpstreamId("pbx")
NOTICE, TERMS = "a" * 64, "b" * 64
PASSWORD = "correct horse"
TOKEN = "push-token-canary"
DAY = 86_400.0
HOUR = 3_600.0


class WrongPassword(PeerFault):
    code = "credentials_refused"
    http_status = 403


@dataclass(frozen=True)
class Proven:
    realm: bytes
    algorithm: Algorithm
    ha1: bytes


@dataclass
class FakePbx:
    """Knows one password for everybody, and how often it was asked."""

    password: str = PASSWORD
    asked: int = 0

    async def prove(self, upstream: UpstreamId, aor: str, auth_user: str, password: str) -> Proof:
        self.asked += 1
        if password != self.password:
            raise WrongPassword
        digest = ha1(Algorithm.MD5, auth_user.encode(), b"pbx", password.encode())
        return Proven(b"pbx", Algorithm.MD5, digest)


@dataclass
class FakeReach:
    """Remembers what it was told to keep; changes with the commit, as the real one."""

    accounts: dict[SubjectId, bytes] = field(default_factory=dict)
    devices: dict[DeviceId, str] = field(default_factory=dict)
    admitted: list[SubjectId] = field(default_factory=list)
    released: list[SubjectId] = field(default_factory=list)

    async def keep(
        self,
        unit: UnitOfWork,
        *,
        subject: SubjectId,
        provider: ProviderId,
        upstream: UpstreamId,
        aor: str,
        auth_user: str,
        proof: Proof,
    ) -> None:
        unit.after_commit(lambda: self.accounts.__setitem__(subject, proof.ha1))

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
        unit.after_commit(lambda: self.devices.__setitem__(device, secret))

    def admit(self, subject: SubjectId) -> None:
        self.admitted.append(subject)

    async def drop_device(self, unit: UnitOfWork, *, subject: SubjectId, device: DeviceId) -> None:
        unit.after_commit(lambda: self.devices.pop(device, None))

    async def release(self, unit: UnitOfWork, subject: SubjectId) -> None:
        unit.after_commit(lambda: self.accounts.pop(subject, None))
        unit.after_commit(lambda: self.released.append(subject))


@dataclass
class FakeRights:
    """Notes who is to be erased and why."""

    asked: list[tuple[SubjectId, Reason]] = field(default_factory=list)

    async def request(self, provider: ProviderId, subject: SubjectId, reason: Reason) -> RowId:
        self.asked.append((subject, reason))
        return RowId(f"erasure-{len(self.asked)}")


@dataclass
class FakeLedger:
    events: list[tuple[Event, SubjectId | None, dict[str, Fact]]] = field(default_factory=list)

    async def append(
        self,
        unit: UnitOfWork,
        provider: ProviderId,
        event: Event,
        *,
        subject: SubjectId | None = None,
        ref: LedgerRef | None = None,
        **facts: Fact,
    ) -> object:
        unit.after_commit(lambda: self.events.append((event, subject, facts)))
        return None

    def named(self, event: Event) -> list[dict[str, Fact]]:
        return [facts for name, _, facts in self.events if name is event]


class FakeNotices:
    def versions(self, provider: ProviderId) -> Versions:
        return Versions(NOTICE, TERMS)


@dataclass
class FakePush:
    """A push service that answers as it is told."""

    outcome: Outcome = Outcome.ACCEPTED
    sent: list[Push] = field(default_factory=list)

    async def send(self, push: Push) -> Outcome:
        self.sent.append(push)
        return self.outcome


@dataclass
class Installation:
    """Everything under the hands of a test."""

    clock: ManualClock
    db: Database
    keyring: Keyring
    wake: Wake
    enrolment: Enrolment
    settings: EnrolmentSettings
    folder: Path
    pbx: FakePbx
    reach: FakeReach
    rights: FakeRights
    ledger: FakeLedger
    push: FakePush

    def application(
        self,
        *,
        user: str = "alice",
        key: X25519PrivateKey | None = None,
        password: str = PASSWORD,
        token: str = TOKEN,
        notice: str = NOTICE,
        terms: str = TERMS,
        old_enough: bool = True,
        known_as: DeviceId | None = None,
        domain: str = "pbx.example",
    ) -> Application:
        return Application(
            address=SipAddress(user, domain),
            auth_user=user,
            password=password,
            device_name="device-name-canary",
            public_key=(key or X25519PrivateKey.generate()).public_key().public_bytes_raw(),
            app="phone",
            push_token=token,
            notice_version=notice,
            terms_version=terms,
            language="en",
            old_enough=old_enough,
            known_as=known_as,
        )

    async def rows(self) -> int:
        """How many rows there are about people."""
        count = 0
        async with self.db.reading() as unit:
            for kind in REGISTRY.about_people():
                count += await unit.count(kind)
        return count

    def again(self) -> "Enrolment":
        """The service as it is after a restart: another process, the same files."""
        return _enrolment(self.db, self, self.settings)

    def written(self) -> bytes:
        """Every byte of every file."""
        return b"".join(path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file())

    async def walk(self, seconds: float, *, step: float = HOUR / 2) -> None:
        """Let time pass, sweeping as the server does."""
        end = self.clock.time() + seconds
        while self.clock.time() < end:
            self.clock.advance(min(step, end - self.clock.time()))
            await self.enrolment.departures.sweep()
            await self.wake.drain()


@asynccontextmanager
async def installation(folder: Path, *, life: LifeSettings | None = None) -> AsyncIterator[Installation]:
    """A fresh one in a folder of its own."""
    clock, randomness = ManualClock(), SeededRandomness(7)
    keyring = Keyring.open(
        folder / "keyring.db", key_file=folder / "epochs.key", clock=clock, randomness=randomness
    )  # fmt: skip
    db = Database(main_database(folder, "main.db"), sealer=Vault(keyring, randomness), clock=clock)
    await db.open()
    await db.create_tables(REGISTRY.metadata)
    push, app = FakePush(), App(fcm := RecipientId("fcm"), pn_param="project")
    wake = Wake(db, {fcm: push}, clock, WakeSettings(apps={"phone": app}))
    settings = EnrolmentSettings(
        domains={"pbx.example": Domain(PROVIDER, UPSTREAM)},
        public_url="https://ring.example",
        sip_route="sip:ring.example:5061;transport=tls",
        realm="ring.example",
        life=life or LifeSettings(),
    )
    made = Installation(
        clock=clock,
        db=db,
        keyring=keyring,
        wake=wake,
        enrolment=None,  # type: ignore[arg-type]  # needs the rest first
        settings=settings,
        folder=folder,
        pbx=FakePbx(),
        reach=FakeReach(),
        rights=FakeRights(),
        ledger=FakeLedger(),
        push=push,
    )
    made.enrolment = _enrolment(db, made, settings)
    try:
        yield made
    finally:
        await db.close()
        keyring.close()


def _enrolment(db: Database, made: Installation, settings: EnrolmentSettings) -> Enrolment:
    world = World(
        db=db,
        ledger=made.ledger,
        notices=FakeNotices(),
        identities=made.keyring,
        prover=made.pbx,
        reach=made.reach,
        push=made.wake,
        rights=made.rights,
        clock=made.clock,
        randomness=SeededRandomness(11),
        mark_key=made.keyring.derive("people who come back"),
    )
    return Enrolment(world, settings)


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
