"""The way to one PBX: its flow, the queue of accounts whose turn it is, and whether the PBX lives.

    Keeper --admit, withdraw--> Line --start--> Registration --send--> Line --> Endpoint
                                  |  paced: `rate` requests a second at most, so many under way at most
                                  '-- Probe: OPTIONS, and a query for one account's bindings now and then

A PBX that was silent and speaks again, or has forgotten bindings, gets every account anew, at the paced rate. While it
is silent nothing but the probe is sent.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol, final

import structlog

from ringfence.clock import Clock
from ringfence.errors import RingfenceError
from ringfence.gateway.endpoint import Endpoint
from ringfence.gateway.express import Express
from ringfence.gateway.pace import Pace
from ringfence.gateway.probe import Probe
from ringfence.gateway.register_answer import ChallengeReader
from ringfence.gateway.register_request import RegisterWording
from ringfence.gateway.registration import Registration
from ringfence.gateway.registration_line import Intent
from ringfence.gateway.upstream import UpstreamSettings
from ringfence.privacy.access import FailureCaps
from ringfence.protocols.sip.digest import Challenge
from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.message import Response
from ringfence.protocols.sip.timers import NEVER, Agenda
from ringfence.protocols.sip.transaction import ClientTransaction
from ringfence.services.reachability import State

__all__ = ["Connect", "UpstreamLine"]

_log = structlog.get_logger("ringfence.gateway.line")

_UNDER_WAY = 256  # exchanges at a time: what the usual receive buffer (212 kB) of a PBX holds, so that none is dropped
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0  # seconds between two tries to connect
_BUSY = 1.0  # seconds after which an account that was busy when its turn came is tried again


class Connect(Protocol):
    """Finds the PBX (RFC 3263) and opens a flow to it, within a bounded time."""

    async def __call__(self, settings: UpstreamSettings, *, elsewhere: bool = False) -> Flow:
        """`elsewhere`: the target that was used last has fallen silent, so the next one goes first."""
        ...


@final
class UpstreamLine:
    """`states` counts its accounts by state; `sent` the REGISTER requests so far."""

    def __init__(
        self,
        settings: UpstreamSettings,
        *,
        endpoint: Endpoint,
        clock: Clock,
        agenda: Agenda[Registration | Probe],
        connect: Connect,
        express: Express,
        wake: Callable[[], None],
    ) -> None:
        whole = settings.failures_upstream
        self.settings = settings
        self.caps = FailureCaps(settings.failures_account, max(1, whole - whole // 2), settings.failures_window)
        """What the prover may try: its half, so that guesses at the enrolment do not stop the refreshes."""
        self.refusals = FailureCaps(whole, max(1, whole // 2), settings.failures_window)
        """What the registrations may fail: the other half."""
        self.expires = settings.expires
        self.pace = Pace(settings.rate)
        self.probe = Probe(self, endpoint, clock)
        self.registrations: dict[object, Registration] = {}
        self.states = dict.fromkeys(State, 0)
        self.sent = 0
        self.flow: Flow | None = None
        self._endpoint = endpoint
        self._clock = clock
        self._agenda = agenda
        self._connect = connect
        self._express = express
        self._challenge_reader = ChallengeReader()
        self._wake = wake
        self._urgent: deque[Registration] = deque()
        self._bulk: deque[Registration] = deque()
        self._under_way = 0
        self._full = False
        self._connecting: asyncio.Task[None] | None = None
        self._pause = 0.0
        self._barred = False
        self._wording: RegisterWording | None = None

    # Accounts

    def add(self, registration: Registration, *, urgent: bool) -> None:
        """Take an account in; its turn comes by itself, and first where `urgent` (somebody waits for it)."""
        self.registrations[registration.account.subject] = registration
        registration.account.state = State.IDLE
        self.states[State.IDLE] += 1
        self._queue(registration, self._urgent if urgent else self._bulk)

    def remove(self, registration: Registration) -> None:
        """Forget an account; nothing is sent for it from here on."""
        account = registration.account
        del self.registrations[account.subject]
        self.states[account.state] -= 1
        registration.abandon()
        registration.waiting = False
        self._agenda.drop(registration)
        registration.wipe()

    def rebind_all(self) -> None:
        """Register every account anew that is not refused or in conflict, at the paced rate."""
        _log.info("rebinding", upstream=self.settings.id, accounts=len(self.registrations))
        for registration in self.registrations.values():
            if registration.account.state not in (State.UNAUTHORIZED, State.CONFLICT):
                self._queue(registration, self._bulk)

    # The flow

    def open(self) -> None:
        """Connect, and keep trying; needs a running loop. Nothing happens while barred."""
        if self._barred:
            return
        self._stop_connecting()
        self._connecting = asyncio.get_running_loop().create_task(self._keep_connecting())

    def close(self) -> None:
        self._stop_connecting()
        self.flow = None

    def look_elsewhere(self) -> None:
        """The PBX is silent: its next target is tried (RFC 3263 section 4.3), and this one again when all were."""
        if self.flow is not None and (self._connecting is None or self._connecting.done()):
            self._connecting = asyncio.get_running_loop().create_task(self._move())

    def bar(self) -> None:
        """Send nothing to this PBX from now on, calls included: the egress gate does not allow it today."""
        if not self._barred:
            self._barred = True
            self.close()
            self._wording = None
            self.probe.silent()
            _log.warning("upstream_barred", upstream=self.settings.id)

    def lift(self) -> None:
        """The gate allows it: connect, and register everybody anew. Nothing happens unless barred."""
        if self._barred:
            self._barred = False
            self._pause = 0.0
            self.open()

    def lost(self, flow: Flow) -> None:
        """A connection broke; ours is opened again, and as a PBX that restarts forgets, everybody registers anew."""
        if flow is self.flow:
            self.flow = self._wording = None
            if self.probe.spoke:
                self._pause = 0.0
            self.rebind_all()
            self.open()

    def use(self, flow: Flow) -> None:
        """Speak to the PBX by this flow from now on."""
        self.flow = flow
        self._wording = RegisterWording(self.settings, flow)
        self.probe.begin()
        self.next_probe(0.0)
        self._wake()

    def _stop_connecting(self) -> None:
        if self._connecting is not None:
            self._connecting.cancel()

    async def _move(self) -> None:
        """To the next target that takes a connection; the silent one may speak until there is one."""
        try:
            flow = await self._connect(self.settings, elsewhere=True)
        except RingfenceError as fault:
            _log.warning("upstream_unreachable", upstream=self.settings.id, code=fault.code)
            return
        silent, self.flow = self.flow, flow
        if silent is not None and silent is not flow:
            silent.close()  # which is then told as lost, and is ours no more
            self.use(flow)

    async def _keep_connecting(self) -> None:
        """At once, then ever more rarely, until a connection bears fruit: some are accepted and cut unheard."""
        while True:
            await asyncio.sleep(self._pause)
            self._pause = min(max(_FIRST_PAUSE, self._pause * 2), _LONGEST_PAUSE)
            try:
                self.use(await self._connect(self.settings))
            except RingfenceError as fault:
                _log.warning("upstream_unreachable", upstream=self.settings.id, code=fault.code)
                self.probe.silent()
            else:
                return

    # The queue

    def pump(self, now: float) -> float:
        """Start what may start now; returns when to come again, NEVER where nothing waits."""
        while self.flow is not None and self.probe.alive:
            queue = self._urgent or self._bulk
            if not queue:
                return NEVER
            # Each may turn out to be refused: no more under way than refusals are left, or they pass the cap together.
            room = self.refusals.room(now)
            if self._under_way >= min(_UNDER_WAY, room):
                self._full = True
                return NEVER if room else now + max(_BUSY, self.refusals.wait(None, now))
            if not self.pace.take(now, queue[0].cost):
                return self.pace.ready_at(now)
            self._start(queue.popleft())
        return NEVER

    def _start(self, registration: Registration) -> None:
        if not registration.waiting:
            return  # departed meanwhile
        registration.waiting = False
        if registration.intent is not None:
            self.after(registration, _BUSY)
            return
        self.ask(registration, registration.next_intent())

    def ask(self, registration: Registration, intent: Intent) -> None:
        """Begin an exchange without queueing."""
        self._under_way += 1
        registration.start(intent)

    def _queue(self, registration: Registration, queue: deque[Registration]) -> None:
        if not registration.waiting:
            registration.waiting = True
            queue.append(registration)
            self._wake()

    # What registrations ask for

    @property
    def wording(self) -> RegisterWording:
        if self._wording is None:
            raise RuntimeError  # nothing is started without a flow
        return self._wording

    def send(self, registration: Registration, tail: bytes) -> ClientTransaction | None:
        """None where the connection broke meanwhile."""
        if self.flow is None:
            return None
        self.sent += 1
        transaction = self._endpoint.request_bytes(self.wording.head, tail, b"REGISTER", self.flow, registration)
        self._express.expect(transaction)
        return transaction

    def settle(self, transaction: ClientTransaction) -> None:
        # Timer K only waits for copies of the answer; without the transaction they are dropped just so, as strays.
        self._express.settle(transaction)
        self._endpoint.abandon(transaction)

    def challenges(self, response: Response) -> list[Challenge]:
        return self._challenge_reader.read(response)

    def common(self, challenge: Challenge) -> Challenge:
        return self._challenge_reader.common(challenge)

    def abandon(self, transaction: ClientTransaction) -> None:
        self._endpoint.abandon(transaction)

    def now(self) -> float:
        return self._clock.monotonic()

    def wall(self) -> float:
        return self._clock.time()

    def chance(self) -> float:
        """From 0 up to 1."""
        return int(self._endpoint.token()[:4], 16) / 65_536  # which costs no call of the kernel each time

    def cnonce(self) -> bytes:
        return self._endpoint.token()

    def after(self, registration: Registration, seconds: float) -> None:
        self._agenda.set(registration, self.now() + seconds)
        if seconds < self.settings.farewell:
            self._wake()

    def turn(self, registration: Registration) -> None:
        self._queue(registration, self._urgent if registration.leaving else self._bulk)

    def charge(self) -> None:
        self.pace.charge()

    def ended(self) -> None:
        self._under_way -= 1
        if self._full:
            self._full = False
            self._wake()

    def refused(self) -> None:
        self.refusals.count(None, self.now())

    def heard(self) -> None:
        self.probe.heard()

    def entered(self, registration: Registration, state: State) -> None:
        account = registration.account
        self.states[account.state] -= 1
        self.states[state] += 1
        account.state = state

    def next_probe(self, seconds: float) -> None:
        self._agenda.set(self.probe, self.now() + seconds)

    def missing(self, registration: Registration) -> None:
        self.probe.missing(registration)

    def present(self, registration: Registration) -> None:
        self.probe.present(registration)
