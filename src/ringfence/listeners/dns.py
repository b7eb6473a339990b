"""Names of PBXs, asked of the DNS and of the machine."""

import asyncio
import socket
from collections.abc import Sequence
from typing import final

import dns.asyncresolver
import dns.exception
import dns.rdtypes.IN.A
import dns.rdtypes.IN.AAAA
import dns.rdtypes.IN.NAPTR
import dns.rdtypes.IN.SRV
import dns.resolver

from ringfence.errors import OperatorFault
from ringfence.protocols.sip.locate import Address, Kind, Naptr, Question, Record, Srv

__all__ = ["DnsFailed", "SystemResolver"]

_LIFETIME = 3.0  # seconds for one question, all servers together: a call waits for it


class DnsFailed(OperatorFault):
    """No name server answered in time, or one answered that it failed; the name may exist."""

    code = "dns_failed"
    http_status = 503
    sip_status = 503


@final
class SystemResolver:
    """Addresses as the machine finds them (its hosts file too), NAPTR and SRV by DNS.

    With a name server (an IP literal and a port) everything is asked of that one alone.
    """

    def __init__(self, server: tuple[str, int] | None = None) -> None:
        self._own: dns.asyncresolver.Resolver | None = None
        if server is not None:
            self._own = dns.asyncresolver.Resolver(configure=False)
            self._own.nameservers = [server[0]]
            self._own.port = server[1]

    async def ask(self, question: Question) -> Sequence[Record]:
        """None where the name or kind does not exist; raises `DnsFailed`."""
        if self._own is None and question.kind in {Kind.A, Kind.AAAA}:
            return await self._addresses(question)
        try:
            found = await (self._own or dns.asyncresolver.get_default_resolver()).resolve(
                question.name, question.kind.value, lifetime=_LIFETIME, raise_on_no_answer=False
            )
        except dns.resolver.NXDOMAIN:
            return ()
        except (dns.exception.DNSException, OSError) as fault:
            raise DnsFailed(kind=question.kind.value) from fault
        return [record for entry in found if (record := _record(entry)) is not None]

    async def _addresses(self, question: Question) -> Sequence[Record]:
        family = socket.AF_INET6 if question.kind is Kind.AAAA else socket.AF_INET
        try:
            async with asyncio.timeout(_LIFETIME):
                found = await asyncio.get_running_loop().getaddrinfo(
                    question.name, None, family=family, type=socket.SOCK_DGRAM
                )
        except socket.gaierror as fault:
            if fault.errno in {socket.EAI_AGAIN, socket.EAI_FAIL}:
                raise DnsFailed(kind=question.kind.value) from fault
            return ()
        except TimeoutError as fault:
            raise DnsFailed(kind=question.kind.value) from fault
        return [Address(str(entry[4][0])) for entry in found]


def _record(entry: object) -> Record | None:
    if isinstance(entry, dns.rdtypes.IN.A.A | dns.rdtypes.IN.AAAA.AAAA):
        return Address(entry.address)
    if isinstance(entry, dns.rdtypes.IN.SRV.SRV):
        return Srv(entry.priority, entry.weight, entry.port, entry.target.to_text(omit_final_dot=True))
    if isinstance(entry, dns.rdtypes.IN.NAPTR.NAPTR):
        return Naptr(
            entry.order,
            entry.preference,
            entry.flags.decode("ascii", "replace"),
            entry.service.decode("ascii", "replace"),
            entry.replacement.to_text(omit_final_dot=True),
        )
    return None
