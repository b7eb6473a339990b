"""Sign-in on a whole kernel, with the real enrolment and reachability; the PBX, pushes and messages are doubles."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from ringfence.app.signin import HeldCredentials, KeyringDirectory, RegisteredHolder
from ringfence.clock import ManualClock
from ringfence.declarations import REGISTRY
from ringfence.errors import PeerFault
from ringfence.identifiers import ProviderId, RecipientId, SubjectId, UpstreamId
from ringfence.privacy.access import Sessions
from ringfence.privacy.notices import Versions
from ringfence.privacy.rights import Erasures
from ringfence.protocols.sip.digest import Algorithm, ha1
from ringfence.randomness import SystemRandomness
from ringfence.services.enrolment import Application, Domain, Enrolled, Enrolment, EnrolmentSettings, SipAddress
from ringfence.services.enrolment import World as EnrolmentWorld
from ringfence.services.reachability import Account, Accounts, Reachability, State
from ringfence.services.signin import Home, SignIn, SignInSettings, World
from ringfence.services.wake import App, Outcome, Push, Wake, WakeSettings
from tests.unit.privacy.installation import PROVIDER, Installation, installed, prepared

UPSTREAM = UpstreamId("pbx")
DOMAIN = "pbx.example"
USER = "+4930901820"
ADDRESS = f"{USER}@{DOMAIN}"
PASSWORD = "correct horse"
HERE = "192.0.2.17"
NOTICE, TERMS = "a" * 64, "b" * 64
KEY = "people who come back"


class WrongPassword(PeerFault):
    code = "credentials_refused"


class Away(PeerFault):
    code = "upstream_unavailable"


@dataclass(frozen=True)
class Proven:
    realm: bytes
    algorithm: Algorithm
    ha1: bytes


@dataclass
class Pbx:
    """Knows a password for each user; remembers which addresses it was asked about."""

    passwords: dict[str, str] = field(default_factory=lambda: {USER: PASSWORD})
    asked: list[str] = field(default_factory=list)
    away: bool = False
    answer: Callable[[], Awaitable[None]] | None = None
    """What happens before it answers."""

    async def prove(self, upstream: UpstreamId, aor: str, auth_user: str, password: str) -> Proven:
        self.asked.append(aor)
        if self.answer is not None:
            await self.answer()
        if self.away:
            raise Away
        if self.passwords.get(aor.partition("@")[0]) != password:
            raise WrongPassword
        return Proven(b"pbx", Algorithm.MD5, ha1(Algorithm.MD5, auth_user.encode(), b"pbx", password.encode()))


class Registrations:
    """Says of every account that it is registered, as a PBX that accepts it would have it."""

    def admit(self, account: Account, *, urgent: bool = True) -> None:
        account.state = State.REGISTERED

    async def withdraw(self, account: Account) -> None:
        account.state = State.IDLE


@dataclass
class Texts:
    """Port `PinSender`: what was sent to which number."""

    sent: list[tuple[SubjectId, str, str]] = field(default_factory=list)
    broken: bool = False

    async def send(self, provider: ProviderId, subject: SubjectId, number: str, text: str) -> None:
        if self.broken:
            raise Away
        self.sent.append((subject, number, text))

    @property
    def pin(self) -> str:
        """The newest one."""
        return self.sent[-1][2][:6]


class TodaysTexts:
    def versions(self, provider: ProviderId) -> Versions:
        return Versions(NOTICE, TERMS)


class NoPush:
    async def send(self, push: Push) -> Outcome:
        return Outcome.ACCEPTED


@dataclass
class House:
    kernel: Installation
    clock: ManualClock
    pbx: Pbx
    accounts: Accounts
    enrolment: Enrolment
    erasures: Erasures
    sessions: Sessions
    sign_in: SignIn
    texts: Texts
    slept: list[float]

    async def enrol(self, user: str = USER, password: str = PASSWORD, *, push: str = "pushed") -> Enrolled:
        return await self.enrolment.enrol(
            Application(
                address=SipAddress(user, DOMAIN),
                auth_user=user,
                password=password,
                device_name="a phone",
                public_key=X25519PrivateKey.generate().public_key().public_bytes_raw(),
                app="phone",
                push_token=push,
                notice_version=NOTICE,
                terms_version=TERMS,
                language="en",
                old_enough=True,
            )
        )

    def holder(self, user: str = USER) -> SubjectId:
        """Who has the address now."""
        (found,) = {account.subject for account in self.accounts if account.aor.startswith(user.encode())}
        return found

    def signed_in(self, cookie: str) -> SubjectId | None:
        session = self.sessions.get(cookie)
        return session.subject if session else None

    async def ask(self, number: str = USER, source: str = HERE) -> str:
        """A ticket; the message, if one goes out, has arrived."""
        asked = await self.sign_in.ask_pin(PROVIDER, number, source)
        await self.sign_in.drain()
        return asked.ticket


@asynccontextmanager
async def housed(folder: Path, settings: SignInSettings | None = None) -> AsyncIterator[House]:
    clock = ManualClock()
    async with installed(prepared(folder), clock) as kernel:
        sessions, accounts, pbx, texts = Sessions(clock, SystemRandomness()), Accounts(), Pbx(), Texts()
        reach = Reachability(kernel.db, accounts, Registrations(), SystemRandomness(), realm="ring.example")
        app = App(fcm := RecipientId("fcm"), pn_param="project")
        wake = Wake(kernel.db, {fcm: NoPush()}, clock, WakeSettings(apps={"phone": app}))
        slept: list[float] = []
        sign_in = _sign_in(kernel, clock, sessions, accounts, pbx, texts, slept, settings)
        erasures = kernel.erasures(reach, wake, sessions, sign_in, registry=REGISTRY)
        enrolment = _enrolment(kernel, clock, pbx, reach, wake, erasures)
        yield House(kernel, clock, pbx, accounts, enrolment, erasures, sessions, sign_in, texts, slept)


def _sign_in(
    kernel: Installation,
    clock: ManualClock,
    sessions: Sessions,
    accounts: Accounts,
    pbx: Pbx,
    texts: Texts,
    slept: list[float],
    settings: SignInSettings | None,
) -> SignIn:
    homes = {DOMAIN: Home(PROVIDER, UPSTREAM)}

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    world = World(
        db=kernel.db,
        ledger=kernel.ledger,
        sessions=sessions,
        credentials=HeldCredentials(kernel.db, kernel.keyring.derive(KEY)),
        directory=KeyringDirectory(kernel.keyring, homes, {PROVIDER: "DE"}),
        prover=pbx,
        holder=RegisteredHolder(accounts),
        pins={PROVIDER: texts},
        clock=clock,
        randomness=SystemRandomness(),
        sleep=sleep,
    )
    return SignIn(world, settings or SignInSettings(homes=homes, names={PROVIDER: "Example Telephone"}))


def _enrolment(
    kernel: Installation, clock: ManualClock, pbx: Pbx, reach: Reachability, wake: Wake, erasures: Erasures
) -> Enrolment:
    world = EnrolmentWorld(
        db=kernel.db,
        ledger=kernel.ledger,
        notices=TodaysTexts(),
        identities=kernel.keyring,
        prover=pbx,
        reach=reach,
        push=wake,
        rights=erasures,
        clock=clock,
        randomness=SystemRandomness(),
        mark_key=kernel.keyring.derive(KEY),
    )
    settings = EnrolmentSettings(
        domains={DOMAIN: Domain(PROVIDER, UPSTREAM)},
        public_url="https://ring.example",
        sip_route="sip:ring.example:5061;transport=tls",
        realm="ring.example",
    )
    return Enrolment(world, settings)
