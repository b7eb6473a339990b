"""Where to send a request for a URI (RFC 3263 section 4, RFC 2782): transport, addresses, and in which order to try.

    locate(uri) --Question--> Resolver (DNS, outside) --records--> plan() --> [Target, Target, ...]

`plan` is a generator: it yields questions, is sent the records, and returns the targets. `locate` drives it with an
asynchronous resolver; whoever has another world drives it otherwise. Chance comes in for the weights of SRV.
"""

import enum
import ipaddress
from bisect import bisect_left
from collections.abc import Generator, Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple, Protocol, TypeAlias

from ringfence.errors import OperatorFault
from ringfence.protocols.sip.chance import Chance, fraction
from ringfence.protocols.sip.uri import Uri

__all__ = [
    "Address",
    "Kind",
    "Naptr",
    "NoTarget",
    "Plan",
    "Question",
    "Record",
    "Resolver",
    "Srv",
    "Target",
    "locate",
    "plan",
    "stick",
]

_MOST = 16  # records used of one answer, and targets in all: failing over further would outlast every caller's patience
_PORTS = {b"UDP": 5060, b"TCP": 5060, b"TLS": 5061, b"WS": 80, b"WSS": 443}
_SERVICES = {"sip+d2u": b"UDP", "sip+d2t": b"TCP", "sips+d2t": b"TLS"}
_SRV_NAMES = {b"UDP": "_sip._udp.", b"TCP": "_sip._tcp.", b"TLS": "_sips._tcp."}


class NoTarget(OperatorFault):
    """No way leads to this URI: unknown name, no address of a family we have, no transport that both sides speak."""

    code = "no_sip_target"
    http_status = 502
    sip_status = 503


class Kind(enum.Enum):
    NAPTR = "NAPTR"
    SRV = "SRV"
    A = "A"
    AAAA = "AAAA"


class Question(NamedTuple):
    kind: Kind
    name: str


class Naptr(NamedTuple):
    order: int
    preference: int
    flags: str
    service: str
    replacement: str


class Srv(NamedTuple):
    priority: int
    weight: int
    port: int
    target: str


class Address(NamedTuple):
    """An IP literal without brackets."""

    address: str


Record: TypeAlias = Naptr | Srv | Address
Plan: TypeAlias = "Generator[Question, Sequence[Record], list[Target]]"


class Target(NamedTuple):
    """One thing to try. `domain` is what its TLS certificate must be for (RFC 5922): the URI's host, not SRV's."""

    transport: bytes
    address: str
    port: int
    domain: str


class Resolver(Protocol):
    """DNS, as the user of this module has it."""

    async def ask(self, question: Question) -> Sequence[Record]:
        """The records of that kind; none where the name or the kind does not exist. Failures raise."""
        ...


async def locate(
    uri: Uri, resolver: Resolver, chance: Chance, *, transports: Sequence[bytes], families: Sequence[int] = (4, 6)
) -> list[Target]:
    """The targets for `uri`, best first, at least one; raises `NoTarget`, and what the resolver raises."""
    steps = plan(uri, chance, transports=transports, families=families)
    try:
        question = next(steps)
        while True:
            question = steps.send(await resolver.ask(question))
    except StopIteration as done:
        targets: list[Target] = done.value
        return targets


def plan(uri: Uri, chance: Chance, *, transports: Sequence[bytes], families: Sequence[int] = (4, 6)) -> Plan:
    """Section 4 step by step; raises `NoTarget`.

    `transports` are those we can use (UDP, TCP, TLS, ...), the ones we like better first; `families` likewise, 4 and 6.
    """
    search = _Search(uri, chance, transports, families)
    targets = yield from search.run()
    if not targets:
        raise NoTarget
    return list(dict.fromkeys(targets))[:_MOST]


def stick(targets: Sequence[Target], last: Target | None) -> list[Target]:
    """The same targets, the one used last in front while it is still among them: an account stays where it is known."""
    if last is None or last not in targets:
        return list(targets)
    return [last, *(target for target in targets if target != last)]


class _Search:
    """One walk through section 4."""

    __slots__ = ("_chance", "_domain", "_families", "_port", "_secure", "_transports", "_wanted", "_where")

    def __init__(self, uri: Uri, chance: Chance, transports: Sequence[bytes], families: Sequence[int]) -> None:
        self._chance = chance
        self._families = families
        self._secure = uri.secure
        self._transports = [name for name in transports if not uri.secure or name in (b"TLS", b"WSS")]
        self._wanted = _wanted_transport(uri)
        self._domain = uri.address
        self._where = (uri.params.get(b"maddr") or uri.host).strip(b"[]").decode("ascii", "replace")
        self._port = uri.port

    def run(self) -> Plan:
        if not self._transports:
            raise NoTarget
        if self._wanted is None and (self._port is not None or _is_numeric(self._where)):
            self._wanted = b"TLS" if self._secure else b"UDP"
        if self._wanted is not None:
            return (yield from self._by_transport(self._wanted))
        return (yield from self._by_domain())

    def _by_transport(self, transport: bytes) -> Plan:
        """Section 4.2 where the transport is settled."""
        if transport not in self._transports:
            raise NoTarget
        if self._port is None and not _is_numeric(self._where) and transport in _SRV_NAMES:
            targets = yield from self._by_srv(transport, _SRV_NAMES[transport] + self._where)
            if targets is not None:
                return targets
        return (yield from self._addresses(transport, self._where, self._port or _PORTS.get(transport, 5060)))

    def _by_domain(self) -> Plan:
        """Section 4.1: NAPTR says which transports there are, else SRV does, else it is the default."""
        named = yield Question(Kind.NAPTR, self._where)
        ways = _naptr_ways(named, self._transports) or [
            (transport, _SRV_NAMES[transport] + self._where)
            for transport in self._transports
            if transport in _SRV_NAMES
        ]
        targets: list[Target] = []
        known = False
        for transport, name in ways:
            found = yield from self._by_srv(transport, name)
            known = known or found is not None
            targets += found or ()
        if known:
            return targets
        default = b"TLS" if self._secure else b"UDP"
        transport = default if default in self._transports else self._transports[0]
        return (yield from self._addresses(transport, self._where, _PORTS.get(transport, 5060)))

    def _by_srv(self, transport: bytes, name: str) -> "Generator[Question, Sequence[Record], list[Target] | None]":
        """None where there are no SRV records; an empty list where they say that the service is not offered."""
        records = yield Question(Kind.SRV, name)
        servers = [record for record in records if isinstance(record, Srv)]
        if not servers:
            return None
        targets: list[Target] = []
        for server in _by_weight(servers, self._chance)[:_MOST]:
            if server.target not in ("", "."):
                targets += yield from self._addresses(transport, server.target.rstrip("."), server.port)
        return targets

    def _addresses(self, transport: bytes, name: str, port: int) -> Plan:
        if _is_numeric(name):
            return [Target(transport, name, port, self._domain)]
        targets = []
        for family in self._families:
            records = yield Question(Kind.AAAA if family == 6 else Kind.A, name)
            found = [record.address for record in records if isinstance(record, Address)]
            targets += [Target(transport, address, port, self._domain) for address in found[:_MOST]]
        return targets


def _wanted_transport(uri: Uri) -> bytes | None:
    """What the URI asks for. `sips` makes TCP to TLS and WS to WSS; `transport=tls` is old but alive (26.2.2)."""
    named = (uri.params.get(b"transport") or b"").upper()
    if uri.secure:
        return {b"TCP": b"TLS", b"WS": b"WSS"}.get(named, named) or None
    return named or None


def _is_numeric(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _naptr_ways(records: Iterable[Record], transports: Sequence[bytes]) -> list[tuple[bytes, str]]:
    """Transport and SRV name of each usable record, in the domain's order of liking, ours among equals."""
    usable = []
    for record in records:
        if isinstance(record, Naptr) and record.flags.lower() == "s":
            transport = _SERVICES.get(record.service.lower(), b"")
            if transport in transports and record.replacement not in ("", "."):
                rank = (record.order, record.preference, transports.index(transport))
                usable.append((rank, transport, record.replacement.rstrip(".")))
    return [(transport, name) for _, transport, name in sorted(usable)[:_MOST]]


def _by_weight(servers: Sequence[Srv], chance: Chance) -> list[Srv]:
    """RFC 2782: priorities in order; among equals a draw by weight, where 0 is drawn last but not never."""
    ordered: list[Srv] = []
    for priority in sorted({server.priority for server in servers}):
        rest = sorted((server for server in servers if server.priority == priority), key=lambda server: server.weight)
        while rest:
            ordered.append(rest.pop(_draw(rest, chance)))
    return ordered


def _draw(servers: Sequence[Srv], chance: Chance) -> int:
    sums = list(accumulate(server.weight for server in servers))
    return bisect_left(sums, int(fraction(chance) * (sums[-1] + 1)))
