"""The whole call side of the gateway over the real transaction layer: one PBX, some phones, a clock held still."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from ringfence.clock import ManualClock
from ringfence.gateway.call_policy import CallPolicy
from ringfence.gateway.calls import Calls
from ringfence.gateway.device_side import DeviceSide
from ringfence.gateway.dialogs import KEY_SIZE, Dialogs
from ringfence.gateway.endpoint import Endpoint
from ringfence.gateway.exchange import Exchange
from ringfence.gateway.in_dialog import InDialog
from ringfence.gateway.out_of_dialog import FromDevice, FromPbx
from ringfence.gateway.pbx_side import PbxSide
from ringfence.gateway.timetable import Timetable
from ringfence.gateway.upstream import UpstreamSettings
from ringfence.identifiers import CallRef, DeviceId, ProviderId, SubjectId, UpstreamId
from ringfence.protocols.sip.digest import Algorithm
from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.message import Message, Request, Response, parse
from ringfence.protocols.sip.response import response_to
from ringfence.protocols.sip.transaction import TransactionLayer, local_address
from ringfence.randomness import SeededRandomness
from ringfence.services.calls import Caller, Why
from ringfence.services.reachability import Account, Accounts, Binding, Device
from tests.doubles.sip_hop import RecordedFlow

PBX = UpstreamId("pbx")
REALM = b"ringfence"
CONTACT_USER = b"opaque7"
SDP = b"v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"


class ManualScheduler:
    """The loop's timers, run by `Hall.wait`."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.timers: list[ManualTimer] = []

    def call_later(self, delay: float, callback: Callable[[], None], /) -> "ManualTimer":
        timer = ManualTimer(self._clock.monotonic() + delay, callback)
        self.timers.append(timer)
        return timer

    def take_due(self, until: float) -> "ManualTimer | None":
        self.timers = [timer for timer in self.timers if not timer.cancelled]
        due = min((timer for timer in self.timers if timer.at <= until), key=lambda timer: timer.at, default=None)
        if due is not None:
            self.timers.remove(due)
        return due


@dataclass(eq=False)
class ManualTimer:
    at: float
    callback: Callable[[], None]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


@dataclass
class RecordedWaker:
    """Implements the `Waker` port."""

    asleep_for_good: set[DeviceId] = field(default_factory=set)
    rings: list[tuple[tuple[DeviceId, ...], CallRef, int, Caller, str]] = field(default_factory=list)
    quieted: list[tuple[DeviceId, Why]] = field(default_factory=list)
    alerts: list[DeviceId] = field(default_factory=list)

    def has(self, device: DeviceId) -> bool:
        return device not in self.asleep_for_good

    def ring(
        self, devices: Sequence[DeviceId], call_ref: CallRef, by_epoch: int, caller: Caller, *, call_id: str
    ) -> Collection[DeviceId]:
        self.rings.append((tuple(devices), call_ref, by_epoch, caller, call_id))
        return [device for device in devices if not self.has(device)]

    def quiet(self, devices: Sequence[DeviceId], call_ref: CallRef, why: Why) -> None:
        self.quieted += [(device, why) for device in devices]

    def alert(self, device: DeviceId) -> None:
        self.alerts.append(device)


@dataclass
class RecordedMissed:
    """Implements the `MissedSink` port."""

    notes: list[tuple[SubjectId, Caller, float]] = field(default_factory=list)

    def note(self, subject: SubjectId, provider: ProviderId, caller: Caller, at: float) -> None:
        self.notes.append((subject, caller, at))


@dataclass
class _Line:
    settings: UpstreamSettings
    flow: Flow | None


@dataclass
class _Door:
    flows: list[RecordedFlow]

    def leads(self, flow: Flow) -> bool:
        return flow in self.flows


class Hall:
    """`pbx` is the flow of the PBX, `phones` those of the devices by name, as they registered last."""

    def __init__(
        self, *devices: str, policy: CallPolicy | None = None, settings: UpstreamSettings | None = None
    ) -> None:
        self.clock = ManualClock()
        self.scheduler = ManualScheduler(self.clock)
        self.pbx = RecordedFlow(b"UDP", peer=("192.0.2.2", 5060))
        self.phones: dict[str, RecordedFlow] = {}
        self.waker = RecordedWaker()
        self.missed = RecordedMissed()
        self.accounts = Accounts()
        self.line = _Line(
            settings or UpstreamSettings(id=PBX, provider=ProviderId("p"), domain="example.test"), self.pbx
        )
        self.door = _Door([self.pbx])
        self.endpoint = Endpoint(TransactionLayer(SeededRandomness(1)), self.clock, self.scheduler)
        self.account = self._account(devices)
        self._wire(policy or CallPolicy())

    def _wire(self, policy: CallPolicy) -> None:
        timetable = Timetable(self.scheduler, self.clock)
        dialogs = Dialogs(bytes(KEY_SIZE), self.accounts, SeededRandomness(2), local_address)
        pbx = PbxSide([self.door], {PBX: self.line})
        devices = DeviceSide(self.accounts, REALM)
        self.calls = Calls(
            endpoint=self.endpoint,
            accounts=self.accounts,
            dialogs=dialogs,
            pbx=pbx,
            waker=self.waker,
            missed=self.missed,
            timetable=timetable,
            clock=self.clock,
            randomness=SeededRandomness(3),
            policies={PBX: policy},
        )
        self.exchange = Exchange(
            endpoint=self.endpoint,
            pbx=pbx,
            calls=self.calls,
            in_dialog=InDialog(
                endpoint=self.endpoint,
                accounts=self.accounts,
                dialogs=dialogs,
                pbx=pbx,
                devices=devices,
                waker=self.waker,
                timetable=timetable,
                wait=policy.dialog_wait,
            ),
            from_device=FromDevice(
                endpoint=self.endpoint, dialogs=dialogs, pbx=pbx, devices=devices, timetable=timetable, loop_key=b"k"
            ),
            from_pbx=FromPbx(endpoint=self.endpoint, accounts=self.accounts, dialogs=dialogs, pbx=pbx),
        )

    def _account(self, devices: Sequence[str]) -> Account:
        account = Account(
            subject=SubjectId("s"),
            provider=ProviderId("p"),
            upstream=PBX,
            aor=b"bob@example.test",
            auth_user=b"bob",
            realm=b"example.test",
            algorithm=Algorithm.MD5,
            ha1=b"0" * 32,
            call_id=b"c",
            contact_user=CONTACT_USER,
        )
        account.devices = tuple(_device(name, account.subject) for name in devices)
        self.accounts.add(account)
        return account

    def join(self, user: str) -> Account:
        """Another account of the same PBX, with one device of that name."""
        account = Account(
            subject=SubjectId(f"s-{user}"),
            provider=ProviderId("p"),
            upstream=PBX,
            aor=b"%b@example.test" % user.encode(),
            auth_user=user.encode(),
            realm=b"example.test",
            algorithm=Algorithm.MD5,
            ha1=b"0" * 32,
            call_id=b"c-" + user.encode(),
            contact_user=b"opaque-" + user.encode(),
        )
        account.devices = (_device(user, account.subject),)
        self.accounts.add(account)
        return account

    # Phones

    def wake(self, name: str, *, path: tuple[bytes, ...] = ()) -> RecordedFlow:
        """The phone registers on a new flow."""
        flow = self.phones[name] = RecordedFlow(
            b"TLS", peer=("198.51.100.7", 40_000 + len(self.phones)), local=("192.0.2.1", 5061)
        )
        self.refresh(name, path=path)
        return flow

    def refresh(self, name: str, *, path: tuple[bytes, ...] = ()) -> None:
        """The phone registers again on the flow it has."""
        device = self.account.device(DeviceId(name))
        assert device is not None
        binding = Binding(
            flow=self.phones[name],
            contact=b"sip:%b@10.0.0.5:5999;transport=tls" % name.encode(),
            expires_at=self.now + 600,
            alive_at=self.now,
            path=path,
        )
        self.accounts.bound(device, binding)
        self.wait(0.0)

    def sleep(self, name: str) -> None:
        """The phone's connection breaks."""
        device = self.account.device(DeviceId(name))
        assert device is not None
        self.accounts.unbound(device)
        self.endpoint.lost(self.phones[name])

    # Messages

    def hear(self, message: Message, flow: RecordedFlow) -> None:
        """Let a message come in by a flow."""
        self.endpoint.received(message.to_bytes(), flow)
        assert self.endpoint.counters.handler_failures == 0

    def call(
        self, *extra: tuple[bytes, bytes], branch: bytes = b"z9hG4bKcaller", call_id: bytes = b"c1@pbx"
    ) -> Request:
        """The PBX sends an INVITE to the account."""
        invite = from_pbx(b"INVITE", branch=branch, call_id=call_id)
        for name, value in extra:
            invite.set(name, value)
        invite.set_body(SDP, b"application/sdp")
        self.hear(invite, self.pbx)
        return invite

    def cancel(self, invite: Request, reason: bytes | None = None) -> None:
        cancel = Request.make(b"CANCEL", invite.uri)
        for name in (b"via", b"max-forwards", b"from", b"to", b"call-id"):
            cancel.add(name, invite.get(name) or b"")
        cancel.add(b"cseq", b"1 CANCEL")
        if reason is not None:
            cancel.add(b"reason", reason)
        cancel.add(b"content-length", b"0")
        self.hear(cancel, self.pbx)

    def answer(self, request: Request, status: int, flow: RecordedFlow, *, tag: bytes = b"phone") -> Response:
        """The peer behind `flow` answers a request of ours, with its Record-Route and a Contact."""
        response = response_to(request, status, to_tag=tag if status > 100 else None)
        for value in request.get_all(b"record-route"):
            response.add(b"record-route", value)
        if 100 < status < 300:
            response.add(b"contact", b"<sip:dev@10.0.0.5:5999;transport=tls>")
        self.hear(response, flow)
        return response

    def wait(self, seconds: float) -> None:
        """Let time pass from timer to timer."""
        end = self.now + seconds
        while (timer := self.scheduler.take_due(end)) is not None:
            self.clock.advance(max(0.0, timer.at - self.now))
            timer.callback()
        self.clock.advance(end - self.now)
        assert self.endpoint.counters.handler_failures == 0

    @property
    def now(self) -> float:
        return self.clock.monotonic()

    def to_pbx(self) -> list[int | bytes]:
        """What the PBX heard since the last look: statuses and methods."""
        return [kind(message) for message in heard(self.pbx)]


def heard(flow: RecordedFlow) -> list[Request | Response]:
    """What went out by the flow since the last look."""
    return [parse(data) for data in flow.taken()]


def kind(message: Message) -> int | bytes:
    return message.status if isinstance(message, Response) else message.start.partition(b" ")[0]


def request_in(messages: Sequence[Message], method: bytes) -> Request:
    """The one request of that method."""
    (found,) = [message for message in messages if isinstance(message, Request) and message.method == method]
    return found


def from_pbx(
    method: bytes, *, branch: bytes = b"z9hG4bKpbx", call_id: bytes = b"c1@pbx", uri: bytes = b"", number: int = 1
) -> Request:
    """A request as the PBX sends it, to the account's opaque contact unless `uri` says otherwise."""
    request = Request.make(method, uri or b"sip:%b@192.0.2.1:5060" % CONTACT_USER)
    request.add(b"via", b"SIP/2.0/UDP 192.0.2.2:5060;branch=%b" % branch)
    request.add(b"max-forwards", b"70")
    request.add(b"from", b'"Alice A." <sip:+420111@example.test>;tag=a1')
    request.add(b"to", b"<sip:bob@example.test>")
    request.add(b"call-id", call_id)
    request.add(b"cseq", b"%d %b" % (number, method))
    request.add(b"contact", b"<sip:alice@192.0.2.2:5060>")
    request.add(b"content-length", b"0")
    return request


def from_device(method: bytes, uri: bytes, *, branch: bytes = b"z9hG4bKdev", call_id: bytes = b"d1@phone") -> Request:
    """A request as a phone sends it."""
    request = Request.make(method, uri)
    request.add(b"via", b"SIP/2.0/TLS 10.0.0.5:5999;branch=%b;rport" % branch)
    request.add(b"max-forwards", b"70")
    request.add(b"from", b"<sip:bob@example.test>;tag=b1")
    request.add(b"to", b"<sip:carol@example.test>")
    request.add(b"call-id", call_id)
    request.add(b"cseq", b"1 %b" % method)
    request.add(b"contact", b"<sip:dev@10.0.0.5:5999;transport=tls>")
    request.add(b"content-length", b"0")
    return request


def _device(name: str, subject: SubjectId) -> Device:
    ha1 = b"1" * 32
    return Device(id=DeviceId(name), subject=subject, sip_user=b"u-" + name.encode(), ha1_md5=ha1, ha1_sha256=ha1 + ha1)
