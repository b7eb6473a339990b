"""From a PBX's settings to a flow: RFC 3263, then a connection, one target after the other."""

from collections.abc import Callable
from typing import final

from ringfence.errors import RingfenceError
from ringfence.gateway.endpoint import Dialer
from ringfence.gateway.upstream import UpstreamSettings
from ringfence.identifiers import UpstreamId
from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.locate import NoTarget, Resolver, Target, locate, stick
from ringfence.protocols.sip.uri import Uri
from ringfence.randomness import Randomness

__all__ = ["Locator"]


@final
class Locator:
    """The keeper's `Connect`. `admit(host)` tells the PBX's door which address may speak to us from now on."""

    def __init__(
        self, dialer: Dialer, resolver: Resolver, randomness: Randomness, *, admit: Callable[[str], None]
    ) -> None:
        self._dialer = dialer
        self._resolver = resolver
        self._randomness = randomness
        self._admit = admit
        self._last: dict[UpstreamId, Target] = {}

    async def __call__(self, settings: UpstreamSettings) -> Flow:
        """A flow to the first target that takes one, the last one used first. Raises what the last one raised."""
        targets = await locate(
            _uri(settings), self._resolver, self._randomness, transports=(settings.transport.upper().encode("ascii"),)
        )
        failure: RingfenceError = NoTarget(upstream=settings.id)
        for target in stick(targets, self._last.get(settings.id)):
            self._admit(target.address)
            try:
                flow = await self._dialer.connect(target.transport, target.address, target.port, settings.domain)
            except RingfenceError as fault:
                failure = fault
                continue
            self._last[settings.id] = target
            return flow
        raise failure


def _uri(settings: UpstreamSettings) -> Uri:
    host = settings.host or settings.domain
    if ":" in host and not host.startswith("["):
        host = f"[{host}]"
    port = f":{settings.port}" if settings.port else ""
    return Uri.parse(f"sip:{host}{port};transport={settings.transport}".encode("ascii"))
