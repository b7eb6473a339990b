"""TCP and TLS over loopback."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from ringfence.clock import ManualClock, SystemClock
from ringfence.listeners import (
    CertificateUnusable,
    ConnectFailed,
    Renewal,
    StreamDialer,
    StreamFlow,
    StreamServer,
    StreamSettings,
    bears,
    client_context,
    server_context,
)
from ringfence.listeners.watch import Watch
from ringfence.protocols.sip.errors import BadMessage
from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.framing import Limits
from tests.doubles.certificate import self_signed

MESSAGE = b"OPTIONS sip:a SIP/2.0\r\nContent-Length: 4\r\n\r\nbody"


@dataclass
class Heard:
    """A sink that keeps everything and tells when something new has come."""

    messages: list[bytes] = field(default_factory=list)
    faults: list[BadMessage] = field(default_factory=list)
    living: list[Flow] = field(default_factory=list)
    gone: list[Flow] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    answers: bool = True

    def received(self, data: bytes, flow: Flow) -> None:
        self.messages.append(data)
        self.flows.append(flow)
        self.news.set()

    def malformed(self, fault: BadMessage, flow: Flow) -> None:
        self.faults.append(fault)
        self.news.set()

    def alive(self, flow: Flow) -> bool:
        self.living.append(flow)
        self.news.set()
        return self.answers

    def lost(self, flow: Flow) -> None:
        self.gone.append(flow)
        self.news.set()

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(5):
            while not holds():
                await self.news.wait()
                self.news.clear()


@dataclass
class Peer:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ended(self) -> bytes:
        """What came until the server closed."""
        async with asyncio.timeout(5):
            try:
                return await self.reader.read()
            except ConnectionResetError:
                return b""


@dataclass
class Listening:
    server: StreamServer
    sink: Heard
    clock: ManualClock
    peers: list[Peer] = field(default_factory=list)

    async def connect(self, tls: ssl.SSLContext | None = None, name: str = "localhost") -> Peer:
        host, port = self.server.local
        streams = await asyncio.open_connection(host, port, ssl=tls, server_hostname=name if tls else None)
        self.peers.append(Peer(*streams))
        return self.peers[-1]


@asynccontextmanager
async def listening(
    tls: ssl.SSLContext | None = None, *, known: Callable[[Flow], bool] | None = None, **settings: object
) -> AsyncIterator[Listening]:
    sink, clock = Heard(), ManualClock()
    chosen = StreamSettings(**settings)  # type: ignore[arg-type]  # each test names its own
    server = StreamServer(sink, clock, chosen, known=known)
    await server.open("127.0.0.1", 0, tls)
    made = Listening(server, sink, clock)
    try:
        yield made
    finally:
        for peer in made.peers:
            peer.writer.close()
        await server.close()
        await sink.until(lambda: not server.connections)


async def test_messages_reach_the_sink_whole_however_they_are_cut() -> None:
    async with listening() as made:
        peer = await made.connect()
        for byte in MESSAGE + MESSAGE:
            peer.writer.write(bytes([byte]))
            await peer.writer.drain()
        await made.sink.until(lambda: len(made.sink.messages) == 2)
        assert made.sink.messages == [MESSAGE, MESSAGE]
        assert made.sink.flows[0] is made.sink.flows[1]


async def test_what_is_sent_to_a_flow_reaches_its_peer() -> None:
    async with listening() as made:
        peer = await made.connect()
        peer.writer.write(MESSAGE)
        await made.sink.until(lambda: made.sink.flows)
        flow = made.sink.flows[0]
        flow.send(b"answer")
        assert await peer.reader.readexactly(6) == b"answer"
        assert (flow.transport, flow.reliable, flow.secure) == (b"TCP", True, False)
        assert flow.local == made.server.local
        assert flow.peer == peer.writer.get_extra_info("sockname")


async def test_a_ping_is_answered_by_a_pong() -> None:
    async with listening() as made:
        peer = await made.connect()
        peer.writer.write(b"\r\n\r\n")
        assert await peer.reader.readexactly(2) == b"\r\n"
        assert made.sink.living
        assert made.sink.messages == []


async def test_a_ping_of_somebody_who_is_met_with_silence_is_not_answered() -> None:
    async with listening() as made:
        made.sink.answers = False
        peer = await made.connect()
        peer.writer.write(b"\r\n\r\n" + MESSAGE)
        await made.sink.until(lambda: made.sink.flows)
        assert len(made.sink.living) == 1
        made.sink.flows[0].close()
        assert await peer.ended() == b""


async def test_the_app_says_who_is_known() -> None:
    known: list[Flow] = []
    async with listening(known=lambda flow: flow in known) as made:
        phone, stranger = await made.connect(), await made.connect()
        for peer in (phone, stranger):
            peer.writer.write(MESSAGE)
        await made.sink.until(lambda: len(made.sink.flows) == 2)
        known += [flow for flow in made.sink.flows if flow.peer == phone.writer.get_extra_info("sockname")]
        made.clock.advance(61.0)
        made.server._watch.look()
        await made.sink.until(lambda: made.sink.gone)
        assert await stranger.ended() == b""
        assert (made.server.connections, made.server.cut) == (1, 1)


@dataclass(eq=False)
class Visitor:
    """A connection as the server counts it."""

    peer: tuple[str, int]


def test_all_addresses_that_an_ipv6_host_can_choose_from_count_as_one_source() -> None:
    server = StreamServer(Heard(), ManualClock(), StreamSettings(max_per_source=1))
    hosts = ["2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1", "::ffff:192.0.2.1", "192.0.2.1", "192.0.2.2"]
    visitors = [cast("StreamFlow", Visitor((host, 1))) for host in hosts]
    assert [server.admit(visitor) for visitor in visitors] == [True, False, True, True, False, True]
    server.gone(visitors[0])
    assert server.admit(visitors[1])


async def test_a_stream_that_can_not_be_cut_is_told_and_closed() -> None:
    async with listening(limits=Limits(head=100)) as made:
        peer = await made.connect()
        peer.writer.write(b"OPTIONS sip:a SIP/2.0\r\n" + b"X: y\r\n" * 50)
        assert await peer.ended() == b""
        assert len(made.sink.faults) == 1
        await made.sink.until(lambda: len(made.sink.gone) == 1)


async def test_a_connection_is_told_as_lost_once_whoever_closes_it() -> None:
    async with listening() as made:
        first, second = await made.connect(), await made.connect()
        for peer in (first, second):
            peer.writer.write(MESSAGE)
        await made.sink.until(lambda: len(made.sink.flows) == 2)
        first.writer.close()
        await made.sink.until(lambda: len(made.sink.gone) == 1)
        made.sink.flows[0 if made.sink.gone[0] is not made.sink.flows[0] else 1].close()
        assert await second.ended() == b""
        await made.sink.until(lambda: len(made.sink.gone) == 2)
        made.sink.flows[0].send(b"nobody is there")
        made.sink.flows[0].close()
        assert len(made.sink.gone) == 2


async def test_connections_beyond_the_limit_are_cut_and_the_next_one_after_a_goodbye_is_not() -> None:
    async with listening(max_per_source=1) as made:
        first = await made.connect()
        first.writer.write(MESSAGE)
        await made.sink.until(lambda: made.sink.messages)
        assert await (await made.connect()).ended() == b""
        assert made.server.refused == 1
        assert made.sink.gone == []
        first.writer.close()
        await made.sink.until(lambda: made.sink.gone)
        third = await made.connect()
        third.writer.write(MESSAGE)
        await made.sink.until(lambda: len(made.sink.messages) == 2)


async def test_a_peer_that_does_not_read_is_cut_off() -> None:
    async with listening(send_buffer=10_000) as made:
        peer = await made.connect()
        peer.writer.write(MESSAGE)
        await made.sink.until(lambda: made.sink.flows)
        for _ in range(2000):
            made.sink.flows[0].send(b"x" * 10_000)
        await made.sink.until(lambda: made.sink.gone)


class Cut:
    """A connection as the watch sees it."""

    def __init__(self, *, known: bool = True) -> None:
        self.aborted = 0
        self.known = known

    def abort(self) -> None:
        self.aborted += 1

    def is_known(self) -> bool:
        return self.known


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def watch(clock: ManualClock) -> Watch:
    return Watch(StreamSettings(first_message_timeout=10.0, message_timeout=20.0, idle_timeout=100.0), clock)


def test_a_peer_that_connects_and_stays_silent_is_cut_off(watch: Watch, clock: ManualClock) -> None:
    silent, chatty = Cut(), Cut()
    for connection in (silent, chatty):
        watch.opened(connection)
    watch.heard(chatty)
    watch.settled(chatty, whole=True, partial=False)
    clock.advance(9.9)
    watch.look()
    assert silent.aborted == 0
    clock.advance(0.2)
    watch.look()
    watch.look()
    assert (silent.aborted, chatty.aborted, watch.cut) == (1, 0, 1)


def test_keep_alives_are_no_first_message(watch: Watch, clock: ManualClock) -> None:
    connection = Cut()
    watch.opened(connection)
    for _ in range(6):
        clock.advance(2.0)
        watch.heard(connection)
        watch.settled(connection, whole=False, partial=False)
    watch.look()
    assert connection.aborted == 1


def test_a_message_that_trickles_is_cut_off_though_bytes_keep_coming(watch: Watch, clock: ManualClock) -> None:
    connection = Cut()
    watch.opened(connection)
    watch.settled(connection, whole=True, partial=False)
    for _ in range(21):
        watch.heard(connection)
        watch.settled(connection, whole=False, partial=True)
        watch.look()
        clock.advance(1.0)
    watch.look()
    assert connection.aborted == 1


def test_a_connection_without_any_sign_of_life_ends(watch: Watch, clock: ManualClock) -> None:
    quiet, alive = Cut(), Cut()
    for connection in (quiet, alive):
        watch.opened(connection)
        watch.settled(connection, whole=True, partial=False)
    clock.advance(60.0)
    watch.heard(alive)
    clock.advance(50.0)
    watch.look()
    assert (quiet.aborted, alive.aborted) == (1, 0)


def test_a_connection_on_which_nobody_known_has_spoken_for_a_minute_is_cut_off_whatever_came(
    watch: Watch, clock: ManualClock
) -> None:
    stranger, phone = Cut(known=False), Cut()
    for connection in (stranger, phone):
        watch.opened(connection)
    for _ in range(60):
        assert stranger.aborted == 0
        for connection in (stranger, phone):
            watch.heard(connection)
            watch.settled(connection, whole=True, partial=False)
        clock.advance(1.0)
        watch.look()
    assert (stranger.aborted, phone.aborted) == (1, 0)


def test_whoever_was_known_once_is_no_stranger_when_asleep(watch: Watch, clock: ManualClock) -> None:
    phone = Cut()
    watch.opened(phone)
    watch.settled(phone, whole=True, partial=False)
    clock.advance(61.0)
    watch.look()
    phone.known = False
    clock.advance(30.0)
    watch.look()
    assert phone.aborted == 0


# TLS


@dataclass
class Certificates:
    folder: Path

    def write(self, *names: str) -> tuple[Path, Path]:
        pair = self_signed(names, SystemClock())
        certificate, key = self.folder / "certificate.pem", self.folder / "key.pem"
        certificate.write_bytes(pair.certificate)
        key.write_bytes(pair.key)
        return certificate, key


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates(tmp_path)


@pytest.mark.promise("APP-09")
async def test_a_device_talks_by_tls_with_a_certificate_that_it_verified(certificates: Certificates) -> None:
    path, key = certificates.write("localhost", "127.0.0.1")
    async with listening(server_context(path, key)) as made:
        peer = await made.connect(client_context(trusted=path))
        peer.writer.write(MESSAGE)
        await made.sink.until(lambda: made.sink.flows)
        flow = made.sink.flows[0]
        assert (flow.transport, flow.secure) == (b"TLS", True)
        assert flow.protocol in {"TLSv1.2", "TLSv1.3"}  # type: ignore[attr-defined]  # a StreamFlow


async def test_tls_below_1_2_is_refused(certificates: Certificates) -> None:
    path, key = certificates.write("localhost")
    server = server_context(path, key)
    assert server.minimum_version is ssl.TLSVersion.TLSv1_2
    assert client_context(trusted=path).minimum_version is ssl.TLSVersion.TLSv1_2


async def test_a_renewed_certificate_is_shown_to_the_next_connection(certificates: Certificates) -> None:
    path, key = certificates.write("localhost")
    context = server_context(path, key)
    renewal = Renewal(context, path, key)
    async with listening(context) as made:
        old = client_context(trusted=path)
        first = await made.connect(old)
        assert not renewal.renew(), "nothing has changed"
        certificates.write("localhost")
        assert renewal.renew()
        with pytest.raises(ssl.SSLCertVerificationError):
            await made.connect(old)
        await made.connect(client_context(trusted=path))
        first.writer.write(MESSAGE)
        await made.sink.until(lambda: made.sink.messages)


async def test_a_renewal_that_is_half_way_or_broken_changes_nothing_until_it_is_whole(
    certificates: Certificates,
) -> None:
    path, key = certificates.write("localhost")
    context = server_context(path, key)
    renewal = Renewal(context, path, key)
    async with listening(context) as made:
        old, old_key = client_context(trusted=path), key.read_bytes()
        certificates.write("localhost")
        new_key = key.read_bytes()
        key.write_bytes(old_key)
        with pytest.raises(CertificateUnusable):
            renewal.renew()
        assert not renewal.renew(), "told once"
        await made.connect(old)
        key.write_bytes(new_key)
        assert renewal.renew()
        await made.connect(client_context(trusted=path))


@pytest.mark.parametrize(
    ("names", "holds"),
    [
        ((("DNS", "pbx.test"),), True),
        ((("DNS", "PBX.test."),), True),
        ((("DNS", "*.test"),), False),
        ((("DNS", "test"),), False),
        ((("URI", "sip:pbx.test"), ("DNS", "edge.test")), True),
        ((("URI", "sip:other.test"), ("DNS", "pbx.test")), False),
        ((("URI", "sip:alice@pbx.test"), ("DNS", "pbx.test")), True),
        ((("URI", "https://pbx.test"),), False),
        ((("IP Address", "192.0.2.1"),), False),
    ],
)
def test_a_certificate_is_for_a_sip_domain_as_rfc_5922_has_it(names: tuple[tuple[str, str], ...], holds: bool) -> None:
    shown = {"subject": ((("commonName", "pbx.test"),),), "subjectAltName": names}
    assert bears(shown, "pbx.test") is holds


def test_the_common_name_counts_where_a_certificate_has_no_other() -> None:
    assert bears({"subject": ((("commonName", "pbx.test"),),)}, "pbx.test")
    assert not bears({}, "pbx.test")


def test_a_certificate_that_can_not_be_used_names_the_setting(certificates: Certificates) -> None:
    path, _ = certificates.write("localhost")
    with pytest.raises(CertificateUnusable) as missing:
        server_context(path, certificates.folder / "nowhere")
    assert missing.value.facts == {"setting": "certificate", "file": str(path)}
    with pytest.raises(CertificateUnusable):
        client_context(trusted=certificates.folder / "nowhere")


# Dialling


async def test_a_pbx_is_dialled_and_answers_on_the_same_connection() -> None:
    async with listening() as made:
        ours = Heard()
        flow = await StreamDialer(ours, made.clock).connect(b"TCP", *made.server.local)
        flow.send(MESSAGE)
        await made.sink.until(lambda: made.sink.flows)
        made.sink.flows[0].send(MESSAGE)
        await ours.until(lambda: ours.messages)
        assert ours.flows[0] is flow
        flow.close()
        await ours.until(lambda: ours.gone)


async def test_the_certificate_of_a_pbx_must_bear_the_sip_domain(certificates: Certificates) -> None:
    path, key = certificates.write("pbx.test")
    async with listening(server_context(path, key)) as made:
        dialer = StreamDialer(Heard(), made.clock, tls=client_context(trusted=path))
        flow = await dialer.connect(b"TLS", *made.server.local, "pbx.test")
        assert flow.secure
        flow.close()
        with pytest.raises(ConnectFailed):
            await dialer.connect(b"TLS", *made.server.local, "other.test")


async def test_a_certificate_of_nobody_whom_we_trust_is_refused_whatever_name_it_bears(
    certificates: Certificates,
) -> None:
    async with listening(server_context(*certificates.write("pbx.test"))) as made:
        others, _ = certificates.write("pbx.test")
        dialer = StreamDialer(Heard(), made.clock, tls=client_context(trusted=others))
        with pytest.raises(ConnectFailed):
            await dialer.connect(b"TLS", *made.server.local, "pbx.test")


async def test_a_wildcard_is_no_sip_domain(certificates: Certificates) -> None:
    path, key = certificates.write("*.carrier.test")
    async with listening(server_context(path, key)) as made:
        dialer = StreamDialer(Heard(), made.clock, tls=client_context(trusted=path))
        with pytest.raises(ConnectFailed):
            await dialer.connect(b"TLS", *made.server.local, "sip.carrier.test")


async def test_one_server_listens_for_both_versions_of_ip(certificates: Certificates) -> None:
    async with listening() as made:
        await made.server.open("::1", 0)
        ours = Heard()
        told: list[Flow] = []
        flow = await StreamDialer(ours, made.clock, opened=told.append).connect(b"TCP", *made.server.local)
        flow.send(MESSAGE)
        await made.sink.until(lambda: made.sink.messages)
        assert made.sink.flows[0].peer[0] == "::1"
        assert told == [flow]
        await made.connect()


@pytest.mark.pitfall(2)
async def test_a_target_that_does_not_answer_costs_a_bounded_time() -> None:
    writers: list[asyncio.StreamWriter] = []
    deaf = await asyncio.start_server(lambda _reader, writer: writers.append(writer), "127.0.0.1", 0)
    host, port = deaf.sockets[0].getsockname()
    dialer = StreamDialer(Heard(), ManualClock(), tls=client_context(), settings=StreamSettings(connect_timeout=0.05))
    async with asyncio.timeout(2):
        with pytest.raises(ConnectFailed):
            await dialer.connect(b"TLS", host, port, "pbx.test")
    for writer in writers:
        writer.close()
    deaf.close()


@pytest.mark.parametrize("transport", [b"UDP", b"TLS", b"SCTP"])
async def test_a_transport_that_is_not_set_up_can_not_be_dialled(transport: bytes) -> None:
    with pytest.raises(ConnectFailed):
        await StreamDialer(Heard(), ManualClock()).connect(transport, "127.0.0.1", 9)


async def test_nobody_at_home_is_told_at_once() -> None:
    with pytest.raises(ConnectFailed):
        await StreamDialer(Heard(), ManualClock()).connect(b"TCP", "127.0.0.1", 1)
