"""RFC 3263 by its cases, RFC 2782's draw, and what happens when DNS says little, nothing or too much."""

from collections import Counter
from collections.abc import Sequence

import pytest

from ringfence.protocols.sip.locate import (
    Address,
    Kind,
    Naptr,
    NoTarget,
    Question,
    Record,
    Srv,
    Target,
    locate,
    plan,
    stick,
)
from ringfence.protocols.sip.uri import Uri
from ringfence.randomness import SeededRandomness

ALL = (b"TLS", b"TCP", b"UDP")


class Zone:
    """DNS from a table, and what was asked."""

    def __init__(self, **records: Sequence[Record]) -> None:
        self.asked: list[Question] = []
        self.records = records

    async def ask(self, question: Question) -> Sequence[Record]:
        self.asked.append(question)
        return self.records.get(f"{question.kind.value} {question.name}", ())


def zone(table: dict[str, Sequence[Record]]) -> Zone:
    return Zone(**table)


async def found(
    uri: bytes, records: Zone | None = None, transports: Sequence[bytes] = ALL, families: Sequence[int] = (4, 6)
) -> list[tuple[bytes, str, int]]:
    targets = await locate(
        Uri.parse(uri), records or Zone(), SeededRandomness(1), transports=transports, families=families
    )
    assert len({target.domain for target in targets}) == 1
    return [(target.transport, target.address, target.port) for target in targets]


# Without a question


@pytest.mark.parametrize(
    ("uri", "target"),
    [
        (b"sip:192.0.2.1", (b"UDP", "192.0.2.1", 5060)),
        (b"sip:192.0.2.1:5070", (b"UDP", "192.0.2.1", 5070)),
        (b"sip:192.0.2.1;transport=tcp", (b"TCP", "192.0.2.1", 5060)),
        (b"sip:192.0.2.1;transport=TLS", (b"TLS", "192.0.2.1", 5061)),
        (b"sips:192.0.2.1", (b"TLS", "192.0.2.1", 5061)),
        (b"sips:192.0.2.1;transport=tcp", (b"TLS", "192.0.2.1", 5061)),
        (b"sip:[2001:db8::1]:5062", (b"UDP", "2001:db8::1", 5062)),
        (b"sip:example.test;maddr=192.0.2.7", (b"UDP", "192.0.2.7", 5060)),
    ],
)
async def test_numbers_need_no_dns(uri: bytes, target: tuple[bytes, str, int]) -> None:
    records = Zone()
    assert await found(uri, records) == [target]
    assert records.asked == []


async def test_a_port_settles_the_transport_and_skips_srv() -> None:
    records = zone({"A example.test": [Address("192.0.2.1")], "AAAA example.test": [Address("2001:db8::1")]})
    assert await found(b"sip:example.test:5080", records) == [
        (b"UDP", "192.0.2.1", 5080),
        (b"UDP", "2001:db8::1", 5080),
    ]
    assert [question.kind for question in records.asked] == [Kind.A, Kind.AAAA]
    assert await found(b"sips:example.test:5080", records) == [
        (b"TLS", "192.0.2.1", 5080),
        (b"TLS", "2001:db8::1", 5080),
    ]


async def test_families_come_in_the_order_we_like() -> None:
    records = zone({"A example.test": [Address("192.0.2.1")], "AAAA example.test": [Address("2001:db8::1")]})
    assert [address for _, address, _ in await found(b"sip:example.test:5060", records, families=(6, 4))] == [
        "2001:db8::1",
        "192.0.2.1",
    ]
    assert [address for _, address, _ in await found(b"sip:example.test:5060", records, families=(4,))] == ["192.0.2.1"]


# NAPTR, SRV, addresses


async def test_naptr_names_the_transports_in_the_domains_order() -> None:
    """The example of RFC 3263 section 4.1."""
    records = zone(
        {
            "NAPTR example.test": [
                Naptr(90, 50, "s", "SIP+D2T", "_sip._tcp.example.test."),
                Naptr(50, 50, "s", "SIPS+D2T", "_sips._tcp.example.test."),
                Naptr(100, 50, "s", "SIP+D2U", "_sip._udp.example.test."),
                Naptr(1, 1, "u", "E2U+sip", "ignored"),
                Naptr(1, 1, "s", "SIP+D2S", "_sip._sctp.example.test"),
                Naptr(1, 1, "s", "SIP+D2U", "."),
            ],
            "SRV _sips._tcp.example.test": [Srv(0, 1, 5061, "one.example.test.")],
            "SRV _sip._tcp.example.test": [Srv(0, 1, 5060, "one.example.test")],
            "SRV _sip._udp.example.test": [Srv(1, 1, 5060, "two.example.test"), Srv(0, 1, 5065, "192.0.2.9")],
            "A one.example.test": [Address("192.0.2.1")],
            "A two.example.test": [Address("192.0.2.2")],
        }
    )
    assert await found(b"sip:bob@example.test", records) == [
        (b"TLS", "192.0.2.1", 5061),
        (b"TCP", "192.0.2.1", 5060),
        (b"UDP", "192.0.2.9", 5065),
        (b"UDP", "192.0.2.2", 5060),
    ]
    assert await found(b"sips:bob@example.test", records) == [(b"TLS", "192.0.2.1", 5061)]
    assert await found(b"sip:bob@example.test", records, transports=(b"TCP",)) == [(b"TCP", "192.0.2.1", 5060)]


async def test_without_naptr_srv_is_asked_for_what_we_like() -> None:
    records = zone(
        {
            "SRV _sip._udp.example.test": [Srv(0, 1, 5060, "192.0.2.1")],
            "SRV _sip._tcp.example.test": [Srv(0, 1, 5060, "192.0.2.1")],
        }
    )
    assert [transport for transport, _, _ in await found(b"sip:example.test", records)] == [b"TCP", b"UDP"]
    assert [question.kind for question in records.asked] == [Kind.NAPTR, Kind.SRV, Kind.SRV, Kind.SRV]


async def test_an_explicit_transport_asks_its_own_srv_alone() -> None:
    records = zone({"SRV _sip._tcp.example.test": [Srv(0, 1, 5077, "192.0.2.1")]})
    assert await found(b"sip:example.test;transport=tcp", records) == [(b"TCP", "192.0.2.1", 5077)]
    assert [question.kind for question in records.asked] == [Kind.SRV]


@pytest.mark.parametrize(
    ("uri", "transports", "target"),
    [
        (b"sip:example.test", ALL, (b"UDP", 5060)),
        (b"sips:example.test", ALL, (b"TLS", 5061)),
        (b"sip:example.test", (b"TCP", b"TLS"), (b"TCP", 5060)),
        (b"sip:example.test;transport=tls", ALL, (b"TLS", 5061)),
        (b"sip:example.test;transport=wss", (b"WSS",), (b"WSS", 443)),
        (b"sips:example.test;transport=ws", (b"WSS",), (b"WSS", 443)),
        (b"sip:example.test", (b"SCTP",), (b"SCTP", 5060)),
        (b"sip:example.test;transport=sctp", (b"SCTP",), (b"SCTP", 5060)),
    ],
)
async def test_without_srv_the_name_itself_is_tried(
    uri: bytes, transports: Sequence[bytes], target: tuple[bytes, int]
) -> None:
    records = zone({"A example.test": [Address("192.0.2.1")]})
    assert await found(uri, records, transports) == [(target[0], "192.0.2.1", target[1])]


@pytest.mark.parametrize("target", [".", ""])
async def test_a_service_that_is_not_offered_is_not_tried(target: str) -> None:
    records = zone(
        {"SRV _sip._udp.example.test": [Srv(0, 0, 0, target)], "A example.test": [Address("192.0.2.1")]},
    )
    with pytest.raises(NoTarget):
        await found(b"sip:example.test;transport=udp", records)
    with pytest.raises(NoTarget):
        await found(b"sip:example.test", records)


@pytest.mark.parametrize(
    ("uri", "transports"),
    [
        (b"sip:nowhere.test", ALL),
        (b"sip:192.0.2.1;transport=sctp", ALL),
        (b"sips:192.0.2.1", (b"UDP",)),
        (b"sips:192.0.2.1;transport=udp", ALL),
        (b"sip:192.0.2.1", ()),
    ],
)
async def test_where_no_way_leads_it_says_so(uri: bytes, transports: Sequence[bytes]) -> None:
    with pytest.raises(NoTarget):
        await found(uri, transports=transports)


async def test_a_huge_answer_is_cut() -> None:
    many = [Address(f"192.0.2.{number}") for number in range(1, 200)]
    assert len(await found(b"sip:example.test:5060", zone({"A example.test": many}))) == 16


async def test_the_same_target_is_tried_once() -> None:
    records = zone({"SRV _sip._udp.example.test": [Srv(0, 1, 5060, "192.0.2.1"), Srv(1, 1, 5060, "192.0.2.1")]})
    assert len(await found(b"sip:example.test;transport=udp", records)) == 1


def test_the_certificate_must_be_for_the_uris_host() -> None:
    steps = plan(Uri.parse(b"sips:example.test"), SeededRandomness(1), transports=ALL)
    assert next(steps) == Question(Kind.NAPTR, "example.test")
    assert steps.send([]) == Question(Kind.SRV, "_sips._tcp.example.test")
    assert steps.send([Srv(0, 1, 5061, "host.provider.test")]) == Question(Kind.A, "host.provider.test")
    steps.send([Address("192.0.2.1")])
    with pytest.raises(StopIteration) as done:
        steps.send([])
    assert done.value.value == [Target(b"TLS", "192.0.2.1", 5061, "example.test")]


# RFC 2782


def order_of(servers: list[Srv], seed: int) -> list[str]:
    steps = plan(Uri.parse(b"sip:e.test;transport=udp"), SeededRandomness(seed), transports=ALL)
    next(steps)
    try:
        steps.send(servers)
    except StopIteration as done:
        targets: list[Target] = done.value
        return [target.address for target in targets]
    raise AssertionError


def test_priorities_are_kept_and_weights_are_drawn() -> None:
    servers = [
        Srv(10, 3, 5060, "192.0.2.3"),
        Srv(10, 1, 5060, "192.0.2.1"),
        Srv(10, 0, 5060, "192.0.2.10"),
        Srv(20, 65535, 5060, "192.0.2.20"),
    ]
    orders = [order_of(servers, seed) for seed in range(2000)]
    assert all(order[-1] == "192.0.2.20" for order in orders)
    assert all(len(order) == 4 for order in orders)
    first = Counter(order[0] for order in orders)
    # By RFC 2782's draw from 0 to 4, both ends in: 0 is one fifth, 1 is one fifth, 3 is three fifths.
    assert first["192.0.2.3"] == pytest.approx(1200, rel=0.1)
    assert first["192.0.2.1"] == pytest.approx(400, rel=0.2)
    assert first["192.0.2.10"] == pytest.approx(400, rel=0.2)


def test_the_target_used_last_is_kept_while_it_is_there() -> None:
    one, two = Target(b"UDP", "192.0.2.1", 5060, "e"), Target(b"UDP", "192.0.2.2", 5060, "e")
    assert stick([one, two], None) == [one, two]
    assert stick([one, two], two) == [two, one]
    assert stick([one], two) == [one]
