"""Doors: who may speak to the endpoint at all. One towards PBXs, one towards devices."""

import ipaddress
from collections.abc import Iterable
from typing import final
from weakref import WeakSet

from ringfence.clock import Clock
from ringfence.gateway.endpoint import Endpoint
from ringfence.protocols.sip.errors import BadMessage
from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.source import source_of

__all__ = ["DeviceDoor", "Network", "UpstreamDoor", "networks", "within"]

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_REMEMBERED = 10_000  # verdicts kept, so that a flood of forged senders can't fill memory


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Addresses and networks as written in the settings; raises ValueError."""
    return tuple(ipaddress.ip_network(text, strict=False) for text in texts)


def within(host: str, allowed: Iterable[Network]) -> bool:
    """Whether an IP literal, with or without a zone, lies in one of the networks.

    An IPv4 address mapped into IPv6 counts as itself.
    """
    address = ipaddress.ip_address(host.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return any((mapped or address) in network for network in allowed)


@final
class UpstreamDoor:
    """The sink of sockets that face PBXs: whoever is no configured source is not answered at all.

    Silence, and not 403, because over UDP the sender's address may be forged and a PBX's side is no secret to find.
    """

    def __init__(self, endpoint: Endpoint, sources: Iterable[Network]) -> None:
        self._endpoint = endpoint
        self._sources = tuple(sources)
        self._verdicts: dict[str, bool] = {}
        self._flows: WeakSet[Flow] = WeakSet()
        self._latest: Flow | None = None
        self.dropped = 0

    def admit(self, host: str) -> None:
        """Take an IP literal in that the PBX's name resolved to."""
        self._verdicts[host] = True

    def take_in(self, flow: Flow) -> None:
        """A flow to a PBX that we have opened ourselves."""
        self._flows.add(flow)

    def leads(self, flow: Flow) -> bool:
        """True for a flow that came in or went out by this door."""
        return flow in self._flows

    def received(self, data: bytes, flow: Flow) -> None:
        if flow is self._latest or self._allows(flow.peer[0]):
            if flow is not self._latest:
                self._flows.add(flow)
                self._latest = flow  # a PBX sends thousands of answers in a row
            self._endpoint.received(data, flow)
        else:
            self._refuse(flow)

    def malformed(self, fault: BadMessage, flow: Flow) -> None:
        if self._allows(flow.peer[0]):
            self._endpoint.malformed(fault, flow)

    def alive(self, flow: Flow) -> bool:
        allowed = self._allows(flow.peer[0])
        if allowed:
            self._endpoint.alive(flow)
        return allowed

    def lost(self, flow: Flow) -> None:
        self._latest = None
        self._endpoint.lost(flow)

    def _allows(self, host: str) -> bool:
        verdict = self._verdicts.get(host)
        if verdict is None:
            if len(self._verdicts) >= _REMEMBERED:
                self._verdicts = {known: True for known, allowed in self._verdicts.items() if allowed}
            verdict = self._verdicts[host] = within(host, self._sources)
        return verdict

    def _refuse(self, flow: Flow) -> None:
        self.dropped += 1
        flow.close()


@final
class DeviceDoor:
    """The sink of sockets that face devices: encrypted, or from where the settings allow plain transports.

    A source that is banned for guessing secrets is not heard, whatever it sends.
    """

    def __init__(self, endpoint: Endpoint, clock: Clock, plain_from: Iterable[Network] = ()) -> None:
        self._endpoint = endpoint
        self._clock = clock
        self._plain_from = (*networks(["127.0.0.0/8", "::1"]), *plain_from)
        self._bans: dict[str, float] = {}
        self._plain: dict[str, bool] = {}
        self.dropped = 0

    def ban(self, source: str, seconds: float) -> None:
        """Hear nothing from this source (see `source_of`) for so long."""
        now = self._clock.monotonic()
        if len(self._bans) >= _REMEMBERED:
            self._bans = {known: until for known, until in self._bans.items() if until > now}
        self._bans[source] = now + seconds

    def received(self, data: bytes, flow: Flow) -> None:
        if self._allows(flow):
            self._endpoint.received(data, flow)
        else:
            self.dropped += 1
            flow.close()

    def malformed(self, fault: BadMessage, flow: Flow) -> None:
        if self._allows(flow):
            self._endpoint.malformed(fault, flow)

    def alive(self, flow: Flow) -> bool:
        allowed = self._allows(flow)
        if allowed:
            self._endpoint.alive(flow)
        return allowed

    def lost(self, flow: Flow) -> None:
        self._endpoint.lost(flow)

    def _allows(self, flow: Flow) -> bool:
        host = flow.peer[0]
        if self._bans and self._is_banned(source_of(host)):
            return False
        return flow.secure or self._plain_allowed(host)

    def _is_banned(self, source: str) -> bool:
        until = self._bans.get(source)
        if until is None or until > self._clock.monotonic():
            return until is not None
        del self._bans[source]
        return False

    def _plain_allowed(self, host: str) -> bool:
        verdict = self._plain.get(host)
        if verdict is None:
            if len(self._plain) >= _REMEMBERED:
                self._plain = {known: True for known, allowed in self._plain.items() if allowed}
            verdict = self._plain[host] = within(host, self._plain_from)
        return verdict
