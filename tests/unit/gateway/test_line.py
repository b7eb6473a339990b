"""Finding a PBX, connecting to it, and connecting again."""

import asyncio
from collections.abc import Sequence

import pytest

from ringfence.clock import ManualClock
from ringfence.errors import PeerFault
from ringfence.gateway.endpoint import Endpoint
from ringfence.gateway.keeper import Keeper, UnknownUpstream
from ringfence.gateway.locator import Locator
from ringfence.gateway.upstream import UpstreamSettings, contact_user_of
from ringfence.identifiers import ProviderId, UpstreamId
from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.locate import Address, Kind, NoTarget, Question, Record, Srv
from ringfence.protocols.sip.transaction import TransactionLayer
from ringfence.randomness import SeededRandomness
from tests.doubles.gateway_hall import ManualScheduler
from tests.doubles.sip_hop import RecordedFlow
from tests.doubles.small_pbx import PBX, World

NAMES: dict[Question, Sequence[Record]] = {
    Question(Kind.SRV, "_sip._tcp.pbx.test"): (Srv(10, 0, 5062, "a.pbx.test"), Srv(20, 0, 5063, "b.pbx.test")),
    Question(Kind.A, "a.pbx.test"): (Address("192.0.2.10"),),
    Question(Kind.A, "b.pbx.test"): (Address("192.0.2.11"),),
}


class Names:
    """A resolver that knows `NAMES`."""

    async def ask(self, question: Question) -> Sequence[Record]:
        return NAMES.get(question, ())


class Refused(PeerFault):
    code = "refused"


class Exchange:
    """A dialer that connects to whom it may."""

    def __init__(self, *open_to: str) -> None:
        self.open_to = set(open_to)
        self.asked: list[tuple[bytes, str, int, str]] = []

    async def connect(self, transport: bytes, host: str, port: int, name: str = "") -> Flow:
        self.asked.append((transport, host, port, name))
        if host not in self.open_to:
            raise Refused
        return RecordedFlow(transport, (host, port))


def upstream(**settings: object) -> UpstreamSettings:
    chosen: dict[str, object] = {"domain": "pbx.test", "transport": "tcp", **settings}
    return UpstreamSettings(id=PBX, provider=ProviderId("example"), **chosen)  # type: ignore[arg-type]  # each test names its own


async def test_the_next_target_is_tried_where_the_first_does_not_answer_and_then_kept() -> None:
    dialer, admitted = Exchange("192.0.2.11"), list[str]()
    locator = Locator(dialer, Names(), SeededRandomness(), admit=admitted.append)
    flow = await locator(upstream())
    assert flow.peer == ("192.0.2.11", 5063)
    assert admitted == ["192.0.2.10", "192.0.2.11"]
    dialer.open_to.add("192.0.2.10")
    await locator(upstream())
    assert [host for _, host, _, _ in dialer.asked] == ["192.0.2.10", "192.0.2.11", "192.0.2.11"]
    assert dialer.asked[-1] == (b"TCP", "192.0.2.11", 5063, "pbx.test")


@pytest.mark.parametrize(("host", "port", "target"), [("192.0.2.20", 0, 5060), ("192.0.2.20", 5099, 5099)])
async def test_a_literal_address_needs_no_names(host: str, port: int, target: int) -> None:
    dialer = Exchange(host)
    await Locator(dialer, Names(), SeededRandomness(), admit=lambda _host: None)(upstream(host=host, port=port))
    assert dialer.asked == [(b"TCP", host, target, "pbx.test")]


async def test_an_ipv6_address_is_dialled_without_brackets() -> None:
    dialer = Exchange("2001:db8::5")
    await Locator(dialer, Names(), SeededRandomness(), admit=lambda _host: None)(upstream(host="2001:db8::5"))
    assert dialer.asked == [(b"TCP", "2001:db8::5", 5060, "pbx.test")]


async def test_what_the_last_target_said_is_told_and_an_unknown_name_has_no_target() -> None:
    locator = Locator(Exchange(), Names(), SeededRandomness(), admit=lambda _host: None)
    with pytest.raises(Refused):
        await locator(upstream())
    with pytest.raises(NoTarget):
        await locator(upstream(domain="nowhere.test"))


async def test_a_connection_that_breaks_is_opened_again() -> None:
    clock = ManualClock()
    flows = [RecordedFlow(b"TCP"), RecordedFlow(b"TCP")]
    waiting = list(flows)

    async def connect(settings: UpstreamSettings) -> Flow:
        return waiting.pop(0)

    endpoint = Endpoint(TransactionLayer(SeededRandomness()), clock, ManualScheduler(clock))
    keeper = Keeper(
        [upstream()],
        endpoint=endpoint,
        clock=clock,
        scheduler=ManualScheduler(clock),
        connect=connect,
    )
    keeper.start()
    await _turns()
    assert keeper.flow_to(PBX) is flows[0]
    endpoint.lost(RecordedFlow(b"TCP"))
    assert keeper.flow_to(PBX) is flows[0]
    endpoint.lost(flows[0])
    assert keeper.flow_to(PBX) is None
    await _turns()
    assert keeper.flow_to(PBX) is flows[1]
    keeper.stop()
    assert keeper.flow_to(PBX) is None
    assert keeper.flow_to(UpstreamId("gone")) is None


async def _turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_an_account_of_a_pbx_that_is_not_configured_is_named() -> None:
    world = World()
    with pytest.raises(UnknownUpstream):
        world.keeper.admit(world.account(upstream=UpstreamId("gone")))


@pytest.mark.parametrize(
    ("uri", "user"),
    [
        (b"sip:opaque7@192.0.2.1:5070", b"opaque7"),
        (b"sip:alice@192.0.2.1:5070;transport=tcp;rf=opaque7", b"opaque7"),
        (b"sip:192.0.2.1", None),
        (b"tel:+4912345", None),
    ],
)
def test_the_opaque_user_is_found_in_either_style(uri: bytes, user: bytes | None) -> None:
    assert contact_user_of(uri) == user
