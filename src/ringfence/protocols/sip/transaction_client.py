r"""Client transactions: what we asked, until it is answered (RFC 3261 section 17.1, RFC 6026 section 8.4).

INVITE                                        everything else

    start: send, A = T1, B = 64*T1                start: send, E = T1, F = 64*T1
        |                                             |
        v                                             v
     CALLING --A: resend, A doubles               TRYING --E: resend, E doubles up to T2
        | \____________ 1xx                           | \___________ 1xx
        |              v                              |             v
        |         PROCEEDING                          |        PROCEEDING --E: resend, E = T2
        |          |      |                           |             |
        |-- 2xx ---|      |-- 3xx-6xx: ACK            '---- final --'
        v                 v                                  v
    ACCEPTED (M = 64*T1)  COMPLETED (D = 64*T1 or 0)     COMPLETED (K = T4 or 0)
        every 2xx up      3xx-6xx: ACK again              copies absorbed
        |                 |                                  |
        '---> TERMINATED <'                                  '---> TERMINATED

A and E run on UDP alone; where two values are given the second is for transports that repeat by themselves. B and F
tell `TimedOut`. A flow that breaks before the final response tells `Lost`. After our CANCEL an INVITE in PROCEEDING has
64*T1 left (section 9.1), then `TimedOut`.
"""

from abc import abstractmethod

from ringfence.protocols.sip.fields import cseq
from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.message import Request, Response, parse
from ringfence.protocols.sip.request import new_request
from ringfence.protocols.sip.timers import NEVER
from ringfence.protocols.sip.transaction_events import Answer, Lost, TimedOut
from ringfence.protocols.sip.transaction_state import Holder, State, Transaction

__all__ = ["ClientTransaction", "InviteClient", "NonInviteClient"]

_CALLING = State.CALLING
_TRYING = State.TRYING
_PROCEEDING = State.PROCEEDING
_ACCEPTED = State.ACCEPTED
_COMPLETED = State.COMPLETED


class ClientTransaction(Transaction):
    """A request of ours. `message` is what was sent, byte for byte."""

    __slots__ = ("_ends_at", "_interval", "_request", "message")

    def __init__(
        self, holder: Holder, key: bytes, method: bytes, flow: Flow, message: bytes, request: Request | None
    ) -> None:
        super().__init__(holder, key, method, flow, _TRYING)
        self.message = message
        self._request = request
        self._interval = 0.0
        self._ends_at = NEVER

    @property
    def request(self) -> Request:
        """The request as sent, our Via on top; parsed when asked for."""
        if self._request is None:
            request = parse(self.message)
            assert isinstance(request, Request)  # noqa: S101 - we made these bytes
            self._request = request
        return self._request

    def start(self, now: float) -> None:
        """Send, and wait for 64*T1 at most."""
        self.flow.send(self.message)
        timers = self.holder.timers
        self._ends_at = now + timers.patience
        if self.flow.reliable:
            self.holder.agenda.set(self, self._ends_at)
        else:
            self._interval = timers.t1
            self.holder.agenda.set(self, now + timers.t1)

    @abstractmethod
    def receive(self, response: Response, now: float) -> Answer | None:
        """A response with our branch and method."""

    def flow_lost(self) -> None:
        if self.state in (_CALLING, _TRYING, _PROCEEDING):
            self.end()
            self.holder.emit(Lost(self))

    def _resend(self, now: float, interval: float) -> None:
        self.flow.send(self.message)
        self._interval = interval
        self.holder.agenda.set(self, min(now + interval, self._ends_at))

    def _time_out(self) -> None:
        self.end()
        self.holder.emit(TimedOut(self))


class NonInviteClient(ClientTransaction):
    """Figure 6 of RFC 3261."""

    __slots__ = ()

    def receive(self, response: Response, now: float) -> Answer | None:
        if self.state is _COMPLETED:
            return None
        if response.status < 200:
            self.state = _PROCEEDING
        elif self.flow.reliable:
            self.end()
        else:
            self.state = _COMPLETED
            self.holder.agenda.set(self, now + self.holder.timers.t4)
        return Answer(self, response)

    def fire(self, now: float) -> None:
        if self.state is _COMPLETED:
            self.end()
        elif now >= self._ends_at:
            self._time_out()
        else:
            t2 = self.holder.timers.t2
            self._resend(now, t2 if self.state is _PROCEEDING else min(2 * self._interval, t2))


class InviteClient(ClientTransaction):
    """Figure 5 of RFC 3261 as amended by RFC 6026."""

    __slots__ = ("_ack", "_cancel", "cancelled")

    def __init__(
        self, holder: Holder, key: bytes, method: bytes, flow: Flow, message: bytes, request: Request | None
    ) -> None:
        super().__init__(holder, key, method, flow, message, request)
        self.state = _CALLING
        self.cancelled = False
        self._cancel: bytes | None = None
        self._ack = b""

    def receive(self, response: Response, now: float) -> Answer | None:
        status = response.status
        if self.state is _ACCEPTED:
            return Answer(self, response) if 200 <= status < 300 else None
        if self.state is _COMPLETED:
            if status >= 300:
                self.flow.send(self._ack)
            return None
        if status < 200:
            self._proceed(now)
        elif status < 300:
            self.state = _ACCEPTED
            self.holder.agenda.set(self, now + self.holder.timers.patience)
        else:
            self._complete(response, now)
        return Answer(self, response)

    def cancel(self, now: float, reason: bytes | None) -> None:
        """Withdraw it: at once where a provisional response has come, else when the first one does (section 9.1)."""
        if self.cancelled or self.state not in (_CALLING, _PROCEEDING):
            return
        self.cancelled = True
        cancel = _cancel_for(self.request, reason)
        if self.state is _PROCEEDING:
            self._send_cancel(cancel, now)
        else:
            self._cancel = cancel

    def fire(self, now: float) -> None:
        if self.state in (_ACCEPTED, _COMPLETED):
            self.end()
        elif now >= self._ends_at:
            self._time_out()
        else:
            self._resend(now, 2 * self._interval)

    def _proceed(self, now: float) -> None:
        if self.state is _CALLING:
            self.state = _PROCEEDING
            self.holder.agenda.set(self, NEVER)
            if self._cancel is not None:
                self._send_cancel(self._cancel, now)

    def _complete(self, response: Response, now: float) -> None:
        self._ack = _ack_for(self.request, response)
        self.flow.send(self._ack)
        if self.flow.reliable:
            self.end()
        else:
            self.state = _COMPLETED
            self.holder.agenda.set(self, now + self.holder.timers.patience)

    def _send_cancel(self, cancel: bytes, now: float) -> None:
        self.holder.withdraw(self, cancel, now)
        self._ends_at = now + self.holder.timers.patience
        self.holder.agenda.set(self, self._ends_at)


def _ack_for(invite: Request, response: Response) -> bytes:
    """The ACK of the transaction itself (section 17.1.1.3)."""
    return _same_hop(invite, b"ACK", response.get(b"to") or b"").to_bytes()


def _cancel_for(invite: Request, reason: bytes | None) -> bytes:
    """Section 9.1; `reason` is a Reason value (RFC 3326)."""
    cancel = _same_hop(invite, b"CANCEL", invite.get(b"to") or b"")
    if reason is not None:
        cancel.add(b"reason", reason)
    return cancel.to_bytes()


def _same_hop(invite: Request, method: bytes, to: bytes) -> Request:
    """A request that must take the very way of `invite`: one Via, ours with its branch, and the same Route."""
    request = new_request(
        method,
        invite.uri,
        sender=invite.get(b"from") or b"",
        to=to,
        call_id=invite.get(b"call-id") or b"",
        number=cseq(invite).number,
        routes=invite.get_all(b"route"),
    )
    request.push(b"via", invite.get(b"via") or b"")
    return request
