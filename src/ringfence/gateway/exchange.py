"""Where requests part: in a dialog or not, from a PBX or from a device, a call or anything else.

                     has a To-tag                    begins something
from a PBX     InDialog --> device's flow      INVITE: Calls (held, pushed); else FromPbx
from a device  InDialog --> the PBX            FromDevice --> the PBX
"""

from typing import final

from ringfence.gateway.calls import Calls
from ringfence.gateway.endpoint import Endpoint
from ringfence.gateway.in_dialog import InDialog
from ringfence.gateway.out_of_dialog import FromDevice, FromPbx
from ringfence.gateway.pbx_side import PbxSide
from ringfence.gateway.relay import Withdrawable
from ringfence.protocols.sip.errors import BadMessage
from ringfence.protocols.sip.fields import tag_of
from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.message import Request
from ringfence.protocols.sip.proxy import UnknownExtensions
from ringfence.protocols.sip.response import response_to
from ringfence.protocols.sip.transaction import ServerTransaction

__all__ = ["Exchange"]


@final
class Exchange:
    """Hangs itself on the endpoint: all methods but those that have a handler of their own (REGISTER)."""

    def __init__(
        self,
        *,
        endpoint: Endpoint,
        pbx: PbxSide,
        calls: Calls,
        in_dialog: InDialog,
        from_device: FromDevice,
        from_pbx: FromPbx,
    ) -> None:
        self._endpoint = endpoint
        self._pbx = pbx
        self._calls = calls
        self._in_dialog = in_dialog
        self._from_device = from_device
        self._from_pbx = from_pbx
        endpoint.on(b"INVITE", self.request)
        endpoint.on(b"*", self.request)
        endpoint.on_ack(self.ack)
        endpoint.on_cancelled(self.cancelled)

    def request(self, request: Request, server: ServerTransaction, flow: Flow) -> None:
        try:
            self._route(request, server, flow)
        except BadMessage as fault:
            response = response_to(request, fault.status, to_tag=self._endpoint.token())
            if isinstance(fault, UnknownExtensions):
                response.add(b"unsupported", fault.unsupported)
            self._endpoint.respond(server, response)

    def ack(self, request: Request, flow: Flow) -> None:
        """An ACK is never answered: a bad one is dropped."""
        try:
            self._in_dialog.ack(request, flow)
        except BadMessage:
            return

    def cancelled(self, server: ServerTransaction, request: Request) -> None:
        """The CANCEL has its 200; whoever works on the INVITE ends it."""
        owner = server.owner
        if isinstance(owner, Withdrawable):
            owner.withdraw(request.get(b"reason"))

    def _route(self, request: Request, server: ServerTransaction, flow: Flow) -> None:
        if tag_of(request.get(b"to") or b"") is not None:
            self._in_dialog.request(request, server, flow)
        elif not self._pbx.faces(flow):
            self._from_device.request(request, server, flow)
        elif server.method == b"INVITE":
            self._calls.invite(request, server, flow)
        else:
            self._from_pbx.request(request, server, flow)
