"""Our SIP side, alone in a process: keeper, registrar, calls and wake over real sockets, push into nothing.

    PBX <--UDP--> [door, keeper, calls] <--UDP or TCP--> phones
                          '--> Wake --> Stamps (notes the time, sends nothing)

Joined as `app.signalling` and `app.server` join it, less the kernel: rows come from `population.Stored`, missed calls
go nowhere, and phones use plain transports from loopback, so that what is measured is SIP and not TLS.

Orders: register, refresh, settle, push_times, end.
"""

import asyncio
import gc
import json
import logging
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final, cast, final

import structlog
import uvloop

from benchmarks import population
from ringfence.clock import SystemClock
from ringfence.gateway.call_policy import CallPolicy
from ringfence.gateway.calls import Calls
from ringfence.gateway.device_side import DeviceSide
from ringfence.gateway.dialogs import KEY_SIZE, Dialogs
from ringfence.gateway.door import DeviceDoor, UpstreamDoor, networks
from ringfence.gateway.endpoint import Endpoint
from ringfence.gateway.exchange import Exchange
from ringfence.gateway.guard import Guard
from ringfence.gateway.in_dialog import InDialog
from ringfence.gateway.keeper import Keeper
from ringfence.gateway.out_of_dialog import FromDevice, FromPbx
from ringfence.gateway.pbx_side import PbxSide
from ringfence.gateway.registrar import EXTENSIONS, Registrar
from ringfence.gateway.timetable import Timetable
from ringfence.gateway.upstream import UpstreamSettings
from ringfence.identifiers import Names, ProviderId, RecipientId, SubjectId
from ringfence.listeners import StreamServer, StreamSettings, UdpSocket
from ringfence.persistence import Database
from ringfence.protocols.sip.digest import Algorithm, DigestServer
from ringfence.protocols.sip.errors import BadMessage
from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.timers import Timers
from ringfence.protocols.sip.transaction import TransactionLayer, local_address
from ringfence.randomness import SystemRandomness
from ringfence.services.calls import Caller
from ringfence.services.reachability import Accounts, Device, Reachability, State
from ringfence.services.wake import App, Outcome, Push, Wake, WakeSettings

_HOST: Final = "127.0.0.1"
_PUSH_SERVICE: Final = RecipientId("nowhere")
_UNCAPPED: Final = 1_000_000  # REGISTERs a second, wrong digests: the caps are policy, here the cost of one is asked
_BEAT: Final = 0.005  # seconds between two looks at the loop


@final
class Gateway:
    """Everything, wired; `open` and `load` it."""

    def __init__(self, options: dict[str, Any]) -> None:
        clock, chance, loop = SystemClock(), SystemRandomness(), asyncio.get_running_loop()
        self.accounts = Accounts()
        self.stamps = Stamps()
        layer = TransactionLayer(chance, Timers(t4=options.get("t4", 5.0)))
        self.endpoint = Endpoint(layer, clock, loop)
        pbx_door = UpstreamDoor(self.endpoint, networks([_HOST]))
        device_door = DeviceDoor(self.endpoint, clock)
        self.udp = UdpSocket(self.stamps.before(pbx_door))
        self.phones_udp = UdpSocket(device_door)
        self.phones_tcp = StreamServer(device_door, clock, StreamSettings(max_per_source=1_000_000))
        stored = cast("Database", population.Stored(options["accounts"]))
        apps = {population.APP: App(recipient=_PUSH_SERVICE)}
        self.wake = Wake(stored, {_PUSH_SERVICE: self.stamps}, clock, WakeSettings(apps=apps))
        self.keeper = Keeper(
            [_upstream(options.get("pbx", 9))],
            endpoint=self.endpoint,
            clock=clock,
            scheduler=loop,
            connect=self._connect,
        )
        self.reachability = Reachability(stored, self.accounts, self.keeper, chance, realm=population.DEVICE_REALM)
        pbx = PbxSide([pbx_door], self.keeper.lines)
        realm = population.DEVICE_REALM.encode()
        digest = DigestServer(realm, algorithms=(Algorithm.SHA_256, Algorithm.MD5), key=chance.bytes(32), chance=chance)
        guard = Guard(self.accounts, digest, self.endpoint, clock, from_pbx=pbx.faces, ban=device_door.ban)
        registrar = Registrar(
            self.accounts,
            guard,
            self.endpoint,
            clock,
            loop,
            address_of=lambda _flow: f"{_HOST}:5061".encode(),
            seen=_seen,
            from_pbx=pbx.faces,
        )
        self.endpoint.guard_with(guard.admits)
        self.endpoint.on(b"REGISTER", registrar.register, extensions=EXTENSIONS)
        self._join_calls(clock, chance, pbx, Timetable(loop, clock))

    def _join_calls(self, clock: SystemClock, chance: SystemRandomness, pbx: PbxSide, timetable: Timetable) -> None:
        dialogs = Dialogs(chance.bytes(KEY_SIZE), self.accounts, chance, local_address)
        devices = DeviceSide(self.accounts, population.DEVICE_REALM.encode())
        self.calls = Calls(
            endpoint=self.endpoint,
            accounts=self.accounts,
            dialogs=dialogs,
            pbx=pbx,
            waker=self.wake,
            missed=_NoNote(),
            timetable=timetable,
            clock=clock,
            randomness=chance,
            policies={},
        )
        Exchange(
            endpoint=self.endpoint,
            pbx=pbx,
            calls=self.calls,
            in_dialog=InDialog(
                endpoint=self.endpoint,
                accounts=self.accounts,
                dialogs=dialogs,
                pbx=pbx,
                devices=devices,
                waker=self.wake,
                timetable=timetable,
                wait=CallPolicy().dialog_wait,
            ),
            from_device=FromDevice(
                endpoint=self.endpoint,
                dialogs=dialogs,
                pbx=pbx,
                devices=devices,
                timetable=timetable,
                loop_key=chance.bytes(32),
            ),
            from_pbx=FromPbx(endpoint=self.endpoint, accounts=self.accounts, dialogs=dialogs, pbx=pbx),
        )

    async def load(self) -> float:
        """Take every account into memory, as a start does; seconds of CPU that it took."""
        begun = time.process_time()
        names = Names()
        await self.wake.load(names)
        await self.reachability.load(names)
        del names
        gc.collect()
        gc.freeze()
        gc.set_threshold(2_000, 5, 1_000_000)  # as app.collector, which would bring all of the app with it
        return time.process_time() - begun

    async def open(self) -> dict[str, int]:
        """Bind the sockets; their ports."""
        await self.udp.open(_HOST, 0)
        await self.phones_udp.open(_HOST, 0)
        await self.phones_tcp.open(_HOST, 0)
        return {"pbx": self.udp.local[1], "udp": self.phones_udp.local[1], "tcp": self.phones_tcp.local[1]}

    async def obey(self, order: dict[str, Any]) -> dict[str, object]:
        match order["do"]:
            case "register":
                return await self._register()
            case "refresh":
                return await self._refresh(order["rounds"])
            case "settle":
                gc.collect()
                return {"transactions": len(self.endpoint)}
            case "push_times":
                return self.stamps.taken()
        raise ValueError(order)

    async def _connect(self, settings: UpstreamSettings, *, elsewhere: bool = False) -> Flow:  # noqa: ARG002 - there is one
        return self.udp.flow_to(_HOST, settings.port)

    async def _register(self) -> dict[str, object]:
        """From nothing to every account registered: REGISTER, 401, REGISTER, 200 each."""
        line = self.keeper.lines[population.PBX]
        self.keeper.start()
        await _until(lambda: line.states[State.REGISTERED] == len(self.accounts))
        return {"registered": line.states[State.REGISTERED], "sent": line.sent}

    async def _refresh(self, rounds: int) -> dict[str, object]:
        """Every account again, `rounds` times, with the nonce it has: REGISTER, 200 each."""
        line = self.keeper.lines[population.PBX]
        before = line.sent
        for _ in range(rounds):
            goal = line.sent + len(self.accounts)
            line.rebind_all()
            await _until(lambda: line.sent >= goal)  # noqa: B023 - awaited before it changes
            await _until(lambda: not any(each.waiting or each.intent for each in line.registrations.values()))
        return {"registered": line.states[State.REGISTERED], "sent": line.sent - before}


@final
class Stamps:
    """When INVITEs came in and when their pushes went out, in order; also how long the loop's longest turns were."""

    def __init__(self) -> None:
        self._sink: UpstreamDoor | None = None
        self._arrived: deque[tuple[int, int]] = deque()
        self._taken: list[int] = []
        self._since_sent: list[int] = []
        self._longest_turn = 0.0
        self._longest_gap = 0.0
        self._last = (time.perf_counter(), time.thread_time())

    def before(self, sink: UpstreamDoor) -> "Stamps":
        self._sink = sink
        return self

    def received(self, data: bytes, flow: Flow) -> None:
        if data.startswith(b"INVITE"):
            at = data.find(b"Call-ID: ") + 9
            sent = data[at : data.find(b"-", at)]
            self._arrived.append((time.perf_counter_ns(), int(sent) if sent.isdigit() else 0))
        cast("UpstreamDoor", self._sink).received(data, flow)

    def malformed(self, fault: BadMessage, flow: Flow) -> None:
        cast("UpstreamDoor", self._sink).malformed(fault, flow)

    def alive(self, flow: Flow) -> bool:
        return cast("UpstreamDoor", self._sink).alive(flow)

    def lost(self, flow: Flow) -> None:
        cast("UpstreamDoor", self._sink).lost(flow)

    async def send(self, push: Push) -> Outcome:  # noqa: ARG002 - the port's
        """The sender: takes every push and throws it away."""
        now = time.perf_counter_ns()
        arrived, sent = self._arrived.popleft()
        self._taken.append(now - arrived)
        self._since_sent.append(now - sent)
        return Outcome.ACCEPTED

    def beat(self) -> None:
        """Look at the loop: how late are we, and how much of that did we work ourselves?"""
        now = (time.perf_counter(), time.thread_time())
        self._longest_gap = max(self._longest_gap, now[0] - self._last[0] - _BEAT)
        self._longest_turn = max(self._longest_turn, now[1] - self._last[1])
        self._last = now
        asyncio.get_running_loop().call_later(_BEAT, self.beat)

    def taken(self) -> dict[str, object]:
        """Nanoseconds since INVITE read, since INVITE sent; seconds of the longest stalls. Begins anew."""
        told = {
            "read": self._taken,
            "sent": self._since_sent,
            "longest_turn": self._longest_turn,
            "longest_gap": self._longest_gap,
        }
        self._taken, self._since_sent, self._longest_turn, self._longest_gap = [], [], 0.0, 0.0
        return told


class _NoNote:
    def note(self, subject: SubjectId, provider: ProviderId, caller: Caller, at: float) -> None:
        """Missed calls are written off the call path; here they are not."""


def _seen(device: Device) -> None:
    """Signs of life are noted off the call path; here they are not."""


async def _until(holds: Callable[[], bool]) -> None:
    """Looks seldom, so that looking costs nothing."""
    while not holds():  # noqa: ASYNC110 - what is measured must not have to tell us
        await asyncio.sleep(0.02)


def _upstream(port: int) -> UpstreamSettings:
    return UpstreamSettings(
        id=population.PBX,
        provider=population.PROVIDER,
        domain=population.DOMAIN,
        host=_HOST,
        port=port,
        sources=(_HOST,),
        expires=3600,
        rate=_UNCAPPED,
        failures_upstream=_UNCAPPED,
    )


async def main(arguments: Sequence[str]) -> None:
    """Build, say hello, then obey, one order a line."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    options = json.loads(arguments[0])
    gateway = Gateway(options)
    ports = await gateway.open()
    _say({"ports": ports})
    sender = None
    while order := await reader.readline():
        asked = json.loads(order)
        if asked["do"] == "end":
            break
        if asked["do"] == "load":
            seconds = await gateway.load()
            sender = sender or asyncio.create_task(gateway.wake.run())
            gateway.stamps.beat()
            _say({"seconds": seconds})
        else:
            _say(await gateway.obey(asked))


def _say(answer: dict[str, object]) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),  # standard output is for answers
    )
    uvloop.run(main(sys.argv[1:]))
