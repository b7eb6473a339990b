"""The endpoint: the asyncio shell round the transaction layer. It owns one timer and decides nothing about calls.

    listeners --received--> Door (who may speak) --> Endpoint --> TransactionLayer --> handler of the method
                                                        ^                                   |
                                                        '------ respond, request, cancel <--'

What no handler ever sees: malformed messages (answered where they can be), methods nobody handles (405), extensions
that a handler does not know (420), copies, responses that nobody waits for (dropped), OPTIONS that ask whether we live.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import final

import structlog

from ringfence.clock import Clock
from ringfence.errors import RingfenceError
from ringfence.gateway.alarm import Alarm, Scheduler
from ringfence.gateway.asker import Asker, Callbacks, Failure
from ringfence.gateway.endpoint_settings import Counters, EndpointSettings
from ringfence.gateway.refusal import allowing, not_extensions, required
from ringfence.gateway.route_back import WayBack
from ringfence.protocols.sip.errors import BadMessage
from ringfence.protocols.sip.fields import tag_of
from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.framing import datagram
from ringfence.protocols.sip.message import Request, Response
from ringfence.protocols.sip.response import response_to
from ringfence.protocols.sip.transaction import (
    Ack,
    Answer,
    Cancelled,
    ClientTransaction,
    Event,
    Lost,
    NewRequest,
    ServerTransaction,
    State,
    StrayResponse,
    TimedOut,
    TransactionLayer,
    Unacknowledged,
)
from ringfence.protocols.sip.transaction_match import note_source
from ringfence.protocols.sip.validate import check

__all__ = ["Endpoint", "Guard", "Handler"]

_log = structlog.get_logger("ringfence.gateway.endpoint")

Handler = Callable[[Request, ServerTransaction, Flow], None]
"""Takes a new request; answers now or later by `Endpoint.respond`. A `RingfenceError` that it raises is the answer."""

Guard = Callable[[Request, ServerTransaction, Flow], bool]
"""True where the request may go to its handler; False where it has been answered."""


@final
class Endpoint:
    """Everything is called in the loop's own turn and returns at once."""

    def __init__(
        self,
        layer: TransactionLayer,
        clock: Clock,
        scheduler: Scheduler,
        settings: EndpointSettings | None = None,
    ) -> None:
        self._layer = layer
        self._clock = clock
        self._settings = settings or EndpointSettings()
        self._alarm = Alarm(scheduler, clock, self.tick)
        self._handlers: dict[bytes, tuple[Handler, frozenset[bytes] | None]] = {}
        self._on_ack: Callable[[Request, Flow], None] | None = None
        self._on_cancelled: Callable[[ServerTransaction, Request], None] | None = None
        self._guard: Guard | None = None
        self._express: Callable[[bytes], bool] | None = None
        self._on_alive: list[Callable[[Flow], None]] = []
        self._on_lost: list[Callable[[Flow], None]] = []
        self._way_back: WayBack | None = None
        self._errands: set[asyncio.Task[None]] = set()
        self.counters = Counters()

    # Who handles what

    def on(self, method: bytes, handler: Handler, *, extensions: frozenset[bytes] | None = None) -> None:
        """Hand new requests of `method` to `handler`; `b"*"` takes every method that has no handler of its own.

        `extensions`: the option tags that the handler understands; a Require beyond them is answered 420. None: Require
        is the other end's matter, as in a proxy.
        """
        self._handlers[method] = (handler, extensions)

    def on_ack(self, handler: Callable[[Request, Flow], None]) -> None:
        """Hand on ACKs to 2xx."""
        self._on_ack = handler

    def on_cancelled(self, handler: Callable[[ServerTransaction, Request], None]) -> None:
        """Tell of INVITEs withdrawn before their final response; the CANCEL has its 200, the 487 is the handler's."""
        self._on_cancelled = handler

    def guard_with(self, guard: Guard) -> None:
        """Ask `guard` before any handler; what it does not admit it has answered."""
        self._guard = guard

    def express_to(self, take: Callable[[bytes], bool]) -> None:
        """Offer every message to `take` before it is parsed; True means that it was dealt with. See `Express`."""
        self._express = take

    def on_alive(self, listener: Callable[[Flow], None]) -> None:
        """Tell of keep-alives."""
        self._on_alive.append(listener)

    def on_lost(self, listener: Callable[[Flow], None]) -> None:
        """Tell of broken connections, before the transactions on them are told."""
        self._on_lost.append(listener)

    def find_back_by(self, way: WayBack) -> None:
        """The way of responses whose own flow is gone."""
        self._way_back = way

    # What listeners call, through a door

    def received(self, data: bytes, flow: Flow) -> None:
        try:
            if self._express is not None and self._expressed(self._express, data):
                return
            message = datagram(data, self._settings.limits)
            check(message)
            if message.is_request and len(self._layer) >= self._settings.max_transactions:
                self._shed(message, flow)
                return
            event = self._layer.receive(message, flow, self._clock.monotonic())
        except BadMessage as fault:
            self.malformed(fault, flow)
            return
        if event is not None:
            self._dispatch(event)
        self._alarm.set(self._layer.next_timer())

    def malformed(self, fault: BadMessage, flow: Flow) -> None:
        """Answer a broken request by its status where enough of it could be read; drop everything else."""
        self.counters.malformed += 1
        request = fault.message
        if isinstance(request, Request) and request.method != b"ACK":
            self._answer_statelessly(request, fault.status, flow)

    def alive(self, flow: Flow) -> None:
        for listener in self._on_alive:
            listener(flow)

    def lost(self, flow: Flow) -> None:
        self.counters.flows_lost += 1
        for listener in self._on_lost:
            listener(flow)
        self._layer.lost(flow, self._clock.monotonic())
        self._drain()

    # What handlers call

    def respond(self, transaction: ServerTransaction, response: Response) -> bool:
        """False, and nothing sent, where a final response went before."""
        sent = self._layer.respond(transaction, response, self._clock.monotonic())
        self._alarm.set(self._layer.next_timer())
        return sent

    def reject(self, transaction: ServerTransaction, status: int, reason: bytes | None = None) -> bool:
        """Respond with nothing but a status."""
        return self.respond(transaction, response_to(transaction.request, status, reason, to_tag=self._layer.token()))

    def turn_away(self, transaction: ServerTransaction, response: Response) -> None:
        """Respond for good and forget the request at once, as a stateless element would.

        For whoever has proved nothing: a refused INVITE waits half a minute for its ACK, and strangers could fill the
        memory with such. A copy is refused anew, and the ACK then belongs to nothing.
        """
        self.respond(transaction, response)
        if transaction.state is not State.TERMINATED:
            transaction.end()

    def request(
        self,
        request: Request,
        flow: Flow,
        on_answer: Asker | Callable[[ClientTransaction, Response], None],
        on_failure: Callable[[ClientTransaction, Failure], None] | None = None,
        *,
        mark: bytes = b"",
    ) -> ClientTransaction:
        """Send `request` (ours from here on: our Via goes on it) and tell its asker of every answer, or of its failure.

        `on_answer(transaction, response)` hears provisional ones too; `on_failure(transaction, failure)` comes at most
        once, instead of a final answer. Both in one object: `Asker`. It is the transaction's `owner`.
        `mark` (`proxy.loop_mark`) goes into the branch of what a proxy forwards.
        """
        asker = on_answer if isinstance(on_answer, Asker) else Callbacks(on_answer, on_failure)
        transaction = self._layer.request(request, flow, self._clock.monotonic(), asker, mark)
        self._alarm.set(self._layer.next_timer())
        return transaction

    def request_bytes(self, head: bytes, tail: bytes, method: bytes, flow: Flow, asker: Asker) -> ClientTransaction:
        """As `request`, for bytes composed by the caller: `head` up to `;branch=` of the top Via, `tail` after it."""
        transaction = self._layer.request_bytes(head, tail, method, flow, self._clock.monotonic(), asker)
        self._alarm.set(self._layer.next_timer())
        return transaction

    def cancel(self, transaction: ClientTransaction, reason: bytes | None = None) -> None:
        """Withdraw an INVITE of ours (see `TransactionLayer.cancel`)."""
        self._layer.cancel(transaction, self._clock.monotonic(), reason)
        self._alarm.set(self._layer.next_timer())

    def abandon(self, transaction: ClientTransaction) -> None:
        """Nobody waits for the answer any more: send no further copy, and drop what still comes."""
        transaction.owner = None
        if transaction.state is not State.TERMINATED:
            transaction.end()

    def send(self, request: Request, flow: Flow) -> None:
        """Send without a transaction, our Via on top: the ACK to a 2xx."""
        self._layer.send(request, flow)

    def token(self) -> bytes:
        """A fresh tag or branch part."""
        return self._layer.token()

    def __len__(self) -> int:
        """Live transactions."""
        return len(self._layer)

    def tick(self) -> None:
        """Do what is due; the alarm calls it."""
        self._layer.tick(self._clock.monotonic())
        self._drain()

    async def close(self) -> None:
        """Stop the timer and give up responses that are looking for a way back."""
        self._alarm.stop()
        for errand in self._errands:
            errand.cancel()
        await asyncio.gather(*self._errands, return_exceptions=True)

    # Events

    def _drain(self) -> None:
        while events := self._layer.drain():
            for event in events:
                self._dispatch(event)
        self._alarm.set(self._layer.next_timer())

    def _expressed(self, take: Callable[[bytes], bool], data: bytes) -> bool:
        try:
            taken = take(data)
        except Exception as fault:  # noqa: BLE001 - the outermost loop
            self._note(fault, "Answer")
            return True
        if taken:
            self._alarm.set(self._layer.next_timer())
        return taken

    def _dispatch(self, event: Event) -> None:
        """The outermost loop of the gateway: a handler's defect costs its own request and nothing else."""
        try:
            self._hand_on(event)
        except Exception as fault:  # noqa: BLE001 - the outermost loop
            self._failed(event, fault)

    def _hand_on(self, event: Event) -> None:
        match event:
            case Answer(transaction, response):
                if isinstance(transaction.owner, Asker):
                    transaction.owner.answered(transaction, response)
            case TimedOut(transaction):
                self.counters.timed_out += 1
                self._tell_failure(transaction, Failure.TIMED_OUT)
            case StrayResponse():
                self.counters.stray_responses += 1
            case Lost(transaction):
                self._lost_under(transaction)
            case _:
                self._hand_on_request(event)

    def _hand_on_request(self, event: NewRequest | Ack | Cancelled | Unacknowledged) -> None:
        match event:
            case NewRequest(transaction, request, flow):
                self._new_request(transaction, request, flow)
            case Ack(request, flow):
                if self._on_ack is not None:
                    self._on_ack(request, flow)
            case Cancelled(transaction, request):
                if self._on_cancelled is not None:
                    self._on_cancelled(transaction, request)
            case Unacknowledged():
                self.counters.unacknowledged += 1

    def _new_request(self, transaction: ServerTransaction, request: Request, flow: Flow) -> None:
        if request.method == b"OPTIONS" and tag_of(request.get(b"to") or b"") is None:
            self._answer_options(transaction)
            return
        if self._guard is not None and not self._guard(request, transaction, flow):
            return
        handler, extensions = self._handlers.get(request.method) or self._handlers.get(b"*") or (None, None)
        if handler is None:
            self._refuse_method(transaction)
        elif extensions is not None and (unknown := required(request) - extensions):
            self._refuse_extensions(transaction, unknown)
        else:
            handler(request, transaction, flow)

    def _answer_options(self, transaction: ServerTransaction) -> None:
        """A PBX or phone asks whether we live: section 11, answered here in whatever state the account is."""
        response = allowing(transaction.request, 200, self._handlers, self._layer.token())
        response.add(b"accept", b"application/sdp")
        response.add(b"supported", b"path, outbound")
        self.respond(transaction, response)

    def _refuse_method(self, transaction: ServerTransaction) -> None:
        self.counters.refused_method += 1
        self.respond(transaction, allowing(transaction.request, 405, self._handlers, self._layer.token()))

    def _refuse_extensions(self, transaction: ServerTransaction, unknown: frozenset[bytes]) -> None:
        self.counters.refused_extension += 1
        self.respond(transaction, not_extensions(transaction.request, unknown, self._layer.token()))

    def _shed(self, request: Request | Response, flow: Flow) -> None:
        self.counters.shed += 1
        if isinstance(request, Request) and request.method != b"ACK":
            self._answer_statelessly(request, 503, flow, retry_after=self._settings.retry_after)

    def _answer_statelessly(self, request: Request, status: int, flow: Flow, *, retry_after: int | None = None) -> None:
        try:
            note_source(request, flow)
            response = response_to(request, status, to_tag=self._layer.token())
        except BadMessage:
            return  # not even its Via can be read
        if retry_after is not None:
            response.add(b"retry-after", b"%d" % retry_after)
        flow.send(response.to_bytes())

    # Failures

    def _lost_under(self, transaction: ClientTransaction | ServerTransaction) -> None:
        if isinstance(transaction, ClientTransaction):
            self._tell_failure(transaction, Failure.FLOW_LOST)
        elif self._way_back is not None:
            self._run(self._reroute(self._way_back, transaction))

    async def _reroute(self, way: WayBack, transaction: ServerTransaction) -> None:
        """RFC 3261 section 18.2.2: a response whose connection is gone goes another way."""
        try:
            flow = await way.find(transaction.request, transaction.flow)
        except RingfenceError as fault:
            _log.info("no_way_back", code=fault.code)
            return
        if flow is not None:
            self._layer.reroute(transaction, flow)

    def _run(self, errand: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(errand)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    def _tell_failure(self, transaction: ClientTransaction, failure: Failure) -> None:
        if isinstance(transaction.owner, Asker):
            transaction.owner.failed(transaction, failure)

    def _failed(self, event: Event, fault: Exception) -> None:
        self._note(fault, type(event).__name__)
        if isinstance(event, NewRequest) and not event.transaction.answered:
            self.reject(event.transaction, fault.sip_status if isinstance(fault, RingfenceError) else 500)

    def _note(self, fault: Exception, kind: str) -> None:
        """A peer's fault is no news; a defect of ours is, by its kind: its text may name people."""
        if not isinstance(fault, RingfenceError):
            self.counters.handler_failures += 1
            _log.error("handler_failed", event_kind=kind, fault=type(fault).__name__)
