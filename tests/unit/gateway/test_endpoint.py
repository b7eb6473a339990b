"""The shell round the transaction layer: what reaches a handler, and what is answered before."""

import asyncio

import pytest

from ringfence.clock import ManualClock
from ringfence.errors import PeerFault
from ringfence.gateway.asker import Failure
from ringfence.gateway.door import UpstreamDoor, networks
from ringfence.gateway.endpoint import Endpoint
from ringfence.gateway.endpoint_settings import EndpointSettings
from ringfence.gateway.route_back import WayBack
from ringfence.protocols.sip.message import Request, Response, parse
from ringfence.protocols.sip.response import response_to
from ringfence.protocols.sip.transaction import ServerTransaction, TransactionLayer
from ringfence.randomness import SeededRandomness
from tests.doubles.gateway_hall import ManualScheduler
from tests.doubles.sip_hop import RecordedFlow


class Office:
    """An endpoint behind the door of a PBX at 192.0.2.2."""

    def __init__(self, settings: EndpointSettings | None = None) -> None:
        self.clock = ManualClock()
        self.scheduler = ManualScheduler(self.clock)
        self.endpoint = Endpoint(TransactionLayer(SeededRandomness()), self.clock, self.scheduler, settings)
        self.door = UpstreamDoor(self.endpoint, networks(["192.0.2.0/30"]))
        self.flow = RecordedFlow()
        self.count = 0

    def hear(self, method: bytes, *fields: tuple[bytes, bytes], flow: RecordedFlow | None = None) -> list[Response]:
        self.count += 1
        request = Request.make(method, b"sip:opaque@192.0.2.1")
        request.add(b"via", b"SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK%d" % self.count)
        request.add(b"max-forwards", b"70")
        request.add(b"from", b"<sip:caller@pbx.test>;tag=1")
        request.add(b"to", b"<sip:alice@pbx.test>")
        request.add(b"call-id", b"c%d" % self.count)
        request.add(b"cseq", b"1 %b" % method)
        for name, value in fields:
            request.set(name, value)
        request.add(b"content-length", b"0")
        flow = flow or self.flow
        self.door.received(request.to_bytes(), flow)
        return [message for data in flow.taken() if isinstance(message := parse(data), Response)]

    def wait(self, seconds: float) -> None:
        end = self.clock.monotonic() + seconds
        while (timer := self.scheduler.take_due(end)) is not None:
            self.clock.advance(max(0.0, timer.at - self.clock.monotonic()))
            timer.callback()
        self.clock.advance(end - self.clock.monotonic())


def ignore(request: Request, transaction: ServerTransaction, flow: object) -> None:
    """A handler that answers later."""


def test_an_options_outside_a_dialog_is_answered_by_ourselves() -> None:
    office = Office()
    office.endpoint.on(b"INVITE", ignore)
    (response,) = office.hear(b"OPTIONS")
    assert response.status == 200
    assert response.get(b"allow") == b"ACK, CANCEL, INVITE, OPTIONS"


def test_a_method_that_nobody_handles_is_refused_with_those_that_are() -> None:
    (response,) = Office().hear(b"PUBLISH")
    assert (response.status, response.get(b"allow")) == (405, b"ACK, CANCEL, OPTIONS")


def test_a_handler_of_everything_gets_what_no_other_handles() -> None:
    office, heard = Office(), list[bytes]()
    office.endpoint.on(b"*", lambda request, _transaction, _flow: heard.append(request.method))
    office.hear(b"PUBLISH")
    assert heard == [b"PUBLISH"]


def test_an_extension_that_its_handler_does_not_know_is_refused_by_name() -> None:
    office = Office()
    office.endpoint.on(b"REGISTER", ignore, extensions=frozenset({b"path"}))
    (response,) = office.hear(b"REGISTER", (b"require", b"Path, gruu, x-new"))
    assert (response.status, response.get(b"unsupported")) == (420, b"gruu, x-new")


def test_a_proxying_handler_leaves_extensions_to_the_other_end() -> None:
    office, heard = Office(), list[bytes]()
    office.endpoint.on(b"INVITE", lambda request, _transaction, _flow: heard.append(request.method))
    office.hear(b"INVITE", (b"require", b"100rel"))
    assert heard == [b"INVITE"]


def test_a_malformed_request_gets_its_status_and_a_malformed_ack_nothing() -> None:
    office = Office()
    (response,) = office.hear(b"INVITE", (b"cseq", b"1 BYE"))
    assert response.status == 400
    assert office.hear(b"ACK", (b"cseq", b"1 BYE")) == []
    office.door.received(b"nonsense\r\n\r\n", office.flow)
    assert office.flow.taken() == []
    assert office.endpoint.counters.malformed == 3


def test_a_copy_of_a_request_reaches_the_handler_once() -> None:
    office, heard = Office(), list[bytes]()
    office.endpoint.on(b"MESSAGE", lambda request, _transaction, _flow: heard.append(request.method))
    office.hear(b"MESSAGE")
    office.count = 0
    office.hear(b"MESSAGE")
    assert heard == [b"MESSAGE"]


def test_a_source_that_is_no_pbx_is_not_answered_at_all() -> None:
    office = Office()
    stranger = RecordedFlow(b"TCP", ("198.51.100.7", 5060))
    assert office.hear(b"OPTIONS", flow=stranger) == []
    assert stranger.closed
    assert office.door.dropped == 1
    office.door.admit("198.51.100.7")
    assert len(office.hear(b"OPTIONS", flow=RecordedFlow(b"TCP", ("198.51.100.7", 5060)))) == 1


def test_keep_alives_of_a_source_that_is_no_pbx_are_not_to_be_answered() -> None:
    office, living = Office(), list[object]()
    office.endpoint.on_alive(living.append)
    stranger, pbx = RecordedFlow(peer=("198.51.100.7", 5060)), RecordedFlow(peer=("192.0.2.2", 5060))
    assert (office.door.alive(stranger), office.door.alive(pbx)) == (False, True)
    assert living == [pbx]


@pytest.mark.parametrize("host", ["192.0.2.2", "::ffff:192.0.2.2"])
def test_a_pbx_is_known_by_its_address_however_that_is_written(host: str) -> None:
    office = Office()
    flow = RecordedFlow(peer=(host, 5060))
    assert len(office.hear(b"OPTIONS", flow=flow)) == 1
    assert office.door.leads(flow)
    assert not office.door.leads(RecordedFlow())


def test_an_overloaded_process_sheds_new_requests_and_says_when_to_come_again() -> None:
    office = Office(EndpointSettings(max_transactions=1))
    office.endpoint.on(b"MESSAGE", ignore)
    assert office.hear(b"MESSAGE") == []
    (response,) = office.hear(b"MESSAGE")
    assert (response.status, response.get(b"retry-after")) == (503, b"5")
    assert office.endpoint.counters.shed == 1
    assert len(office.endpoint) == 1


def test_a_defect_in_a_handler_costs_its_own_request_only() -> None:
    office = Office()

    def broken(request: Request, transaction: ServerTransaction, flow: object) -> None:
        raise KeyError(request)

    office.endpoint.on(b"MESSAGE", broken)
    (response,) = office.hear(b"MESSAGE")
    assert response.status == 500
    assert office.endpoint.counters.handler_failures == 1
    assert office.hear(b"OPTIONS")[0].status == 200


def test_a_fault_that_a_handler_raises_is_the_answer() -> None:
    office = Office()

    class TooLarge(PeerFault):
        code = "too_large"
        sip_status = 413

    def strict(request: Request, transaction: ServerTransaction, flow: object) -> None:
        raise TooLarge

    office.endpoint.on(b"MESSAGE", strict)
    assert office.hear(b"MESSAGE")[0].status == 413
    assert office.endpoint.counters.handler_failures == 0


def test_a_guard_may_answer_instead_of_the_handler() -> None:
    office, heard = Office(), list[bytes]()

    def guard(request: Request, transaction: ServerTransaction, flow: object) -> bool:
        office.endpoint.reject(transaction, 407)
        return False

    office.endpoint.on(b"MESSAGE", lambda request, _transaction, _flow: heard.append(request.method))
    office.endpoint.guard_with(guard)
    assert office.hear(b"MESSAGE")[0].status == 407
    assert heard == []


def outgoing() -> Request:
    request = Request.make(b"OPTIONS", b"sip:192.0.2.2")
    for name, value in (
        (b"max-forwards", b"70"),
        (b"from", b"<sip:us>;tag=1"),
        (b"to", b"<sip:them>"),
        (b"call-id", b"out"),
        (b"cseq", b"1 OPTIONS"),
        (b"content-length", b"0"),
    ):
        request.add(name, value)
    return request


def test_whoever_asks_hears_every_answer() -> None:
    office, heard = Office(), list[int]()
    office.endpoint.request(outgoing(), office.flow, lambda _transaction, response: heard.append(response.status))
    sent = parse(office.flow.taken()[0])
    assert isinstance(sent, Request)
    for status in (180, 200):
        office.door.received(response_to(sent, status).to_bytes(), office.flow)
    office.door.received(response_to(sent, 200).to_bytes(), office.flow)
    assert heard == [180, 200]


def test_a_request_without_answer_is_repeated_and_then_told_as_timed_out() -> None:
    office, failures = Office(), list[Failure]()
    office.endpoint.request(outgoing(), office.flow, ignore_answer, lambda _transaction, why: failures.append(why))
    office.wait(31.9)
    assert len(office.flow.taken()) > 5
    assert failures == []
    office.wait(0.2)
    assert failures == [Failure.TIMED_OUT]
    assert office.endpoint.counters.timed_out == 1


def test_a_request_on_a_connection_that_breaks_is_told_as_lost() -> None:
    office, failures = Office(), list[Failure]()
    flow = RecordedFlow(b"TCP")
    office.endpoint.request(outgoing(), flow, ignore_answer, lambda _transaction, why: failures.append(why))
    office.door.lost(flow)
    assert failures == [Failure.FLOW_LOST]


def test_an_abandoned_request_is_not_repeated_and_its_answer_reaches_nobody() -> None:
    office, heard = Office(), list[int]()
    transaction = office.endpoint.request(
        outgoing(), office.flow, lambda _transaction, response: heard.append(response.status)
    )
    sent = parse(office.flow.taken()[0])
    assert isinstance(sent, Request)
    office.endpoint.abandon(transaction)
    office.wait(40.0)
    assert office.flow.taken() == []
    office.door.received(response_to(sent, 200).to_bytes(), office.flow)
    assert heard == []
    assert office.endpoint.counters.stray_responses == 1


def ignore_answer(transaction: object, response: Response) -> None:
    """An asker that only waits for failure."""


class OneWay:
    """A dialer that knows one flow."""

    def __init__(self, flow: RecordedFlow) -> None:
        self.flow = flow
        self.asked: list[tuple[bytes, str, int]] = []

    async def connect(self, transport: bytes, host: str, port: int, name: str = "") -> RecordedFlow:
        self.asked.append((transport, host, port))
        return self.flow


async def test_an_answer_whose_connection_is_gone_goes_where_the_top_via_says() -> None:
    office, kept = Office(), list[ServerTransaction]()
    new = RecordedFlow(b"TCP")
    dialer = OneWay(new)
    office.endpoint.find_back_by(WayBack(dialer, office.door.leads, lambda _host: None))
    office.endpoint.on(b"MESSAGE", lambda _request, transaction, _flow: kept.append(transaction))
    old = RecordedFlow(b"TCP", ("192.0.2.2", 40000))
    office.hear(b"MESSAGE", (b"via", b"SIP/2.0/TCP 192.0.2.2:5062;branch=z9hG4bKx"), flow=old)
    office.door.lost(old)
    for _ in range(3):
        await asyncio.sleep(0)
    office.endpoint.reject(kept[0], 480)
    assert dialer.asked == [(b"TCP", "192.0.2.2", 5062)]
    assert len(new.taken()) == 1
    assert old.taken() == []


async def test_an_answer_to_a_pbx_whose_encrypted_connection_broke_goes_by_the_one_that_we_keep_to_it() -> None:
    office, kept = Office(), list[ServerTransaction]()
    dialer, ours = OneWay(RecordedFlow(b"TCP")), RecordedFlow(b"TLS", ("192.0.2.2", 5061))
    lines = {"192.0.2.2": ours}
    office.endpoint.find_back_by(WayBack(dialer, office.door.leads, lines.get))
    office.endpoint.on(b"MESSAGE", lambda _request, transaction, _flow: kept.append(transaction))
    theirs = RecordedFlow(b"TLS", ("192.0.2.2", 40000))
    office.hear(b"MESSAGE", (b"via", b"SIP/2.0/TLS 192.0.2.2:6379;branch=z9hG4bKx"), flow=theirs)
    office.door.lost(theirs)
    for _ in range(3):
        await asyncio.sleep(0)
    office.endpoint.reject(kept[0], 480)
    assert len(ours.taken()) == 1
    assert dialer.asked == []


@pytest.mark.parametrize("transport", [b"TLS", b"TCP"])
async def test_an_answer_for_a_phone_never_leaves_its_connection(transport: bytes) -> None:
    office, kept = Office(), list[ServerTransaction]()
    dialer = OneWay(RecordedFlow(b"TCP"))
    office.endpoint.find_back_by(WayBack(dialer, lambda _flow: False, lambda _host: None))
    office.endpoint.on(b"MESSAGE", lambda _request, transaction, _flow: kept.append(transaction))
    phone = RecordedFlow(transport, ("192.0.2.2", 40000))
    office.hear(b"MESSAGE", (b"via", b"SIP/2.0/TCP 192.0.2.2:6379;branch=z9hG4bKx;received=127.0.0.1"), flow=phone)
    office.door.lost(phone)
    for _ in range(3):
        await asyncio.sleep(0)
    office.endpoint.reject(kept[0], 480)
    assert dialer.asked == []
