"""Requests that begin something and are no call to a sleeping phone: all that devices send, and the rest from PBXs."""

from typing import Final, final

from ringfence.gateway.asker import Asker, Failure
from ringfence.gateway.breadth import Breadth
from ringfence.gateway.device_side import DeviceSide
from ringfence.gateway.dialogs import Dialogs
from ringfence.gateway.endpoint import Endpoint
from ringfence.gateway.identity import withhold, without_claims
from ringfence.gateway.pbx_side import PbxSide
from ringfence.gateway.relay import Relay
from ringfence.gateway.timetable import Timetable
from ringfence.gateway.upstream import contact_user_of
from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.message import Request, Response
from ringfence.protocols.sip.proxy import (
    best_response,
    breadth_of,
    has_looped,
    loop_mark,
    prepare_forward,
    prepare_response,
    validate_request,
)
from ringfence.protocols.sip.response import response_to
from ringfence.protocols.sip.transaction import ClientTransaction, ServerTransaction
from ringfence.services.reachability import Account, Accounts

__all__ = ["FromDevice", "FromPbx"]

_DIALOG_FORMING: Final = frozenset({b"INVITE", b"SUBSCRIBE", b"REFER"})
_NO_WAY: Final = 504
"""To a device whose PBX can't be reached. 503 would say that we are overloaded."""


@final
class FromDevice:
    """A device dials out, or sends anything else: on to its PBX, which has the last word (401 and 407 included)."""

    def __init__(
        self,
        *,
        endpoint: Endpoint,
        dialogs: Dialogs,
        pbx: PbxSide,
        devices: DeviceSide,
        timetable: Timetable,
        loop_key: bytes,
    ) -> None:
        """`loop_key`: at most 64 bytes, ours alone; need not survive a restart."""
        self._endpoint = endpoint
        self._dialogs = dialogs
        self._pbx = pbx
        self._devices = devices
        self._timetable = timetable
        self._loop_key = loop_key

    def request(self, request: Request, server: ServerTransaction, flow: Flow) -> None:
        """Raises `BadMessage`."""
        validate_request(request)
        self._devices.check(request)
        if server.method == b"INVITE":
            self._endpoint.respond(server, response_to(request, 100))
        sender = self._devices.sender(request, flow)
        if sender is None:
            self._endpoint.reject(server, 403)
            return
        account, device = sender
        way = self._pbx.flow_to(account.upstream)
        if way is None:
            self._endpoint.reject(server, _NO_WAY)
            return
        request.remove(b"route")  # it names us as outbound proxy; where it goes from here is not the device's to say
        mark = loop_mark(request, self._loop_key)
        if has_looped(request, mark):
            self._endpoint.reject(server, 482)
            return
        routes = self._dialogs.record_route(device, flow, way) if server.method in _DIALOG_FORMING else ()
        breadth = breadth_of(request)
        forward = prepare_forward(request, uri=request.uri, record_route=routes, breadth=breadth).request
        self._devices.cleanse(forward)
        Relay(self._endpoint, self._timetable, server, cleanse=withhold, unreachable=_NO_WAY).start(forward, way, mark)


@final
class FromPbx:
    """What a PBX sends to an account besides calls. It never wakes a phone."""

    def __init__(self, *, endpoint: Endpoint, accounts: Accounts, dialogs: Dialogs, pbx: PbxSide) -> None:
        self._endpoint = endpoint
        self._accounts = accounts
        self._dialogs = dialogs
        self._pbx = pbx

    def request(self, request: Request, server: ServerTransaction, flow: Flow) -> None:
        """Raises `BadMessage`."""
        validate_request(request)
        account = self._accounts.by_contact(contact_user_of(request.uri) or b"")
        if account is None or not self._pbx.admits(account.upstream, flow):
            self._endpoint.reject(server, 404)
        elif _tells_of_messages(request):
            self._endpoint.reject(server, 200)
        else:
            request.remove(b"route")
            self._to_devices(request, server, account, flow)

    def _to_devices(self, request: Request, server: ServerTransaction, account: Account, flow: Flow) -> None:
        """To every device that has a flow; 480 where none has, so that the PBX keeps what it wanted to say."""
        awake = [(device, device.binding) for device in account.devices if device.binding is not None]
        if not awake:
            self._endpoint.reject(server, 480)
            return
        breadth = Breadth(breadth_of(request), len(awake))
        shares = [(device, binding, share) for device, binding in awake if (share := breadth.take(device))]
        fan = _Fan(self._endpoint, server, len(shares))
        for device, binding, share in shares:
            routes = self._dialogs.record_route(device, flow, binding.flow) if server.method in _DIALOG_FORMING else ()
            forward = prepare_forward(
                request, uri=binding.contact, record_route=routes, route=binding.path, breadth=share
            ).request
            withhold(forward)
            self._endpoint.request(forward, binding.flow, fan)


@final
class _Fan(Asker):
    """One non-INVITE request to several devices: the first 2xx is the answer, else the best when all have failed."""

    __slots__ = ("_endpoint", "_open", "_refusals", "_server")

    def __init__(self, endpoint: Endpoint, server: ServerTransaction, branches: int) -> None:
        self._endpoint = endpoint
        self._server = server
        self._open = branches
        self._refusals: list[Response] = []

    def answered(self, transaction: ClientTransaction, response: Response) -> None:  # noqa: ARG002 - all are alike
        status = response.status
        if status < 200:
            return
        self._open -= 1
        if status < 300:
            self._pass(response)
        else:
            self._refusals.append(response)
            self._conclude()

    def failed(self, transaction: ClientTransaction, failure: Failure) -> None:  # noqa: ARG002 - all are alike
        self._open -= 1
        self._conclude()

    def _conclude(self) -> None:
        if self._open:
            return
        if self._refusals:
            self._pass(best_response(self._refusals))
        else:
            self._endpoint.reject(self._server, 480)

    def _pass(self, response: Response) -> None:
        passed = prepare_response(response)
        without_claims(passed)
        self._endpoint.respond(self._server, passed)


def _tells_of_messages(request: Request) -> bool:
    event = (request.get(b"event") or b"").partition(b";")[0].strip().lower()
    return request.method == b"NOTIFY" and event == b"message-summary"
