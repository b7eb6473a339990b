"""Requests within dialogs, both ways, routed by our token in their Route (RFC 3261 section 16.12)."""

from typing import final

from ringfence.gateway.device_side import DeviceSide
from ringfence.gateway.dialogs import Dialogs
from ringfence.gateway.endpoint import Endpoint
from ringfence.gateway.identity import withhold
from ringfence.gateway.pbx_side import PbxSide
from ringfence.gateway.relay import Relay
from ringfence.gateway.timetable import Timetable
from ringfence.identifiers import DeviceId
from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.message import Request
from ringfence.protocols.sip.proxy import prepare_forward, validate_request
from ringfence.protocols.sip.response import response_to
from ringfence.protocols.sip.timers import NEVER
from ringfence.protocols.sip.transaction import ServerTransaction
from ringfence.services.calls import Waker
from ringfence.services.reachability import Account, Accounts, Binding, Device

__all__ = ["InDialog"]

_UNREACHABLE = 480
"""408 and 481 would end the dialog at the far end (RFC 5057 section 5.1); the phone may be back in a moment."""


@final
class InDialog:
    """Knows no dialog; what must be known of one is in the message."""

    def __init__(
        self,
        *,
        endpoint: Endpoint,
        accounts: Accounts,
        dialogs: Dialogs,
        pbx: PbxSide,
        devices: DeviceSide,
        waker: Waker,
        timetable: Timetable,
        wait: float,
    ) -> None:
        """`wait`: seconds that a request waits for its device to come back."""
        self._endpoint = endpoint
        self._accounts = accounts
        self._dialogs = dialogs
        self._pbx = pbx
        self._devices = devices
        self._waker = waker
        self._timetable = timetable
        self._wait = wait
        self._waiting: dict[DeviceId, list[_Waiting]] = {}
        accounts.on_binding(self._bound)

    def request(self, request: Request, server: ServerTransaction, flow: Flow) -> None:
        """Anything with a To-tag but ACK. Raises `BadMessage`."""
        party = self._party(request, flow)
        if party is None:
            self._endpoint.reject(server, 481)
            return
        validate_request(request)
        account, device = party
        if server.method == b"INVITE":
            self._endpoint.respond(server, response_to(request, 100))
        if self._pbx.faces(flow):
            self._to_device(request, server, device)
        else:
            self._to_pbx(request, server, account)

    def ack(self, request: Request, flow: Flow) -> None:
        """The ACK to a 2xx: passed on without a transaction, or lost, as the RFC has it. Raises `BadMessage`."""
        party = self._party(request, flow)
        if party is None:
            return
        validate_request(request)
        account, device = party
        if not self._pbx.faces(flow):
            self._devices.cleanse(request)
            self._send(request, self._pbx.flow_to(account.upstream))
        elif device.binding is not None:
            self._send(request, device.binding.flow)
        else:
            self._await(_Waiting(self, device, request, None))

    def _party(self, request: Request, flow: Flow) -> tuple[Account, Device] | None:
        """Whose dialog it is, where the sender may speak in it. Raises `BadMessage`."""
        device = self._dialogs.take(request)
        account = self._accounts.account_of(device) if device is not None else None
        if device is None or account is None:
            return None
        if self._pbx.faces(flow):
            return (account, device) if self._pbx.admits(account.upstream, flow) else None
        self._devices.check(request)
        return (account, device) if self._devices.speaks_for(device, request, flow) else None

    def _to_pbx(self, request: Request, server: ServerTransaction, account: Account) -> None:
        flow = self._pbx.flow_to(account.upstream)
        if flow is None:
            self._endpoint.reject(server, _UNREACHABLE)
            return
        forward = prepare_forward(request, uri=request.uri).request
        self._devices.cleanse(forward)
        self._relay(server, from_device=True).start(forward, flow)

    def _to_device(self, request: Request, server: ServerTransaction, device: Device) -> None:
        if device.binding is None:
            self._await(_Waiting(self, device, request, server))
        else:
            self._deliver(request, server, device, device.binding.flow)

    def _deliver(self, request: Request, server: ServerTransaction, device: Device, flow: Flow) -> None:
        forward = prepare_forward(request, uri=request.uri).request
        withhold(forward)
        relay = self._relay(server, from_device=False)
        relay.on_lost = lambda: self._to_device_again(request, server, device, flow)
        relay.start(forward, flow)

    def _to_device_again(self, request: Request, server: ServerTransaction, device: Device, broken: Flow) -> None:
        """The flow broke before anything was heard; the device has a newer one, or may come back with it."""
        binding = device.binding
        if binding is not None and binding.flow is not broken:
            self._deliver(request, server, device, binding.flow)
        else:
            self._await(_Waiting(self, device, request, server))

    def _relay(self, server: ServerTransaction, *, from_device: bool) -> Relay:
        cleanse = withhold if from_device else self._devices.cleanse
        return Relay(self._endpoint, self._timetable, server, cleanse=cleanse, unreachable=_UNREACHABLE)

    def _send(self, request: Request, flow: Flow | None) -> None:
        if flow is not None:
            self._endpoint.send(prepare_forward(request, uri=request.uri).request, flow)

    # Waiting for a device

    def _await(self, waiting: "_Waiting") -> None:
        self._waiting.setdefault(waiting.device.id, []).append(waiting)
        self._timetable.set(waiting, self._timetable.now() + self._wait)
        self._waker.alert(waiting.device.id)

    def _bound(self, _account: Account, device: Device, binding: Binding) -> None:
        if device.id in self._waiting:
            self._timetable.soon(lambda: self._arrived(device, binding))

    def _arrived(self, device: Device, binding: Binding) -> None:
        if device.binding is not binding:
            return
        for waiting in self._waiting.pop(device.id, ()):
            self._timetable.drop(waiting)
            if waiting.server is None:
                self._send(waiting.request, binding.flow)
            else:
                self._deliver(waiting.request, waiting.server, device, binding.flow)

    def give_up(self, waiting: "_Waiting", status: int) -> None:
        """Its time is over, or its sender withdrew it."""
        others = [other for other in self._waiting.pop(waiting.device.id, ()) if other is not waiting]
        if others:
            self._waiting[waiting.device.id] = others
        self._timetable.drop(waiting)
        if waiting.server is not None:
            self._endpoint.reject(waiting.server, status)


@final
class _Waiting:
    """A request whose device has no flow just now; an ACK has no server transaction."""

    __slots__ = ("_owner", "device", "due", "queued", "request", "server")

    def __init__(self, owner: InDialog, device: Device, request: Request, server: ServerTransaction | None) -> None:
        self._owner = owner
        self.device = device
        self.request = request
        self.server = server
        self.due = self.queued = NEVER
        if server is not None:
            server.owner = self

    def fire(self, now: float) -> None:  # noqa: ARG002 - there is one appointment
        self._owner.give_up(self, _UNREACHABLE)

    def withdraw(self, reason: bytes | None) -> None:  # noqa: ARG002 - nobody has heard of the request yet
        self._owner.give_up(self, 487)
