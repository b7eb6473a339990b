"""Finding a PBX, connecting to it, and connecting again."""

import asyncio
from collections.abc import Callable, Sequence

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
from ringfence.services.reachability import State
from tests.doubles.gateway_hall import ManualScheduler
from tests.doubles.sip_hop import RecordedFlow
from tests.doubles.small_pbx import PBX, SmallPbx, World

NAMES: dict[Question, Sequence[Record]] = {
    Question(Kind.SRV, "_sip._tcp.pbx.test"): (Srv(10, 0, 5062, "a.pbx.test"), Srv(20, 0, 5063, "b.pbx.test")),
    Question(Kind.A, "a.pbx.test"): (Address("192.0.2.10"),),
    Question(Kind.A, "b.pbx.test"): (Address("192.0.2.11"),),
    Question(Kind.A, "both.test"): (Address("192.0.2.40"),),
    Question(Kind.AAAA, "both.test"): (Address("2001:db8::40"),),
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
    locator = Locator(lambda _pbx: dialer, Names(), SeededRandomness(), admit=admitted.append)
    flow = await locator(upstream())
    assert flow.peer == ("192.0.2.11", 5063)
    assert admitted == ["192.0.2.10", "192.0.2.11"]
    dialer.open_to.add("192.0.2.10")
    await locator(upstream())
    assert [host for _, host, _, _ in dialer.asked] == ["192.0.2.10", "192.0.2.11", "192.0.2.11"]
    assert dialer.asked[-1] == (b"TCP", "192.0.2.11", 5063, "pbx.test")


async def test_when_a_target_has_fallen_silent_the_next_is_tried_and_in_the_end_the_first_again() -> None:
    dialer = Exchange("192.0.2.10", "192.0.2.11")
    locator = Locator(lambda _pbx: dialer, Names(), SeededRandomness(), admit=lambda _host: None)
    flows = [await locator(upstream(), elsewhere=elsewhere) for elsewhere in (False, True, True, False)]
    assert [flow.peer[0] for flow in flows] == ["192.0.2.10", "192.0.2.11", "192.0.2.10", "192.0.2.10"]


async def test_addresses_of_a_version_of_ip_that_we_do_not_speak_are_not_tried() -> None:
    dialer = Exchange("192.0.2.40")
    locator = Locator(lambda _pbx: dialer, Names(), SeededRandomness(), admit=lambda _host: None, families=(4,))
    await locator(upstream(host="both.test", port=5060))
    assert [host for _, host, _, _ in dialer.asked] == ["192.0.2.40"]
    both = Locator(lambda _pbx: dialer, Names(), SeededRandomness(), admit=lambda _host: None, families=(6, 4))
    await both(upstream(host="both.test", port=5060))
    assert [host for _, host, _, _ in dialer.asked[1:]] == ["2001:db8::40", "192.0.2.40"]


async def test_a_certificate_must_bear_the_name_that_the_settings_give_it() -> None:
    dialer = Exchange("192.0.2.40")
    locator = Locator(lambda _pbx: dialer, Names(), SeededRandomness(), admit=lambda _host: None)
    await locator(upstream(host="192.0.2.40", transport="tls", tls_name="sip.carrier.test"))
    assert dialer.asked == [(b"TLS", "192.0.2.40", 5061, "sip.carrier.test")]


@pytest.mark.parametrize(("host", "port", "target"), [("192.0.2.20", 0, 5060), ("192.0.2.20", 5099, 5099)])
async def test_a_literal_address_needs_no_names(host: str, port: int, target: int) -> None:
    dialer = Exchange(host)
    await Locator(lambda _pbx: dialer, Names(), SeededRandomness(), admit=lambda _host: None)(
        upstream(host=host, port=port)
    )
    assert dialer.asked == [(b"TCP", host, target, "pbx.test")]


async def test_an_ipv6_address_is_dialled_without_brackets() -> None:
    dialer = Exchange("2001:db8::5")
    await Locator(lambda _pbx: dialer, Names(), SeededRandomness(), admit=lambda _host: None)(
        upstream(host="2001:db8::5")
    )
    assert dialer.asked == [(b"TCP", "2001:db8::5", 5060, "pbx.test")]


async def test_what_the_last_target_said_is_told_and_an_unknown_name_has_no_target() -> None:
    locator = Locator(lambda _pbx: Exchange(), Names(), SeededRandomness(), admit=lambda _host: None)
    with pytest.raises(Refused):
        await locator(upstream())
    with pytest.raises(NoTarget):
        await locator(upstream(domain="nowhere.test"))


async def test_a_pbx_that_falls_silent_is_looked_for_elsewhere_until_a_target_answers_and_everybody_registers() -> None:
    world = World(probe_interval=10.0)
    account = world.registered()
    silent, other = world.pbx, SmallPbx(world.clock, peer=("192.0.2.61", 5060))
    asked: list[bool] = []

    async def connect(settings: UpstreamSettings, *, elsewhere: bool = False) -> Flow:
        asked.append(elsewhere)
        return other if len(asked) > 1 else silent

    world.connect = connect
    silent.silent = True
    world.wait(35.0)
    await _turns()
    assert (asked, world.line.flow) == ([True], silent), "the only target there was"
    world.wait(20.0)
    await _turns()
    assert (asked, world.line.flow) == ([True, True], other)
    world.pbx = other
    world.wait(5.0)
    assert account.state is State.REGISTERED
    assert other.contacts_of(b"alice")
    world.line.close()


async def test_a_pbx_that_takes_connections_and_cuts_them_unheard_is_tried_ever_more_rarely(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, pauses = World(), list[float]()

    async def connect(settings: UpstreamSettings, *, elsewhere: bool = False) -> Flow:
        return RecordedFlow(b"TLS")

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    world.connect = connect
    monkeypatch.setattr("ringfence.gateway.line.asyncio.sleep", sleep)
    world.wait(1.0)
    for _ in range(8):
        flow = world.line.flow
        assert flow is not None
        world.line.lost(flow)
        await _until(lambda: world.line.flow is not None)
    assert pauses == [0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    world.line.heard()
    flow = world.line.flow
    assert flow is not None
    world.line.lost(flow)
    await _until(lambda: world.line.flow is not None)
    assert pauses[-1] == 0.0, "it had spoken, so this is another matter"
    for _ in range(3):
        flow = world.line.flow
        assert flow is not None
        world.line.lost(flow)
        await _until(lambda: world.line.flow is not None)
    world.line.bar()
    world.line.lift()
    await _until(lambda: world.line.flow is not None)
    assert pauses[-2:] == [4.0, 0.0], "the gate opened: whatever was before is over"


async def _until(holds: Callable[[], bool]) -> None:
    loop = asyncio.get_running_loop()
    for _ in range(20):
        turn = loop.create_future()
        loop.call_soon(turn.set_result, None)
        await turn
        if holds():
            return
    pytest.fail("nothing came of it")


async def test_a_connection_that_breaks_is_opened_again() -> None:
    clock = ManualClock()
    flows = [RecordedFlow(b"TCP"), RecordedFlow(b"TCP")]
    waiting = list(flows)

    async def connect(settings: UpstreamSettings, *, elsewhere: bool = False) -> Flow:
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
    keeper.lines[PBX].heard()
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
