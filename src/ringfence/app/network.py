"""The sockets towards PBXs and phones, their doors and certificates, as the configuration names them."""

import ssl
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, final

import structlog

from ringfence.app.listening import listening
from ringfence.clock import Clock
from ringfence.gateway.addresses import Addresses, Face
from ringfence.gateway.door import DeviceDoor, UpstreamDoor
from ringfence.gateway.route_back import Dialer
from ringfence.gateway.upstream import UpstreamSettings
from ringfence.identifiers import UpstreamId
from ringfence.listeners import (
    CertificateUnusable,
    Renewal,
    Sink,
    StreamDialer,
    StreamServer,
    SystemResolver,
    UdpSocket,
    client_context,
    server_context,
)
from ringfence.protocols.sip.flow import Flow
from ringfence.settings import (
    ConfigurationUnusable,
    DevicesSettings,
    PbxSideSettings,
    Settings,
    UpstreamFileSettings,
    address_of,
)

__all__ = [
    "DeviceNetwork",
    "Dialers",
    "PbxNetwork",
    "device_addresses",
    "families_of",
    "own_addresses",
    "pbx_addresses",
    "renew",
    "resolver_of",
]

_log = structlog.get_logger("ringfence.app.network")

_WILDCARDS: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not bound to


@final
class Dialers:
    """The ways out to PBXs: to each with the authorities and the certificate of its own. Raises CertificateUnusable."""

    def __init__(
        self,
        settings: Settings,
        sink: Sink,
        clock: Clock,
        *,
        udp: Iterable[UdpSocket],
        opened: Callable[[Flow], None] | None = None,
    ) -> None:
        self.plain = StreamDialer(sink, clock, udp=udp, opened=opened)
        self.renewals: list[Renewal] = []
        self._encrypted = {
            UpstreamId(each.id): StreamDialer(sink, clock, tls=self._context(each), opened=opened)
            for provider in settings.providers
            for each in provider.upstreams
            if each.transport == "tls"
        }

    def of(self, upstream: UpstreamSettings) -> Dialer:
        """The way to one of them."""
        return self._encrypted.get(upstream.id, self.plain)

    def _context(self, upstream: UpstreamFileSettings) -> ssl.SSLContext:
        trusted, shown = upstream.tls_authorities, upstream.tls_certificate
        certificate = Path(shown) if shown else None
        key = Path(upstream.tls_key or shown) if shown else None
        context = client_context(trusted=Path(trusted) if trusted else None, certificate=certificate, key=key)
        if certificate is not None and key is not None:
            self.renewals.append(Renewal(context, certificate, key))
        return context


@final
class PbxNetwork:
    """Everything that faces PBXs."""

    def __init__(self, settings: Settings, door: UpstreamDoor, clock: Clock) -> None:
        self._settings = settings
        self._door = door
        self._plain = list(_plain_listens(settings.pbx_side))
        self.udp = tuple(UdpSocket(door) for _ in self._plain)
        self.streams = StreamServer(door, clock)
        self.dialers = Dialers(settings, door, clock, udp=self.udp, opened=door.take_in)
        self.renewals = self.dialers.renewals

    @property
    def dropped(self) -> int:
        """Datagrams that the kernel would not take."""
        return sum(each.dropped for each in self.udp)

    async def open(self) -> None:
        """Bind all. Raises CannotListen, or CertificateUnusable."""
        for socket, (where, listen) in zip(self.udp, self._plain, strict=True):
            with listening(where, listen):
                await socket.open(*address_of(listen))
                await self.streams.open(*address_of(listen))
        for face in self._settings.pbx_side.also:
            if face.tls:
                with listening("pbx_side.also", face.listen):
                    await self.streams.open(*address_of(face.listen), self._context())

    async def close(self) -> None:
        await self.streams.close()
        for socket in self.udp:
            socket.close()

    def _context(self) -> ssl.SSLContext:
        side, devices = self._settings.pbx_side, self._settings.devices
        certificate, key = Path(side.certificate or devices.certificate), Path(side.key or devices.key)
        context = server_context(certificate, key)
        self.renewals.append(Renewal(context, certificate, key))
        return context


@final
class DeviceNetwork:
    """Everything that faces phones."""

    def __init__(
        self, settings: DevicesSettings, door: DeviceDoor, clock: Clock, known: Callable[[Flow], bool]
    ) -> None:
        self._settings = settings
        self.streams = StreamServer(door, clock, known=known)
        self.udp = UdpSocket(door)
        self.renewals: list[Renewal] = []

    async def open(self) -> None:
        """Bind all. Raises CannotListen, or CertificateUnusable."""
        settings = self._settings
        certificate, key = Path(settings.certificate), Path(settings.key)
        context = server_context(certificate, key)
        self.renewals.append(Renewal(context, certificate, key))
        for where, listen in (("devices.listen", settings.listen), *(("devices.also", each) for each in settings.also)):
            with listening(where, listen):
                await self.streams.open(*address_of(listen), context)
        if settings.plain:
            with listening("devices.plain", settings.plain):
                await self.udp.open(*address_of(settings.plain))
                await self.streams.open(*address_of(settings.plain))

    async def close(self) -> None:
        await self.streams.close()
        self.udp.close()


def renew(renewals: Iterable[Renewal]) -> None:
    """Show what lies in the files now; one that is of no use stays as it was, and is told."""
    for each in renewals:
        try:
            if each.renew():
                _log.info("certificate_renewed", file=str(each.certificate))
        except CertificateUnusable as fault:
            _log.error("certificate_not_renewed", file=str(each.certificate), code=fault.code)


def resolver_of(settings: Settings) -> SystemResolver:
    """Who knows the names of PBXs."""
    server = settings.pbx_side.resolver
    return SystemResolver(address_of(server) if server else None)


def families_of(settings: Settings) -> tuple[int, ...]:
    """The versions of IP by which we can speak to PBXs, that of `pbx_side.listen` first."""
    side = settings.pbx_side
    found = (6 if _is_ipv6(listen) else 4 for listen in (side.listen, *(face.listen for face in side.also)))
    return tuple(dict.fromkeys(found))


def pbx_addresses(settings: Settings) -> Addresses:
    """Where PBXs reach us. Raises ConfigurationUnusable where that can't be said."""
    side = settings.pbx_side
    faces = [Face(False, _is_ipv6(side.listen), _public(side.advertised, side.listen, "pbx_side"))]
    faces += [
        Face(face.tls, _is_ipv6(face.listen), _public(face.advertised, face.listen, "pbx_side.also"))
        for face in side.also
    ]
    return Addresses(faces)


def own_addresses(upstream: UpstreamFileSettings) -> Addresses | None:
    """Where one PBX reaches us that is told something else than the others; None where it is not."""
    if not upstream.advertised:
        return None
    kinds = [(secure, ipv6) for secure in (False, True) for ipv6 in (False, True)]
    return Addresses(Face(secure, ipv6, upstream.advertised) for secure, ipv6 in kinds)


def device_addresses(settings: Settings) -> Addresses:
    """Where phones reach us; a name is good for both versions of IP. Raises as `pbx_addresses`."""
    devices = settings.devices
    faces = [Face(True, ipv6, devices.public) for ipv6 in (False, True)]
    if devices.plain:
        plain = _public(devices.plain_public, devices.plain, "devices.plain", key="plain_public")
        faces += [Face(False, ipv6, plain) for ipv6 in (False, True)]
    return Addresses(faces)


def _plain_listens(side: PbxSideSettings) -> Iterator[tuple[str, str]]:
    yield "pbx_side.listen", side.listen
    yield from (("pbx_side.also", face.listen) for face in side.also if not face.tls)


def _public(advertised: str, listen: str, table: str, *, key: str = "advertised") -> str:
    if advertised:
        return advertised
    if address_of(listen)[0] in _WILDCARDS:
        raise ConfigurationUnusable(problem=f"{table}: {key} is needed where its address is a wildcard")
    return listen


def _is_ipv6(listen: str) -> bool:
    return ":" in address_of(listen)[0]
