"""From a PBX's settings to a flow: RFC 3263, then a connection, one target after the other."""

from collections.abc import Callable, Sequence
from typing import final

from ringfence.errors import RingfenceError
from ringfence.gateway.route_back import Dialer
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
        self,
        dialer_of: Callable[[UpstreamSettings], Dialer],
        resolver: Resolver,
        randomness: Randomness,
        *,
        admit: Callable[[str], None],
        families: Sequence[int] = (4, 6),
    ) -> None:
        """`families` are the versions of IP that we have an address of, the one we like better first."""
        self._dialer_of = dialer_of
        self._resolver = resolver
        self._randomness = randomness
        self._admit = admit
        self._families = tuple(families)
        self._last: dict[UpstreamId, Target] = {}

    async def __call__(self, settings: UpstreamSettings, *, elsewhere: bool = False) -> Flow:
        """A flow to the first target that takes one. Raises what the last one raised.

        The one used last goes first; `elsewhere`, because it has fallen silent, those that stand after it do, and then
        those before.
        """
        targets = await locate(
            _uri(settings),
            self._resolver,
            self._randomness,
            transports=(settings.transport.upper().encode("ascii"),),
            families=self._families,
        )
        last = self._last.get(settings.id)
        dialer = self._dialer_of(settings)
        failure: RingfenceError = NoTarget(upstream=settings.id)
        for target in _after(targets, last) if elsewhere else stick(targets, last):
            self._admit(target.address)
            self._last[settings.id] = target
            try:
                return await dialer.connect(
                    target.transport, target.address, target.port, settings.tls_name or settings.domain
                )
            except RingfenceError as fault:
                failure = fault
        raise failure


def _after(targets: list[Target], last: Target | None) -> list[Target]:
    """Round about, from the target behind `last` to `last` itself."""
    at = targets.index(last) + 1 if last in targets else 0
    return targets[at:] + targets[:at]


def _uri(settings: UpstreamSettings) -> Uri:
    host = settings.host or settings.domain
    if ":" in host and not host.startswith("["):
        host = f"[{host}]"
    port = f":{settings.port}" if settings.port else ""
    return Uri.parse(f"sip:{host}{port};transport={settings.transport}".encode("ascii"))
