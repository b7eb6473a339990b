"""REGISTER from devices (RFC 3261 section 10.3, RFC 3327, RFC 3608, RFC 5626).

    device --REGISTER--> Guard.identify --> Registrar --bound, unbound--> Accounts --> calls
                                               '--seen--> whoever renews the device's push instance

A phone that was told to keep its connection alive (Flow-Timer) and has stopped doing so is asleep: its binding ends.

A device has one binding, the newest, whatever Call-ID, port or connection it came with. What it un-registers is that
binding: that the app was closed says nothing about whether the person still wants calls.
"""

import email.utils
from collections.abc import Callable
from dataclasses import dataclass
from typing import final

from ringfence.clock import Clock
from ringfence.gateway.alarm import Alarm, Scheduler
from ringfence.gateway.endpoint import Endpoint
from ringfence.gateway.guard import Asked, Guard
from ringfence.protocols.sip.fields import NameAddr, contacts, cseq, split_values
from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.keepalive import dead_at
from ringfence.protocols.sip.message import Request, Response
from ringfence.protocols.sip.response import response_to
from ringfence.protocols.sip.timers import NEVER, Agenda
from ringfence.protocols.sip.transaction import ServerTransaction
from ringfence.protocols.sip.uri import check_uri
from ringfence.services.reachability import Account, Accounts, Binding, Device

__all__ = ["EXTENSIONS", "Registrar", "RegistrarSettings"]

EXTENSIONS = frozenset({b"path", b"outbound"})
"""What a REGISTER may require of us. GRUU is not among them: Linphone would use one as its Contact."""

_KEPT_PARAMS = (b"+sip.instance", b"reg-id")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrarSettings:
    """Seconds."""

    min_expires: int = 60  # shorter ones would cost more than the calls; a phone that asks for less is told (423)
    max_expires: int = 3600  # the idle limit of connections is a little longer
    default_expires: int = 600  # for a phone that names none; as long as our own bindings upstream
    flow_timer: int = 120  # RFC 5626 section 4.4.1: how often a phone shows that its connection lives


@final
class Registrar:
    """Register it at the endpoint: `endpoint.on(b"REGISTER", registrar.register, extensions=EXTENSIONS)`."""

    def __init__(
        self,
        accounts: Accounts,
        guard: Guard,
        endpoint: Endpoint,
        clock: Clock,
        scheduler: Scheduler,
        settings: RegistrarSettings | None = None,
        *,
        address_of: Callable[[Flow], bytes],
        seen: Callable[[Device], None],
        from_pbx: Callable[[Flow], bool],
    ) -> None:
        """`address_of` gives host:port at which the other end of a flow reaches us.

        `seen(device)` hears of every REGISTER that showed the device's secret, whatever it asked for.
        """
        self._accounts = accounts
        self._guard = guard
        self._endpoint = endpoint
        self._clock = clock
        self._settings = settings or RegistrarSettings()
        self._address_of = address_of
        self._seen = seen
        self._from_pbx = from_pbx
        self._terms: Agenda[_Term | _Pulse] = Agenda()
        self._alarm = Alarm(scheduler, clock, self.tick)
        endpoint.on_lost(self._lost)
        endpoint.on_alive(self._alive)

    def register(self, request: Request, transaction: ServerTransaction, flow: Flow) -> None:
        """Handle one REGISTER; raises `BadMessage` where its fields can't be read."""
        if self._from_pbx(flow):
            self._endpoint.reject(transaction, 403)  # a PBX has nothing to register with us
            return
        device = self._guard.identify(request, transaction, flow, Asked.AS_REGISTRAR)
        account = self._accounts.account_of(device) if device is not None else None
        if device is None or account is None:
            return
        self._seen(device)
        if not _is_of(account, request):
            self._endpoint.reject(transaction, 403)
            return
        self._obey(request, transaction, flow, device)

    def tick(self) -> None:
        """End the bindings whose time is over; the alarm calls it."""
        now = self._clock.monotonic()
        for term in self._terms.due(now):
            term.fire(now)
        self._alarm.set(self._terms.next())

    # What it asks for

    def _obey(self, request: Request, transaction: ServerTransaction, flow: Flow, device: Device) -> None:
        asked = contacts(request)
        wanted = [(contact, self._expires(contact, request)) for contact in asked]
        for contact, expires in wanted:
            if expires and contact.uri != b"*":
                check_uri(contact.uri)  # no request could be sent to another, and it would spoil those for the rest
        status = self._judge(request, wanted, device)
        if status:
            self._decline(transaction, status)
            return
        for contact, expires in wanted:
            if not expires:
                self._unbind(device, contact)
        for contact, expires in wanted:
            if expires:
                self._bind(request, flow, device, contact, min(expires, self._settings.max_expires))
        self._endpoint.respond(transaction, self._accept(request, flow, device, [contact for contact, _ in wanted]))

    def _judge(self, request: Request, wanted: list[tuple[NameAddr, int]], device: Device) -> int:
        """The status of a refusal, 0 where there is nothing to refuse."""
        if any(contact.uri == b"*" for contact, _ in wanted) and (len(wanted) > 1 or wanted[0][1]):
            return 400
        binds = [expires for _, expires in wanted if expires]
        if len(binds) > 1:
            return 403  # a device is one place
        if binds and binds[0] < self._settings.min_expires:
            return 423
        binding, call_id = device.binding, request.get(b"call-id")
        if wanted and binding is not None and binding.call_id == call_id and cseq(request).number <= binding.cseq:
            return 500  # section 10.3 step 7: an older REGISTER that came late
        return 0

    def _expires(self, contact: NameAddr, request: Request) -> int:
        """What is malformed counts as absent (section 20.19)."""
        for value in (contact.params.get(b"expires"), request.get(b"expires")):
            if value and value.isdigit():
                return int(value[:10])
        return self._settings.default_expires

    def _bind(self, request: Request, flow: Flow, device: Device, contact: NameAddr, expires: int) -> None:
        now = self._clock.monotonic()
        binding = Binding(
            flow=flow,
            contact=contact.uri,
            expires_at=now + expires,
            alive_at=now,
            path=tuple(value for line in request.get_all(b"path") for value in split_values(line)),
            call_id=request.get(b"call-id") or b"",
            cseq=cseq(request).number,
        )
        former = self._accounts.bound(device, binding)
        if former is not None and former.flow is not flow and not self._accounts.by_flow(former.flow):
            former.flow.close()  # nobody is there any more: whatever is sent by it would be lost
        self._terms.set(_Term(self._accounts, device, binding), binding.expires_at)
        if _is_outbound(request, contact):
            _Pulse(self._accounts, self._terms, device, binding, self._settings.flow_timer).expect()
        self._alarm.set(self._terms.next())

    def _unbind(self, device: Device, contact: NameAddr) -> None:
        """End the binding if it is the one meant: a late goodbye of an earlier start of the app is not."""
        if device.binding is not None and contact.uri in (b"*", device.binding.contact):
            self._accounts.unbound(device)

    # Answers

    def _accept(self, request: Request, flow: Flow, device: Device, asked: list[NameAddr]) -> Response:
        response = response_to(request, 200, to_tag=self._endpoint.token())
        for value in request.get_all(b"path"):
            response.add(b"path", value)
        transport = flow.transport.lower()
        response.add(b"service-route", b"<sip:%b;transport=%b;lr>" % (self._address_of(flow), transport))
        binding = device.binding
        if binding is not None:
            shown = next((contact for contact in asked if contact.uri == binding.contact), None)
            response.add(b"contact", self._contact(binding, shown))
            if shown is not None and _is_outbound(request, shown):
                response.add(b"require", b"outbound")
                response.add(b"flow-timer", b"%d" % self._settings.flow_timer)
        response.add(b"date", email.utils.formatdate(self._clock.time(), usegmt=True).encode("ascii"))
        return response

    def _contact(self, binding: Binding, shown: NameAddr | None) -> bytes:
        left = max(0, round(binding.expires_at - self._clock.monotonic()))
        params = {name: shown.params[name] for name in _KEPT_PARAMS if name in shown.params} if shown else {}
        return NameAddr(b"", binding.contact, {**params, b"expires": b"%d" % left}).to_bytes()

    def _decline(self, transaction: ServerTransaction, status: int) -> None:
        response = response_to(transaction.request, status, to_tag=self._endpoint.token())
        if status == 423:
            response.add(b"min-expires", b"%d" % self._settings.min_expires)
        self._endpoint.respond(transaction, response)

    # Flows

    def _lost(self, flow: Flow) -> None:
        for device in self._accounts.by_flow(flow):
            self._accounts.unbound(device)

    def _alive(self, flow: Flow) -> None:
        now = self._clock.monotonic()
        for device in self._accounts.by_flow(flow):
            if device.binding is not None:
                device.binding.alive_at = now


@final
class _Term:
    """The end of one binding, unless a newer one has replaced it."""

    __slots__ = ("_accounts", "_binding", "_device", "due", "queued")

    def __init__(self, accounts: Accounts, device: Device, binding: Binding) -> None:
        self.due = self.queued = NEVER
        self._accounts = accounts
        self._device = device
        self._binding = binding

    def fire(self, now: float) -> None:  # noqa: ARG002  # the agenda's signature
        if self._device.binding is self._binding:
            self._accounts.unbound(self._device)


@final
class _Pulse:
    """Whether the phone on a flow still says that it is there; ends with its binding."""

    __slots__ = ("_accounts", "_agenda", "_binding", "_device", "_flow_timer", "due", "queued")

    def __init__(
        self, accounts: Accounts, agenda: "Agenda[_Term | _Pulse]", device: Device, binding: Binding, flow_timer: float
    ) -> None:
        self.due = self.queued = NEVER
        self._accounts = accounts
        self._agenda = agenda
        self._device = device
        self._binding = binding
        self._flow_timer = flow_timer

    def expect(self) -> None:
        """The next sign of life, counted from the last one."""
        self._agenda.set(self, dead_at(self._binding.alive_at, self._flow_timer))

    def fire(self, now: float) -> None:
        if self._device.binding is not self._binding:
            return
        if now < dead_at(self._binding.alive_at, self._flow_timer):
            self.expect()
            return
        self._accounts.unbound(self._device)
        if not self._accounts.by_flow(self._binding.flow):
            self._binding.flow.close()


def _is_of(account: Account, request: Request) -> bool:
    """Whether To names the account that the secret belongs to; raises `BadMessage`."""
    address = NameAddr.parse(request.get(b"to") or b"").address
    user, _, domain = account.aor.rpartition(b"@")
    return address.user == user and address.host.lower() == domain.lower()


def _is_outbound(request: Request, contact: NameAddr) -> bool:
    """Whether it asks for a flow of RFC 5626, which it then keeps alive."""
    return b"reg-id" in contact.params and any(
        tag.lower() == b"outbound"
        for name in (b"supported", b"require")
        for line in request.get_all(name)
        for tag in split_values(line)
    )
