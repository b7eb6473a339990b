"""A DNS server on loopback that knows what a test tells it."""

import asyncio
from dataclasses import dataclass, field
from typing import cast

import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

__all__ = ["NameServer", "name_server"]


@dataclass
class NameServer(asyncio.DatagramProtocol):
    """Answers from `zone` ("name kind" -> records, with " | " between them).

    Other names do not exist, other kinds have no records.
    """

    zone: dict[str, str]
    fails: bool = False
    _transports: list[asyncio.DatagramTransport] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self._transports[0].get_extra_info("sockname")[1])

    def close(self) -> None:
        self._transports[0].close()

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
            answer.answer.append(dns.rrset.from_text(asked.name, 60, "IN", kind, *record.split(" | ")))
        elif not any(known.startswith(f"{asked.name} ") for known in self.zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        self._transports[0].sendto(answer.to_wire(), addr)


async def name_server(zone: dict[str, str]) -> NameServer:
    """A running one; close it."""
    loop = asyncio.get_running_loop()
    _, server = await loop.create_datagram_endpoint(lambda: NameServer(zone), local_addr=("127.0.0.1", 0))
    return server
