r"""Server transactions: what we were asked, until our answer has arrived (RFC 3261 section 17.2, RFC 6026 section 8.5).

INVITE                                              everything else

     PROCEEDING --copy: last 1xx again                  TRYING --copy: absorbed
      |  |                                              |  |_________ 1xx
      |  |_______ 2xx                                   |            v
      |          v                                      |       PROCEEDING --copy: last 1xx again
      |     ACCEPTED (L = 64*T1)                        |            |
      |        more 2xx sent, copies absorbed           '--- final --'
      |  300-699 |                                             v
      v          |                                      COMPLETED (J = 64*T1 or 0)
    COMPLETED (H = 64*T1)                                   copy: final again
      G or copy: final again                                   v
      |  |      \_ H: `Unacknowledged`                    TERMINATED
      | ACK
      v          |
    CONFIRMED (I = T4 or 0)
      v          v
     TERMINATED <'

G runs on UDP alone; where two values are given the second is for transports that repeat by themselves. An ACK in
ACCEPTED belongs to the user. A non-INVITE that the user leaves without a final response for 64*T1 ends silently: nobody
waits for it any more (RFC 4320 section 3.1). We send no 100 by ourselves; whoever takes the INVITE does, at once.
"""

from abc import abstractmethod

from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.message import Request, Response
from ringfence.protocols.sip.timers import NEVER
from ringfence.protocols.sip.transaction_events import Ack, Lost, Unacknowledged
from ringfence.protocols.sip.transaction_state import Holder, State, Transaction

__all__ = ["InviteServer", "NonInviteServer", "ServerTransaction"]

_TRYING = State.TRYING
_PROCEEDING = State.PROCEEDING
_ACCEPTED = State.ACCEPTED
_COMPLETED = State.COMPLETED
_CONFIRMED = State.CONFIRMED


class ServerTransaction(Transaction):
    """A request of the peer's. `status` is that of our last response, 0 before the first."""

    __slots__ = ("_sent", "request", "status")

    def __init__(self, holder: Holder, key: bytes, method: bytes, flow: Flow, request: Request, state: State) -> None:
        super().__init__(holder, key, method, flow, state)
        self.request = request
        self.status = 0
        self._sent = b""

    @property
    def answered(self) -> bool:
        """A final response has been sent, or can't be any more."""
        return self.state not in (_TRYING, _PROCEEDING)

    @property
    def last_response(self) -> bytes:
        """What was sent last, empty before the first."""
        return self._sent

    @abstractmethod
    def respond(self, response: Response, now: float) -> bool:
        """Send it where the state allows; False where a final response went before (the first one wins)."""

    @abstractmethod
    def receive(self, request: Request, flow: Flow, now: float) -> Ack | None:
        """A copy of the request, or its ACK."""

    def flow_lost(self) -> None:
        if self.state in (_TRYING, _PROCEEDING):
            self.holder.emit(Lost(self))

    def _send(self, response: Response, status: int) -> None:
        self.status = status
        self._sent = response.to_bytes()
        self.flow.send(self._sent)

    def _repeat(self) -> None:
        if self._sent:
            self.flow.send(self._sent)


class NonInviteServer(ServerTransaction):
    """Figure 8 of RFC 3261."""

    __slots__ = ()

    def __init__(self, holder: Holder, key: bytes, method: bytes, flow: Flow, request: Request) -> None:
        super().__init__(holder, key, method, flow, request, _TRYING)

    def start(self, now: float) -> None:
        self.holder.agenda.set(self, now + self.holder.timers.patience)

    def respond(self, response: Response, now: float) -> bool:
        if self.state is not _TRYING and self.state is not _PROCEEDING:
            return False
        status = response.status
        self._send(response, status)
        if status < 200:
            self.state = _PROCEEDING
        elif self.flow.reliable:
            self.end()
        else:
            self.state = _COMPLETED
            self.holder.agenda.set(self, now + self.holder.timers.patience)
        return True

    def receive(self, request: Request, flow: Flow, now: float) -> Ack | None:  # noqa: ARG002 - a copy says nothing new
        self._repeat()
        return None

    def fire(self, now: float) -> None:  # noqa: ARG002 - there is one timer, and it means the end
        self.end()


class InviteServer(ServerTransaction):
    """Figure 7 of RFC 3261 as amended by RFC 6026."""

    __slots__ = ("_ends_at", "_interval")

    def __init__(self, holder: Holder, key: bytes, method: bytes, flow: Flow, request: Request) -> None:
        super().__init__(holder, key, method, flow, request, _PROCEEDING)
        self._interval = 0.0
        self._ends_at = NEVER

    def start(self, now: float) -> None:
        """No timer runs before the final response: how long an INVITE may wait is the user's matter."""

    def respond(self, response: Response, now: float) -> bool:
        status = response.status
        if self.state is _ACCEPTED:
            return self._accept_again(response, status)
        if self.state is not _PROCEEDING:
            return False
        self._send(response, status)
        if status >= 300:
            self._complete(now)
        elif status >= 200:
            self.state = _ACCEPTED
            self.holder.agenda.set(self, now + self.holder.timers.patience)
        return True

    def receive(self, request: Request, flow: Flow, now: float) -> Ack | None:
        if request.method == b"ACK":
            return self._acknowledge(request, flow, now)
        if self.state in (_PROCEEDING, _COMPLETED):
            self._repeat()
        return None

    def fire(self, now: float) -> None:
        if self.state is not _COMPLETED:
            self.end()
        elif now >= self._ends_at:
            self.end()
            self.holder.emit(Unacknowledged(self))
        else:
            self._repeat()
            self._interval = min(2 * self._interval, self.holder.timers.t2)
            self.holder.agenda.set(self, min(now + self._interval, self._ends_at))

    def _accept_again(self, response: Response, status: int) -> bool:
        """A further 2xx: a copy, or another phone's that a proxy forwards (section 16.7 step 5)."""
        if not 200 <= status < 300:
            return False
        self.flow.send(response.to_bytes())
        return True

    def _complete(self, now: float) -> None:
        timers = self.holder.timers
        self.state = _COMPLETED
        self._ends_at = now + timers.patience
        self._interval = timers.t1
        self.holder.agenda.set(self, self._ends_at if self.flow.reliable else now + timers.t1)

    def _acknowledge(self, request: Request, flow: Flow, now: float) -> Ack | None:
        if self.state is _ACCEPTED:
            return Ack(request, flow)
        if self.state is _COMPLETED:
            if self.flow.reliable:
                self.end()
            else:
                self.state = _CONFIRMED
                self.holder.agenda.set(self, now + self.holder.timers.t4)
        return None
