"""Names of PBXs, asked of a name server on loopback."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import cast

import dns.asyncresolver
import dns.message
import dns.rcode
import dns.rdataclass
import dns.rrset
import pytest

from ringfence.listeners import DnsFailed, SystemResolver
from ringfence.protocols.sip.locate import Address, Kind, Naptr, Question, Srv


@dataclass
class NameServer(asyncio.DatagramProtocol):
    """Answers from `zone` ("name kind" -> record); other names do not exist, other kinds have no records."""

    zone: dict[str, str]
    fails: bool = False
    _transports: list[asyncio.DatagramTransport] = field(default_factory=list)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transports.append(cast("asyncio.DatagramTransport", transport))  # the loop's own is no subclass of it

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        asked = query.question[0]
        kind = dns.rdatatype.to_text(asked.rdtype)
        answer = dns.message.make_response(query)
        if self.fails:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif (record := self.zone.get(f"{asked.name} {kind}")) is not None:
            answer.answer.append(dns.rrset.from_text(asked.name, 60, "IN", kind, record))
        elif not any(known.startswith(f"{asked.name} ") for known in self.zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        self._transports[0].sendto(answer.to_wire(), addr)


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[NameServer]:
    zone = {
        "_sip._tcp.pbx.test. SRV": "10 20 5062 edge.pbx.test.",
        "pbx.test. NAPTR": '50 60 "s" "SIP+D2T" "" _sip._tcp.pbx.test.',
    }
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(lambda: NameServer(zone), local_addr=("127.0.0.1", 0))
    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = transport.get_extra_info("sockname")[1]
    monkeypatch.setattr(dns.asyncresolver, "default_resolver", resolver)
    yield server
    transport.close()


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
