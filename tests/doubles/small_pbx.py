"""A PBX's registrar, small and obedient to the test, and a keeper that talks to it under a still clock."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import TypeVar

from ringfence.clock import ManualClock
from ringfence.gateway.endpoint import Endpoint
from ringfence.gateway.keeper import Keeper
from ringfence.gateway.line import Connect, UpstreamLine
from ringfence.gateway.registration import Registration
from ringfence.gateway.upstream import UpstreamSettings
from ringfence.identifiers import ProviderId, SubjectId, UpstreamId
from ringfence.protocols.sip.digest import Algorithm, Challenge, digest_response, ha1
from ringfence.protocols.sip.errors import BadMessage
from ringfence.protocols.sip.fields import NameAddr, contacts, parse_credentials
from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.message import Request, Response, parse
from ringfence.protocols.sip.response import response_to
from ringfence.protocols.sip.transaction import TransactionLayer
from ringfence.randomness import SeededRandomness
from ringfence.services.reachability import Account
from tests.doubles.gateway_hall import ManualScheduler

T = TypeVar("T")
Script = Callable[[Request], Response | None]

PBX = UpstreamId("pbx")
DOMAIN = b"pbx.test"
PASSWORD = b"correct horse"


@dataclass(eq=False)
class SmallPbx:
    """Implements the `Flow` port; what is sent to it is answered by `take_turn`."""

    clock: ManualClock
    transport: bytes = b"UDP"
    reliable: bool = False
    secure: bool = False
    peer: tuple[str, int] = ("192.0.2.60", 5060)
    local: tuple[str, int] = ("192.0.2.1", 5070)
    realm: bytes = DOMAIN
    algorithm: Algorithm = Algorithm.MD5
    silent: bool = False
    challenges: bool = True
    single: bool = False
    min_expires: int = 0
    nonce_uses: int = 1_000_000
    script: Script | None = None
    """Answers first; None from it leaves the request to the registrar."""
    bindings: defaultdict[bytes, dict[bytes, float]] = field(default_factory=lambda: defaultdict(dict))
    inbox: list[Request] = field(default_factory=list)
    heard: list[Request] = field(default_factory=list)
    wrong: int = 0
    _nonces: dict[bytes, int] = field(default_factory=dict)

    def send(self, data: bytes) -> None:
        message = parse(data)
        assert isinstance(message, Request)
        self.inbox.append(message)

    def close(self) -> None:
        pass

    def take_turn(self) -> list[bytes]:
        """The answers to everything that came in."""
        requests, self.inbox = self.inbox, []
        self.heard += requests
        return [] if self.silent else [self._answer(request).to_bytes() for request in requests]

    def registers(self) -> list[Request]:
        """The REGISTERs since the last look."""
        heard, self.heard = self.heard, []
        return [request for request in heard if request.method == b"REGISTER"]

    def forget(self) -> None:
        """As a restart does to bindings in memory."""
        self.bindings.clear()

    def contacts_of(self, user: bytes) -> list[bytes]:
        return list(self.bindings[user])

    def _answer(self, request: Request) -> Response:
        if self.script is not None and (scripted := self.script(request)) is not None:
            return scripted
        if request.method != b"REGISTER":
            return response_to(request, 200, to_tag=b"pbx")
        user = NameAddr.parse(request.get(b"to") or b"").address.user or b""
        if self.challenges and (refusal := self._refusal(request, user)) is not None:
            return refusal
        return self._save(request, user)

    def _refusal(self, request: Request, user: bytes) -> Response | None:
        value = request.get(b"authorization")
        if value is None:
            return self.challenge(request)
        shown = parse_credentials(value)
        nonce = shown.get(b"nonce")
        uses = self._nonces.get(nonce, self.nonce_uses)
        if uses >= self.nonce_uses:
            return self.challenge(request, stale=True)
        self._nonces[nonce] = uses + 1
        secret = ha1(self.algorithm, user, self.realm, PASSWORD)
        expected = digest_response(
            self.algorithm, secret, b"REGISTER", shown.get(b"uri"), nonce, shown.get(b"cnonce"), shown.get(b"nc")
        )
        if expected == shown.get(b"response"):
            return None
        self.wrong += 1
        return self.challenge(request)

    def challenge(self, request: Request, *, stale: bool = False) -> Response:
        nonce = b"n%d" % len(self._nonces)
        self._nonces[nonce] = 0
        response = response_to(request, 401, to_tag=b"pbx")
        response.add(b"www-authenticate", Challenge(self.realm, nonce, self.algorithm, stale=stale).to_bytes())
        return response

    def _save(self, request: Request, user: bytes) -> Response:
        now, held = self.clock.monotonic(), self.bindings[user]
        for contact in contacts(request):
            expires = int(contact.params.get(b"expires") or b"3600")
            if 0 < expires < self.min_expires:
                response = response_to(request, 423, to_tag=b"pbx")
                response.add(b"min-expires", b"%d" % self.min_expires)
                return response
            if self.single:
                held.clear()
            held.pop(contact.uri, None)
            if expires:
                held[contact.uri] = now + expires
        response = response_to(request, 200, to_tag=b"pbx")
        for uri, until in held.items():
            response.add(b"contact", b"<%b>;expires=%d" % (uri, until - now))
        return response


class World:
    """One keeper, one PBX, time that moves when told."""

    def __init__(
        self, *, seed: int = 1, start: float = 1_800_000_000.0, pbx: SmallPbx | None = None, **settings: object
    ) -> None:
        self.clock = ManualClock(start)
        self.scheduler = ManualScheduler(self.clock)
        self.pbx = pbx or SmallPbx(self.clock)
        self.pbx.clock = self.clock
        self.endpoint = Endpoint(TransactionLayer(SeededRandomness(seed)), self.clock, self.scheduler)
        chosen: dict[str, object] = {"rate": 1000.0, **settings}
        self.settings = UpstreamSettings(
            id=PBX,
            provider=ProviderId("example"),
            domain=DOMAIN.decode(),
            **chosen,  # type: ignore[arg-type]  # each test names the settings that matter to it
        )
        self.keeper = Keeper(
            [self.settings],
            endpoint=self.endpoint,
            clock=self.clock,
            scheduler=self.scheduler,
            connect=self._connect,
        )
        self.connect: Connect = _never
        self.line.use(self.pbx)

    async def _connect(self, settings: UpstreamSettings, *, elsewhere: bool = False) -> Flow:
        return await self.connect(settings, elsewhere=elsewhere)

    @property
    def line(self) -> UpstreamLine:
        return self.keeper.lines[PBX]

    def account(self, user: str = "alice", *, password: bytes = PASSWORD, **changes: object) -> Account:
        """An account of the PBX; admit it."""
        facts: dict[str, object] = {
            "subject": SubjectId(f"subject-{user}"),
            "provider": ProviderId("example"),
            "upstream": PBX,
            "aor": user.encode() + b"@" + DOMAIN,
            "auth_user": user.encode(),
            "realm": DOMAIN,
            "algorithm": Algorithm.MD5,
            "ha1": ha1(Algorithm.MD5, user.encode(), DOMAIN, password),
            "call_id": b"callid-" + user.encode() + b"-0123456789",
            "contact_user": b"opaque" + user.encode(),
            **changes,
        }
        return Account(**facts)  # type: ignore[arg-type]  # as above

    def admit(self, user: str = "alice", **changes: object) -> Account:
        account = self.account(user, **changes)  # type: ignore[arg-type]  # as above
        self.keeper.admit(account)
        return account

    def registered(self, user: str = "alice") -> Account:
        """An account that is registered by now."""
        account = self.admit(user)
        self.wait(1.0)
        self.pbx.registers()
        return account

    def registration(self, account: Account) -> Registration:
        return self.line.registrations[account.subject]

    def wait(self, seconds: float) -> None:
        """Let time pass from timer to timer; the PBX answers at once."""
        end = self.clock.monotonic() + seconds
        self.settle()
        while (timer := self.scheduler.take_due(end)) is not None:
            self.clock.advance(max(0.0, timer.at - self.clock.monotonic()))
            timer.callback()
            self.settle()
        self.clock.advance(end - self.clock.monotonic())

    def settle(self) -> None:
        while answers := self.pbx.take_turn():
            for data in answers:
                self.endpoint.received(data, self.pbx)

    async def finish(self, errand: Coroutine[object, object, T]) -> T:
        """Run something that awaits answers, time standing still but for the loop's turns."""
        task = asyncio.ensure_future(errand)
        for _ in range(20):
            await asyncio.sleep(0)
            self.wait(0.05)
        return await task


async def _never(settings: UpstreamSettings, *, elsewhere: bool = False) -> Flow:
    raise BadMessage("no_connection", 503)
