"""UDP over loopback."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from ringfence.clock import ManualClock
from ringfence.listeners import StreamDialer, UdpSettings, UdpSocket
from tests.unit.listeners.test_streams import MESSAGE, Heard


@pytest.fixture
async def sink() -> Heard:
    return Heard()


@pytest.fixture
async def ours(sink: Heard) -> AsyncIterator[UdpSocket]:
    opened = UdpSocket(sink, UdpSettings(max_flows=2))
    await opened.open("127.0.0.1", 0)
    yield opened
    opened.close()


def peer() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 0))
    made.settimeout(2.0)
    return made


async def test_a_datagram_comes_with_the_flow_that_answers_its_sender(sink: Heard, ours: UdpSocket) -> None:
    with peer() as theirs:
        theirs.sendto(MESSAGE, ours.local)
        await sink.until(lambda: sink.messages)
        flow = sink.flows[0]
        assert flow.peer == theirs.getsockname()
        assert (flow.transport, flow.reliable, flow.secure, flow.local) == (b"UDP", False, False, ours.local)
        assert ours.flow_to(*flow.peer) is flow
        flow.send(b"answer")
        assert theirs.recv(100) == b"answer"


async def test_a_ping_gets_a_pong_and_a_lone_crlf_nothing(sink: Heard, ours: UdpSocket) -> None:
    with peer() as theirs:
        theirs.sendto(b"\r\n\r\n", ours.local)
        await sink.until(lambda: sink.living)
        assert theirs.recv(100) == b"\r\n"
        theirs.sendto(b"\r\n", ours.local)
        await sink.until(lambda: len(sink.living) == 2)
        theirs.sendto(MESSAGE, ours.local)
        await sink.until(lambda: sink.messages)
        assert sink.messages == [MESSAGE]


async def test_a_ping_of_somebody_who_is_met_with_silence_is_not_answered(sink: Heard, ours: UdpSocket) -> None:
    sink.answers = False
    with peer() as theirs:
        theirs.sendto(b"\r\n\r\n", ours.local)
        await sink.until(lambda: sink.living)
        ours.flow_to(*theirs.getsockname()).send(b"first that comes")
        assert theirs.recv(100) == b"first that comes"


async def test_many_senders_push_out_the_longest_remembered(sink: Heard, ours: UdpSocket) -> None:
    first = ours.flow_to("127.0.0.1", 10001)
    for port in range(10002, 10005):
        ours.flow_to("127.0.0.1", port)
    assert len(ours._flows) == 2
    assert ours.flow_to("127.0.0.1", 10001) is not first


async def test_what_can_not_be_sent_is_counted_and_raises_nothing(sink: Heard, ours: UdpSocket) -> None:
    ours.flow_to("127.0.0.1", 10001).send(b"x" * 70_000)
    assert ours.dropped == 1


async def test_a_closed_socket_is_silent_and_frees_its_port(sink: Heard) -> None:
    opened = UdpSocket(sink)
    await opened.open("127.0.0.1", 0)
    flow = opened.flow_to("127.0.0.1", 10001)
    opened.close()
    flow.send(MESSAGE)
    flow.close()
    again = UdpSocket(sink)
    await again.open(*opened.local)
    with pytest.raises(OSError, match="in use"):
        await UdpSocket(sink).open(*opened.local)
    again.close()
    await asyncio.sleep(0)


async def test_ipv6_speaks_the_same(sink: Heard) -> None:
    opened = UdpSocket(sink)
    try:
        await opened.open("::1", 0)
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    other = UdpSocket(sink)
    await other.open("::1", 0)
    other.flow_to(*opened.local).send(MESSAGE)
    await sink.until(lambda: sink.messages)
    assert sink.flows[0].peer == other.local
    assert opened.flow_to(*other.local) is sink.flows[0]
    other.close()
    opened.close()


async def test_the_same_port_serves_both_versions_of_ip_by_two_sockets(sink: Heard) -> None:
    four, six = UdpSocket(sink), UdpSocket(sink)
    await four.open("127.0.0.1", 0)
    await six.open("::", four.local[1])
    dialer = StreamDialer(sink, ManualClock(), udp=[four, six])
    assert (await dialer.connect(b"UDP", "127.0.0.1", 9)).local == four.local
    assert (await dialer.connect(b"UDP", "::1", 9)).local == six.local
    four.close()
    six.close()
