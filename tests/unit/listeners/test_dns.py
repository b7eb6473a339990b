"""Names of PBXs, asked of a name server on loopback."""

from collections.abc import AsyncIterator

import dns.asyncresolver
import pytest

from ringfence.listeners import DnsFailed, SystemResolver
from ringfence.protocols.sip.locate import Address, Kind, Naptr, Question, Srv
from tests.doubles.name_server import NameServer, name_server


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[NameServer]:
    zone = {
        "_sip._tcp.pbx.test. SRV": "10 20 5062 edge.pbx.test.",
        "pbx.test. NAPTR": '50 60 "s" "SIP+D2T" "" _sip._tcp.pbx.test.',
    }
    server = await name_server(zone)
    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = server.port
    monkeypatch.setattr(dns.asyncresolver, "default_resolver", resolver)
    yield server
    server.close()


@pytest.mark.parametrize(
    ("kind", "name", "records"),
    [
        (Kind.SRV, "_sip._tcp.pbx.test", [Srv(10, 20, 5062, "edge.pbx.test")]),
        (Kind.NAPTR, "pbx.test", [Naptr(50, 60, "s", "SIP+D2T", "_sip._tcp.pbx.test")]),
        (Kind.SRV, "pbx.test", []),
        (Kind.SRV, "nowhere.test", []),
    ],
)
async def test_records_come_as_the_search_takes_them(
    server: NameServer, kind: Kind, name: str, records: list[object]
) -> None:
    assert list(await SystemResolver().ask(Question(kind, name))) == records


async def test_a_server_that_fails_is_no_proof_that_the_name_does_not_exist(server: NameServer) -> None:
    server.fails = True
    with pytest.raises(DnsFailed):
        await SystemResolver().ask(Question(Kind.SRV, "_sip._tcp.pbx.test"))


async def test_addresses_are_those_that_the_machine_knows() -> None:
    assert Address("127.0.0.1") in await SystemResolver().ask(Question(Kind.A, "localhost"))
    assert await SystemResolver().ask(Question(Kind.A, "")) == ()


async def test_a_name_server_of_its_own_is_asked_for_everything(server: NameServer) -> None:
    server.zone |= {"edge.pbx.test. A": "192.0.2.7", "edge.pbx.test. AAAA": "2001:db8::7"}
    ours = SystemResolver(("127.0.0.1", server.port))
    assert await ours.ask(Question(Kind.A, "edge.pbx.test")) == [Address("192.0.2.7")]
    assert await ours.ask(Question(Kind.AAAA, "edge.pbx.test")) == [Address("2001:db8::7")]
    assert await ours.ask(Question(Kind.A, "nowhere.test")) == ()
