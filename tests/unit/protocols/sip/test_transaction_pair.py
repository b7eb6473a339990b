"""Two layers back to back over a network that loses, doubles and reorders: every transaction ends, and in one way."""

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.clock import ManualClock
from ringfence.protocols.sip.chance import fraction
from ringfence.protocols.sip.message import Response, parse
from ringfence.protocols.sip.proxy import TIMER_C
from ringfence.protocols.sip.response import response_to
from ringfence.protocols.sip.transaction import (
    Ack,
    Answer,
    Cancelled,
    ClientTransaction,
    Event,
    NewRequest,
    ServerTransaction,
    State,
    StrayResponse,
    TimedOut,
    TransactionLayer,
    Unacknowledged,
)
from ringfence.randomness import SeededRandomness
from tests.doubles.sip_hop import plain, start_of

ACCEPTING = (0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5)  # a user agent repeats its 2xx (13.3.1.4)


@dataclass
class Weather:
    """What happens to a datagram, by chance."""

    seed: int
    loss: float
    doubling: float
    slowest: float

    def __post_init__(self) -> None:
        self.chance = SeededRandomness(self.seed)

    def delays(self) -> list[float]:
        """When copies of one datagram arrive, in seconds; none for a lost one."""
        if fraction(self.chance) < self.loss:
            return []
        copies = 2 if fraction(self.chance) < self.doubling else 1
        return [fraction(self.chance) * self.slowest for _ in range(copies)]


@dataclass(eq=False)
class Wire:
    """One end of the network between two layers."""

    network: "Network"
    far: "End"
    transport: bytes
    peer: tuple[str, int] = ("192.0.2.2", 5060)
    local: tuple[str, int] = ("192.0.2.1", 5060)

    @property
    def reliable(self) -> bool:
        return self.transport != b"UDP"

    @property
    def secure(self) -> bool:
        return False

    def send(self, data: bytes) -> None:
        self.network.carry(data, self.far)

    def close(self) -> None:
        """Nobody closes here."""


@dataclass(eq=False)
class End:
    """A layer and what it told."""

    layer: TransactionLayer
    flow: Wire = field(init=False)
    events: list[Event] = field(default_factory=list)


class Network:
    """Two ends, the datagrams between them, and one clock."""

    def __init__(self, weather: Weather, transport: bytes) -> None:
        self.clock = ManualClock()
        self.weather = weather
        self.under_way: list[tuple[float, int, bytes, End]] = []
        self.carried = 0
        self.near = End(TransactionLayer(SeededRandomness(1)))
        self.far = End(TransactionLayer(SeededRandomness(2)))
        self.near.flow = Wire(self, self.far, transport)
        self.far.flow = Wire(self, self.near, transport)
        self.to_do: list[tuple[float, int, ServerTransaction, int]] = []
        self.acks: Counter[bytes] = Counter()

    @property
    def now(self) -> float:
        return self.clock.monotonic()

    def carry(self, data: bytes, to: End) -> None:
        for delay in [0.01] if to.flow.reliable else self.weather.delays():
            self.carried += 1
            self.under_way.append((self.now + delay, self.carried, data, to))

    def next_at(self) -> float | None:
        times = [entry[0] for entry in self.under_way] + [entry[0] for entry in self.to_do]
        times += [due for end in (self.near, self.far) if (due := end.layer.next_timer()) is not None]
        return min(times, default=None)

    def run(self, user: "User", limit: float = 400.0) -> None:
        """Until nothing is under way and nobody waits."""
        while (at := self.next_at()) is not None and at <= limit:
            self.clock.advance(max(at - self.now, 0.0))
            self._deliver(user)
            for end in (self.near, self.far):
                end.layer.tick(self.now)
                for event in end.layer.drain():
                    self._tell(end, event, user)
            self._answer()

    def _deliver(self, user: "User") -> None:
        arrived = sorted(entry for entry in self.under_way if entry[0] <= self.now)
        self.under_way = [entry for entry in self.under_way if entry[0] > self.now]
        for _, _, data, end in arrived:
            event = end.layer.receive(parse(data), end.flow, self.now)
            if event is not None:
                self._tell(end, event, user)

    def _tell(self, end: End, event: Event, user: "User") -> None:
        end.events.append(event)
        user.heard(self, end, event)

    def _answer(self) -> None:
        due = sorted(entry[:2] for entry in self.to_do if entry[0] <= self.now)
        for at, order in due:
            entry = next(entry for entry in self.to_do if entry[:2] == (at, order))
            self.to_do.remove(entry)
            _, _, transaction, status = entry
            self.far.layer.respond(transaction, response_to(transaction.request, status, to_tag=b"far"), self.now)


@dataclass
class User:
    """Asks at the near end, answers at the far end after a while; may ring first; may cancel.

    As users of transactions must, it repeats a 2xx until it is ACKed, and cancels a call that rings for ever.
    """

    status: int
    rings: bool
    thinks: float
    cancels_at: float | None
    orders: int = 0

    def heard(self, network: Network, end: End, event: Event) -> None:
        if isinstance(event, NewRequest) and event.request.method in (b"INVITE", b"OPTIONS"):
            if event.request.method == b"INVITE":
                self._later(network, event.transaction, 0.0, 180 if self.rings else 100)
            self._later(network, event.transaction, self.thinks, self.status)
            if event.request.method == b"INVITE" and self.status == 200:
                for pause in ACCEPTING:
                    self._later(network, event.transaction, self.thinks + pause, self.status)
        elif isinstance(event, Ack):
            network.to_do.clear()
        elif isinstance(event, Cancelled):
            self._later(network, event.transaction, 0.0, 487)
        elif isinstance(event, Answer) and event.transaction.method == b"INVITE" and 200 <= event.response.status < 300:
            request = plain(b"ACK")
            end.layer.send(request, end.flow)

    def _later(self, network: Network, transaction: ServerTransaction, seconds: float, status: int) -> None:
        self.orders += 1
        network.to_do.append((network.now + seconds, self.orders, transaction, status))


weathers = st.builds(
    Weather,
    seed=st.integers(0, 2**32),
    loss=st.sampled_from([0.0, 0.1, 0.3, 0.6]),
    doubling=st.sampled_from([0.0, 0.3]),
    slowest=st.sampled_from([0.01, 0.4, 3.0]),
)
users = st.builds(
    User,
    status=st.sampled_from([200, 302, 404, 486, 603]),
    rings=st.booleans(),
    thinks=st.sampled_from([0.0, 0.3, 5.0]),
    cancels_at=st.sampled_from([None, 0.1, 5.0]),
)
transports = st.sampled_from([b"UDP", b"TCP"])


def finals(events: list[Event], asked: ClientTransaction) -> list[int]:
    return [
        event.response.status
        for event in events
        if isinstance(event, Answer) and event.transaction is asked and event.response.status >= 200
    ]


def play(weather: Weather, user: User, transport: bytes, method: bytes) -> tuple[Network, ClientTransaction]:
    network = Network(weather, transport)
    asked = network.near.layer.request(plain(method), network.near.flow, 0.0)
    if user.cancels_at is not None:
        network.run(user, user.cancels_at)
        network.clock.advance(max(user.cancels_at - network.now, 0.0))
        network.near.layer.cancel(asked, network.now)
    network.run(user, TIMER_C)
    if asked.state is State.PROCEEDING:
        network.clock.advance(TIMER_C - network.now)
        network.near.layer.cancel(asked, network.now)
        network.run(user)
    return network, asked


@settings(max_examples=150, deadline=None)
@given(weathers, users, transports)
def test_every_invite_ends_with_one_final_answer_or_a_time_out(weather: Weather, user: User, transport: bytes) -> None:
    network, asked = play(weather, user, transport, b"INVITE")
    assert asked.state is State.TERMINATED
    assert len(network.near.layer) == len(network.far.layer) == 0
    assert network.next_at() is None
    ended = finals(network.near.events, asked)
    gave_up = sum(isinstance(event, TimedOut) for event in network.near.events)
    refusals = [status for status in ended if status >= 300]
    accepted = len(ended) > len(refusals)  # copies of a 2xx are told, for the user to ACK each
    assert len(refusals) + accepted + gave_up == 1


@settings(max_examples=100, deadline=None)
@given(weathers, users, transports)
def test_the_far_user_hears_of_each_invite_once_and_of_its_cancel_once(
    weather: Weather, user: User, transport: bytes
) -> None:
    network, _ = play(weather, user, transport, b"INVITE")
    heard = Counter(type(event) for event in network.far.events)
    # A copy that stays in the network for longer than the transaction lives would be a new request: here none does.
    assert heard[NewRequest] <= 1
    assert heard[Cancelled] <= 1
    assert heard[Unacknowledged] <= 1


@settings(max_examples=100, deadline=None)
@given(weathers, users, transports)
def test_every_other_request_ends_with_one_final_answer_or_a_time_out(
    weather: Weather, user: User, transport: bytes
) -> None:
    network, asked = play(weather, user, transport, b"OPTIONS")
    assert asked.state is State.TERMINATED
    assert len(network.near.layer) == len(network.far.layer) == 0
    gave_up = sum(isinstance(event, TimedOut) for event in network.near.events)
    assert len(finals(network.near.events, asked)) + gave_up == 1


def test_in_fair_weather_nothing_is_repeated() -> None:
    user = User(status=200, rings=True, thinks=0.2, cancels_at=None)
    network, asked = play(Weather(1, 0.0, 0.0, 0.01), user, b"UDP", b"INVITE")
    assert finals(network.near.events, asked) == [200]
    assert [type(event) for event in network.far.events] == [NewRequest, Ack]
    assert network.carried == 4  # INVITE, 180, 200, ACK


def test_where_everything_is_lost_the_caller_hears_after_64_t1() -> None:
    user = User(status=200, rings=True, thinks=0.0, cancels_at=None)
    network, asked = play(Weather(1, 1.0, 0.0, 0.01), user, b"UDP", b"INVITE")
    assert network.near.events == [TimedOut(asked)]
    assert network.now == 32.0


def test_a_response_that_comes_after_the_end_is_stray() -> None:
    user = User(status=404, rings=False, thinks=40.0, cancels_at=None)
    network = Network(Weather(1, 0.0, 0.0, 0.01), b"TCP")
    near = network.near
    asked = near.layer.request(plain(b"MESSAGE"), near.flow, 0.0)
    network.run(user)
    late = parse(response_to(asked.request, 200, to_tag=b"x").to_bytes())
    assert isinstance(late, Response)
    assert near.layer.receive(late, near.flow, network.now) == StrayResponse(late, near.flow)
    assert start_of(asked.message) == b"MESSAGE"
