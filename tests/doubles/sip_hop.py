"""A flow that keeps what it was given, a transaction layer under a clock that stands still, and plain messages."""

from dataclasses import dataclass, field
from typing import TypeVar

from ringfence.clock import ManualClock
from ringfence.protocols.sip.message import Request, Response, parse
from ringfence.protocols.sip.response import response_to
from ringfence.protocols.sip.transaction import (
    ClientTransaction,
    Event,
    NewRequest,
    ServerTransaction,
    State,
    TransactionLayer,
)
from ringfence.randomness import SeededRandomness

E = TypeVar("E", bound=Event)


@dataclass(eq=False)
class RecordedFlow:
    """Implements the `Flow` port; `sent` is what went out and nobody has looked at yet."""

    transport: bytes = b"UDP"
    peer: tuple[str, int] = ("192.0.2.2", 5060)
    local: tuple[str, int] = ("192.0.2.1", 5060)
    sent: list[bytes] = field(default_factory=list)
    closed: bool = False

    @property
    def reliable(self) -> bool:
        return self.transport != b"UDP"

    @property
    def secure(self) -> bool:
        return self.transport in (b"TLS", b"WSS")

    def send(self, data: bytes) -> None:
        self.sent.append(data)

    def close(self) -> None:
        self.closed = True

    def taken(self) -> list[bytes]:
        """What was sent since the last call."""
        sent, self.sent = self.sent, []
        return sent

    def starts(self) -> list[bytes]:
        """The first word of each start line (of a response: the status) sent since the last call."""
        return [start_of(data) for data in self.taken()]


def start_of(data: bytes) -> bytes:
    message = parse(data)
    return message.method if isinstance(message, Request) else b"%d" % message.status


class Hop:
    """One layer, one flow, one clock."""

    def __init__(self, transport: bytes = b"UDP", seed: int = 1) -> None:
        self.clock = ManualClock()
        self.flow = RecordedFlow(transport)
        self.layer = TransactionLayer(SeededRandomness(seed))

    @property
    def now(self) -> float:
        return self.clock.monotonic()

    def wait(self, seconds: float) -> list[Event]:
        """Let time pass from timer to timer, and return what the layer told meanwhile."""
        end = self.now + seconds
        while (due := self.layer.next_timer()) is not None and due <= end:
            self.clock.advance(max(due - self.now, 0.0))
            self.layer.tick(self.now)
        self.clock.advance(end - self.now)
        return self.layer.drain()

    def sends(self, seconds: float) -> list[tuple[float, bytes]]:
        """Let time pass in steps of 10 ms; when what was sent, in seconds from now (rounded)."""
        start, seen = self.now, []
        for _ in range(round(seconds * 100)):
            self.clock.advance(0.01)
            self.layer.tick(self.now)
            seen += [(round(self.now - start, 1), start_of(data)) for data in self.flow.taken()]
        return seen

    def ask(self, method: bytes = b"INVITE") -> ClientTransaction:
        """Send a request; it stays in `flow.sent`."""
        return self.layer.request(plain(method), self.flow, self.now)

    def answer(self, transaction: ClientTransaction, status: int, to_tag: bytes = b"their") -> Event | None:
        """Let the peer answer a request of ours."""
        return self.layer.receive(answer_to(transaction.request, status, to_tag), self.flow, self.now)

    def hear(self, request: Request, flow: RecordedFlow | None = None) -> Event | None:
        """Let a request come in, as it would from the wire."""
        return self.layer.receive(parse(request.to_bytes()), flow or self.flow, self.now)

    def asked(self, method: bytes = b"INVITE", branch: bytes = b"z9hG4bKtheirs") -> ServerTransaction:
        """Let a new request come in, and return its transaction."""
        event = self.hear(plain(method, branch))
        assert isinstance(event, NewRequest)
        return event.transaction

    def respond(self, transaction: ServerTransaction, status: int, to_tag: bytes = b"ours") -> bool:
        response = response_to(transaction.request, status, to_tag=to_tag)
        return self.layer.respond(transaction, response, self.now)


def plain(
    method: bytes = b"INVITE", branch: bytes | None = None, *, call: bytes = b"1@caller", number: int = 1
) -> Request:
    """A request with what every request needs; with a `branch`, as the peer at 192.0.2.2 sends it."""
    request = Request.make(method, b"sip:bob@example.test")
    if branch is not None:
        request.add(b"via", b"SIP/2.0/UDP 192.0.2.2:5060;branch=" + branch)
    request.add(b"max-forwards", b"70")
    request.add(b"from", b"<sip:alice@example.test>;tag=a1")
    request.add(b"to", b"<sip:bob@example.test>")
    request.add(b"call-id", call)
    request.add(b"cseq", b"%d %b" % (number, method))
    request.add(b"content-length", b"0")
    return request


def answer_to(request: Request, status: int, to_tag: bytes | None = b"their") -> Response:
    """As it would come from the wire."""
    response = parse(response_to(request, status, to_tag=to_tag if status > 100 else None).to_bytes())
    assert isinstance(response, Response)
    return response


def told(event: Event | None, kind: type[E]) -> E:
    """The event, which must be of that kind."""
    assert isinstance(event, kind)
    return event


def state_of(transaction: ClientTransaction | ServerTransaction) -> State:
    """Its state now; asked for through a function, since a type checker takes an attribute for constant."""
    return transaction.state
