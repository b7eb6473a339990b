"""One held call as the gateway sees it: the INVITE, its branches' transactions, and what its actions mean in SIP."""

from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar, Final, Protocol, final

from ringfence.gateway.asker import Asker, Failure
from ringfence.gateway.breadth import Breadth
from ringfence.gateway.call_policy import CallPolicy, Progress
from ringfence.gateway.dialogs import Dialogs, ack_of, bye_of
from ringfence.gateway.endpoint import Endpoint
from ringfence.gateway.identity import CALL_HEADER, PAIRING_HEADER, withhold, without_claims
from ringfence.identifiers import CallRef
from ringfence.protocols.sip.errors import BadMessage
from ringfence.protocols.sip.message import Request, Response
from ringfence.protocols.sip.proxy import best_response, prepare_forward, prepare_response
from ringfence.protocols.sip.response import reason_of, response_to
from ringfence.protocols.sip.timers import NEVER
from ringfence.protocols.sip.transaction import ClientTransaction, ServerTransaction
from ringfence.services.calls import Caller, EndState, HeldCall, Waker, Why
from ringfence.services.calls.actions import (
    Action,
    AnswerUpstream,
    CancelBranch,
    End,
    ForkTo,
    HangUp,
    Missed,
    Push,
    QuietPush,
    RelayBest,
    RelayProvisional,
    RelaySuccess,
    Woke,
)
from ringfence.services.calls.events import Cancel, Event, Lost, Provisional, Success, Tick, Unwakeable
from ringfence.services.calls.events import Failure as Refused
from ringfence.services.calls.legs import Branch
from ringfence.services.reachability import Account, Binding

__all__ = ["HeldInvite", "Surroundings", "Wakes"]

_REASONS: Final = {
    Why.ANSWERED_ELSEWHERE: b'SIP;cause=200;text="Call completed elsewhere"',
    Why.DECLINED_ELSEWHERE: b'SIP;cause=603;text="Declined elsewhere"',
}
"""RFC 3326: what a CANCEL tells a device to show."""


@final
class Wakes:
    """What became of pushes for calls: how many were made, how many devices came in time, how long they took."""

    __slots__ = ("in_time", "pushed", "seconds")

    def __init__(self) -> None:
        self.pushed = 0
        self.in_time = 0
        self.seconds = 0.0
        """The sum over all that came in time."""

    def woke(self, after: float) -> None:
        self.in_time += 1
        self.seconds += after


class Surroundings(Protocol):
    """What all held calls share."""

    endpoint: Endpoint
    dialogs: Dialogs
    waker: Waker
    ends: Counter[EndState]
    wakes: "Wakes"

    def now(self) -> float: ...

    def settle(self, held: "HeldInvite") -> None:
        """Called after each event that was told."""
        ...

    def later(self, held: "HeldInvite", event: Event) -> None:
        """Tell this event after the present one."""
        ...

    def missed(self, held: "HeldInvite") -> None:
        """Nobody took the call."""
        ...


@final
class HeldInvite:
    """Owner of the INVITE's server transaction."""

    __slots__ = (
        "account",
        "breadth",
        "by_epoch",
        "call",
        "caller",
        "calls",
        "came_at",
        "due",
        "mark",
        "policy",
        "queued",
        "ref",
        "request",
        "server",
        "tag",
        "traceless",
        "transactions",
    )

    def __init__(
        self,
        calls: Surroundings,
        server: ServerTransaction,
        account: Account,
        *,
        policy: CallPolicy,
        ref: CallRef,
        deadline: float,
        came_at: float,
        by_epoch: int,
        caller: Caller,
        mark: bytes,
        breadth: Breadth,
    ) -> None:
        self.calls = calls
        self.server = server
        self.request: Request = server.request
        self.account = account
        self.policy = policy
        self.ref = ref
        self.came_at = came_at
        """Epoch seconds."""
        self.by_epoch = by_epoch
        self.caller = caller
        self.mark = mark
        """By which we know the INVITE if it comes back (RFC 5393)."""
        self.breadth = breadth
        self.call = HeldCall(deadline)
        self.tag = calls.endpoint.token()
        self.transactions: dict[Branch, ClientTransaction] = {}
        self.traceless = False
        """The callee has left: nothing is kept of the call."""
        self.due = self.queued = NEVER
        server.owner = self

    def tell(self, event: Event, now: float) -> None:
        """Hand the machine an event and do what it asks for."""
        for action in self.call.handle(event, now):
            self._DO[type(action)](self, action)
        self.calls.settle(self)

    def fire(self, now: float) -> None:
        """The machine's time has come."""
        self.tell(Tick(), now)

    def withdraw(self, reason: bytes | None) -> None:
        """The caller cancelled; a PBX says by cause=200 that another of its phones took the call."""
        elsewhere = reason is not None and b"cause=200" in reason.replace(b" ", b"")
        self.tell(Cancel(elsewhere=elsewhere), self.calls.now())

    # What the machine asks for

    def _push(self, action: Push) -> None:
        self.calls.wakes.pushed += len(action.devices)
        call_id = (self.request.get(b"call-id") or b"").decode("utf-8", "replace")
        for device in self.calls.waker.ring(action.devices, self.ref, self.by_epoch, self.caller, call_id=call_id):
            self.calls.later(self, Unwakeable(device))

    def _fork(self, action: ForkTo) -> None:
        branch = action.branch
        device = self.account.device(branch.leg.device)
        binding = branch.binding
        if device is None or not isinstance(binding, Binding) or not (breadth := self.breadth.take(branch)):
            self.calls.later(self, Lost(branch, None))
            return
        routes = self.calls.dialogs.record_route(device, self.server.flow, binding.flow)
        try:
            forward = prepare_forward(
                self.request, uri=binding.contact, record_route=routes, route=binding.path, breadth=breadth
            )
        except BadMessage:
            self.breadth.give(branch)
            self.calls.later(self, Lost(branch, None))
            return
        invite = forward.request
        withhold(invite)
        invite.set(CALL_HEADER, self.ref.encode("ascii"))
        invite.set(PAIRING_HEADER, self.ref.encode("ascii"))
        asker = _BranchAsker(self, branch)
        self.transactions[branch] = self.calls.endpoint.request(invite, binding.flow, asker, mark=self.mark)

    def _relay_provisional(self, action: RelayProvisional) -> None:
        self._pass(action.response)

    def _relay_success(self, action: RelaySuccess) -> None:
        self._pass(action.response)

    def _relay_best(self, action: RelayBest) -> None:
        best = best_response(action.responses)
        if best.status >= 600 and self.policy.busy_for_all:
            best.start = b"SIP/2.0 486 " + reason_of(486)
        self._pass(best)

    def _pass(self, response: Response) -> None:
        passed = prepare_response(response)
        without_claims(passed)
        self.calls.endpoint.respond(self.server, passed)

    def _answer(self, action: AnswerUpstream) -> None:
        if action.status == 180 and not self._may_ring():
            return
        response = response_to(self.request, action.status, to_tag=self.tag)
        self.calls.endpoint.respond(self.server, response)

    def _may_ring(self) -> bool:
        """A 180 of our own promises no media; where 100rel is required it would have to be a promise we can't keep."""
        if self.request.has(b"require") and b"100rel" in b",".join(self.request.get_all(b"require")).lower():
            return False
        return self.policy.progress is Progress.RINGING

    def _cancel(self, action: CancelBranch) -> None:
        transaction = self.transactions.get(action.branch)
        if transaction is not None:
            self.calls.endpoint.cancel(transaction, _REASONS.get(action.why))

    def _hang_up(self, action: HangUp) -> None:
        transaction = self.transactions[action.branch]
        flow = action.branch.binding.flow
        self.calls.endpoint.send(ack_of(transaction.request, action.response), flow)
        if action.bye:
            self.calls.endpoint.request(bye_of(transaction.request, action.response), flow, _Nobody())

    def _quiet(self, action: QuietPush) -> None:
        self.calls.waker.quiet((action.device,), self.ref, action.why)

    def _missed(self, _action: Missed) -> None:
        self.calls.missed(self)

    def _woke(self, action: Woke) -> None:
        self.calls.wakes.woke(action.after)

    def _end(self, action: End) -> None:
        self.calls.ends[action.state] += 1

    _DO: ClassVar[dict[type[Action], Callable[["HeldInvite", Any], None]]] = {
        Push: _push,
        ForkTo: _fork,
        RelayProvisional: _relay_provisional,
        RelaySuccess: _relay_success,
        RelayBest: _relay_best,
        AnswerUpstream: _answer,
        CancelBranch: _cancel,
        HangUp: _hang_up,
        QuietPush: _quiet,
        Missed: _missed,
        Woke: _woke,
        End: _end,
    }


@final
class _BranchAsker(Asker):
    """Turns answers on one branch into events of its call."""

    __slots__ = ("_branch", "_held")

    def __init__(self, held: HeldInvite, branch: Branch) -> None:
        self._held = held
        self._branch = branch

    def answered(self, transaction: ClientTransaction, response: Response) -> None:  # noqa: ARG002 - the branch knows it
        status = response.status
        if status >= 200:
            self._held.breadth.give(self._branch)
        kind = Provisional if status < 200 else Success if status < 300 else Refused
        self._held.tell(kind(self._branch, response), self._held.calls.now())

    def failed(self, transaction: ClientTransaction, failure: Failure) -> None:  # noqa: ARG002 - both mean the same here
        self._held.breadth.give(self._branch)
        device = self._held.account.device(self._branch.leg.device)
        newest = device.binding if device is not None else None
        self._held.tell(Lost(self._branch, newest), self._held.calls.now())


@final
class _Nobody(Asker):
    """Sends a BYE whose answer changes nothing."""

    __slots__ = ()

    def answered(self, transaction: ClientTransaction, response: Response) -> None:
        """The dialog is over either way."""

    def failed(self, transaction: ClientTransaction, failure: Failure) -> None:
        """The device is gone; so is its dialog."""
