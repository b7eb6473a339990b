"""The transaction layer (RFC 3261 section 17, RFC 6026) without IO.

    listener --message--> receive() --Event--> user (proxy, registrar, keeper)
                             |                   |  request(), respond(), cancel()
                          Agenda <---------------'
    one timer --tick()-------'--bytes--> flow.send()

The layer matches messages to transactions, repeats what UDP may have lost, absorbs what UDP has doubled, and tells its
user what is new: `receive` returns that, `drain` what `tick` and `lost` found. It never calls its user back. After any
call `next_timer` may have changed.

`request` takes a `Request` and puts our Via on it. Whoever sends thousands of like requests a second (the registration
keeper) composes bytes itself and hands them to `request_bytes`, split where the branch belongs; both are the same
transaction afterwards.
"""

from collections.abc import Callable

from ringfence.protocols.sip.chance import Chance
from ringfence.protocols.sip.fields import tag_of, top_branch
from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.message import Message, Request, Response, parse
from ringfence.protocols.sip.response import response_to
from ringfence.protocols.sip.timers import Agenda, Timers
from ringfence.protocols.sip.transaction_client import ClientTransaction, InviteClient, NonInviteClient
from ringfence.protocols.sip.transaction_events import (
    Ack,
    Answer,
    Cancelled,
    Event,
    Lost,
    NewRequest,
    StrayResponse,
    TimedOut,
    Unacknowledged,
)
from ringfence.protocols.sip.transaction_match import (
    COOKIE,
    client_key,
    cseq_method,
    merge_key,
    note_source,
    server_key,
)
from ringfence.protocols.sip.transaction_server import InviteServer, NonInviteServer, ServerTransaction
from ringfence.protocols.sip.transaction_state import State, Transaction

__all__ = [
    "Ack",
    "Answer",
    "Cancelled",
    "ClientTransaction",
    "Event",
    "Lost",
    "NewRequest",
    "ServerTransaction",
    "State",
    "StrayResponse",
    "TimedOut",
    "Timers",
    "TransactionLayer",
    "Unacknowledged",
    "local_address",
    "merge_key",
]

_POOL = 4096  # bytes of chance drawn at a time: one system call for 512 branches


def local_address(flow: Flow) -> bytes:
    """The sent-by of a Via as our end of the flow is seen from here; behind NAT the user hands in another function."""
    host, port = flow.local
    return (f"[{host}]:{port}" if ":" in host else f"{host}:{port}").encode("ascii")


class TransactionLayer:
    """All transactions of one process. `now` is monotonic, in seconds, and the same clock in every call."""

    __slots__ = ("_by_flow", "_chance", "_clients", "_events", "_pool", "_sent_by", "_servers", "agenda", "timers")

    def __init__(
        self, chance: Chance, timers: Timers | None = None, sent_by: Callable[[Flow], bytes] = local_address
    ) -> None:
        self.timers = timers or Timers()
        self.agenda: Agenda[Transaction] = Agenda()
        self._chance = chance
        self._sent_by = sent_by
        self._pool: list[bytes] = []
        self._clients: dict[bytes, ClientTransaction] = {}
        self._servers: dict[bytes, ServerTransaction] = {}
        self._by_flow: dict[Flow, dict[Transaction, None]] = {}
        self._events: list[Event] = []

    def __len__(self) -> int:
        """Transactions that have not terminated: what shedding looks at."""
        return len(self._clients) + len(self._servers)

    # What comes in

    def receive(self, message: Message, flow: Flow, now: float) -> Event | None:
        """One message that `validate.check` has passed; None where it needs nobody's attention."""
        if isinstance(message, Request):
            return self._receive_request(message, flow, now)
        if isinstance(message, Response):
            return self._receive_response(message, flow, now)
        raise TypeError(type(message))

    def tick(self, now: float) -> None:
        """Do what is due; then `drain`."""
        for transaction in self.agenda.due(now):
            transaction.fire(now)

    def next_timer(self) -> float | None:
        """When to `tick`; None where nothing waits."""
        return self.agenda.next()

    def lost(self, flow: Flow, now: float) -> None:  # noqa: ARG002 - every call that changes state takes the time
        """The flow is gone; costs as much as there are transactions on it. Then `drain`."""
        for transaction in list(self._by_flow.pop(flow, ())):
            transaction.flow_lost()

    def drain(self) -> list[Event]:
        """The events of `tick` and `lost` since the last call."""
        events, self._events = self._events, []
        return events

    # What goes out

    def request(
        self, request: Request, flow: Flow, now: float, owner: object = None, mark: bytes = b""
    ) -> ClientTransaction:
        """Send as a new transaction. The request is the layer's from here on: our Via is pushed on it.

        `mark` (`proxy.loop_mark`) goes into the branch of what a proxy forwards.

        Not for ACK (see `send`) or CANCEL (see `cancel`).
        """
        branch = self._push_via(request, flow, mark)
        return self._start_client(branch, request.method, flow, request.to_bytes(), now, owner, request)

    def request_bytes(
        self, head: bytes, tail: bytes, method: bytes, flow: Flow, now: float, owner: object = None
    ) -> ClientTransaction:
        """Send ready-made bytes as a new transaction: `head` up to `;branch=` of the top Via, `tail` what follows."""
        branch = self.branch()
        return self._start_client(branch, method, flow, b"".join((head, branch, tail)), now, owner)

    def send(self, request: Request, flow: Flow) -> None:
        """Send without a transaction, our Via on top: the ACK to a 2xx. The request is the layer's from here on."""
        self._push_via(request, flow, b"")
        flow.send(request.to_bytes())

    def respond(self, transaction: ServerTransaction, response: Response, now: float) -> bool:
        """False, and nothing sent, where a final response went before or the transaction has ended."""
        return transaction.respond(response, now)

    def cancel(self, transaction: ClientTransaction, now: float, reason: bytes | None = None) -> None:
        """Withdraw an INVITE once a provisional response has come (section 9.1); `reason` is a Reason value.

        Its final response is told as ever: mostly 487, but a 2xx where that crossed the CANCEL. Nothing happens where
        the final response is there already, and for other methods, which end soon by themselves.
        """
        if isinstance(transaction, InviteClient):
            transaction.cancel(now, reason)

    def reroute(self, transaction: ServerTransaction, flow: Flow) -> None:
        """Send this transaction's responses by another flow from now on."""
        self._leave_flow(transaction)
        transaction.flow = flow
        self._by_flow.setdefault(flow, {})[transaction] = None

    def branch(self) -> bytes:
        """A branch that nobody used before and nobody can guess."""
        return COOKIE + self.token()

    def token(self) -> bytes:
        """64 bits as 16 hexadecimal digits: for branches and tags."""
        if not self._pool:
            digits = self._chance.bytes(_POOL).hex().encode("ascii")
            self._pool = [digits[at : at + 16] for at in range(0, len(digits), 16)]
        return self._pool.pop()

    # What transactions ask for

    def emit(self, event: TimedOut | Unacknowledged | Lost) -> None:
        if event.transaction.method != b"CANCEL":  # how a CANCEL of ours ends shows in its INVITE
            self._events.append(event)

    def withdraw(self, invite: Transaction, cancel: bytes, now: float) -> None:
        self._start_client(invite.key, b"CANCEL", invite.flow, cancel, now, None)

    def ended(self, transaction: Transaction) -> None:
        self.agenda.drop(transaction)
        self._leave_flow(transaction)
        if isinstance(transaction, ClientTransaction):
            del self._clients[transaction.key]
        else:
            del self._servers[transaction.key]

    # Inside

    def _receive_request(self, request: Request, flow: Flow, now: float) -> Event | None:
        method = request.method
        key = server_key(request, b"INVITE" if method == b"ACK" else method)
        known = self._servers.get(key)
        if known is not None:
            return known.receive(request, flow, now)
        invite_key = server_key(request, b"INVITE") if method == b"CANCEL" else b""
        note_source(request, flow)
        if method == b"ACK":
            return Ack(request, flow)
        transaction = self._start_server(key, method, flow, request, now)
        if method == b"CANCEL":
            return self._receive_cancel(transaction, invite_key, now)
        return NewRequest(transaction, request, flow)

    def _receive_cancel(self, transaction: ServerTransaction, invite_key: bytes, now: float) -> Cancelled | None:
        """Section 9.2: 200 where the INVITE is known, whatever its state; told while it can still be withdrawn."""
        request = transaction.request
        invite = self._servers.get(invite_key)
        if invite is None or not self._may_speak(transaction.flow, invite):
            transaction.respond(response_to(request, 481, to_tag=self.token()), now)
            return None
        transaction.respond(response_to(request, 200, to_tag=self._tag_sent(invite)), now)
        return None if invite.answered else Cancelled(invite, request)

    def _tag_sent(self, invite: ServerTransaction) -> bytes:
        """Our To tag in the INVITE's responses, which its CANCEL's should have too."""
        sent = parse(invite.last_response) if invite.last_response else None
        return (tag_of(sent.get(b"to") or b"") if sent else None) or self.token()

    def _receive_response(self, response: Response, flow: Flow, now: float) -> Event | None:
        method = cseq_method(response)
        transaction = self._clients.get(client_key(top_branch(response), method))
        if transaction is None or transaction.method != method or not self._may_speak(flow, transaction):
            return StrayResponse(response, flow)
        answer = transaction.receive(response, now)
        return answer if method != b"CANCEL" else None

    def _may_speak(self, flow: Flow, transaction: Transaction) -> bool:
        """Whether a CANCEL or a response by this flow may be about the transaction.

        Branches are no secret: whoever is further down the path reads them in the Vias. So what came encrypted is
        spoken of on its own connection, or on another encrypted one when that is gone (a phone changed networks).
        Elsewhere addresses prove little, and a PBX may answer from another one.
        """
        if flow is transaction.flow:
            return True
        if flow.secure != transaction.flow.secure:
            return False
        return not flow.secure or transaction.flow not in self._by_flow

    def _start_client(
        self,
        branch: bytes,
        method: bytes,
        flow: Flow,
        message: bytes,
        now: float,
        owner: object,
        request: Request | None = None,
    ) -> ClientTransaction:
        kind = InviteClient if method == b"INVITE" else NonInviteClient
        key = client_key(branch, method)
        transaction = self._clients[key] = kind(self, key, method, flow, message, request)
        transaction.owner = owner
        self._by_flow.setdefault(flow, {})[transaction] = None
        transaction.start(now)
        return transaction

    def _start_server(
        self, key: bytes, method: bytes, flow: Flow, request: Request, now: float
    ) -> InviteServer | NonInviteServer:
        kind = InviteServer if method == b"INVITE" else NonInviteServer
        transaction = self._servers[key] = kind(self, key, method, flow, request)
        self._by_flow.setdefault(flow, {})[transaction] = None
        transaction.start(now)
        return transaction

    def _push_via(self, request: Request, flow: Flow, mark: bytes) -> bytes:
        branch = self.branch() + b"." + mark if mark else self.branch()
        request.push(b"via", b"SIP/2.0/%b %b;branch=%b;rport" % (flow.transport, self._sent_by(flow), branch))
        return branch

    def _leave_flow(self, transaction: Transaction) -> None:
        there = self._by_flow.get(transaction.flow)
        if there is not None:
            there.pop(transaction, None)
            if not there:
                del self._by_flow[transaction.flow]
