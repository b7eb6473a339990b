"""The SIP side, joined: listeners, endpoint, keeper, registrar, calls."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, final

from ringfence.app.network import (
    DeviceNetwork,
    PbxNetwork,
    device_addresses,
    families_of,
    own_addresses,
    pbx_addresses,
    resolver_of,
)
from ringfence.clock import Clock
from ringfence.gateway.addresses import Addresses
from ringfence.gateway.call_policy import CallPolicy, Progress
from ringfence.gateway.calls import Calls, MissedSink
from ringfence.gateway.device_side import DeviceSide
from ringfence.gateway.dialogs import KEY_SIZE, Dialogs
from ringfence.gateway.door import DeviceDoor, UpstreamDoor, networks
from ringfence.gateway.endpoint import Endpoint
from ringfence.gateway.exchange import Exchange
from ringfence.gateway.guard import Guard
from ringfence.gateway.in_dialog import InDialog
from ringfence.gateway.keeper import Keeper
from ringfence.gateway.locator import Locator
from ringfence.gateway.out_of_dialog import FromDevice, FromPbx
from ringfence.gateway.pbx_side import PbxSide
from ringfence.gateway.pin_message import Leaving, PinMessages
from ringfence.gateway.prover import Prover
from ringfence.gateway.registrar import EXTENSIONS, Registrar
from ringfence.gateway.route_back import WayBack
from ringfence.gateway.timetable import Timetable
from ringfence.gateway.upstream import ContactStyle, UpstreamSettings
from ringfence.identifiers import ProviderId, UpstreamId
from ringfence.listeners import Renewal
from ringfence.protocols.sip.digest import Algorithm, DigestServer
from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.transaction import TransactionLayer
from ringfence.randomness import Randomness
from ringfence.services.calls import Waker
from ringfence.services.reachability import Accounts, Device
from ringfence.settings import Settings, UpstreamFileSettings, address_of

__all__ = ["Secrets", "Signalling", "upstreams_of"]

_TRANSPORTS: Final[Mapping[str, Literal["udp", "tcp", "tls"]]] = {"udp": "udp", "tcp": "tcp", "tls": "tls"}
_DIGESTS: Final = {"both": (Algorithm.SHA_256, Algorithm.MD5), "MD5": (Algorithm.MD5,)}


@final
@dataclass(frozen=True, slots=True)
class Secrets:
    """Keys that outlive a restart, so that dialogs and nonces do."""

    nonces: bytes
    routes: bytes

    @classmethod
    def derived(cls, derive: Callable[[str], bytes]) -> "Secrets":
        """`derive` gives 32 bytes for a purpose (the keyring's)."""
        halves = derive("SIP routes, authenticity") + derive("SIP routes, secrecy")
        return cls(nonces=derive("SIP nonces"), routes=halves[:KEY_SIZE])


@final
class Signalling:
    """Open it last and close it first: from `open` on, calls come in."""

    def __init__(
        self,
        settings: Settings,
        accounts: Accounts,
        secrets: Secrets,
        clock: Clock,
        randomness: Randomness,
        *,
        waker: Waker,
        missed: MissedSink,
        seen: Callable[[Device], None],
    ) -> None:
        self._settings = settings
        self._accounts = accounts
        self._secrets = secrets
        self._clock = clock
        self._randomness = randomness
        self._loop = asyncio.get_running_loop()
        self._towards_pbx, self._towards_devices = pbx_addresses(settings), device_addresses(settings)
        self._told_otherwise = list(_told_otherwise(settings))
        self.endpoint = Endpoint(TransactionLayer(randomness, sent_by=self._address_of), clock, self._loop)
        sources = networks(source for upstream in upstreams_of(settings) for source in upstream.sources)
        self.pbx_door = UpstreamDoor(self.endpoint, sources)
        self.device_door = DeviceDoor(self.endpoint, clock, networks(settings.devices.plain_from))
        self.pbx_net = PbxNetwork(settings, self.pbx_door, clock)
        self.keeper = self._keeper()
        self.endpoint.find_back_by(WayBack(self.pbx_net.dialers.plain, self.pbx_door.leads, self._line_to))
        self.prover = Prover(self.keeper.lines, self.endpoint, clock, randomness)
        self._pbx = PbxSide([self.pbx_door], self.keeper.lines)
        self.guard = self._guard()
        self.device_net = DeviceNetwork(settings.devices, self.device_door, clock, self.guard.knows)
        self.registrar = self._registrar(seen)
        self._timetable = Timetable(self._loop, clock)
        self._dialogs = Dialogs(secrets.routes, accounts, randomness, self._address_of)
        self.calls = self._calls(waker, missed)
        self._exchange(waker)

    def pin_messages(self, gate: Leaving) -> PinMessages:
        """Codes to accounts, by their own PBXs."""
        return PinMessages(self.keeper.lines, self.endpoint, self._accounts, gate, self._randomness)

    def _keeper(self) -> Keeper:
        return Keeper(
            upstreams_of(self._settings),
            endpoint=self.endpoint,
            clock=self._clock,
            scheduler=self._loop,
            connect=Locator(
                self.pbx_net.dialers.of,
                resolver_of(self._settings),
                self._randomness,
                admit=self.pbx_door.admit,
                families=families_of(self._settings),
            ),
        )

    def _guard(self) -> Guard:
        digest = DigestServer(
            self._settings.devices.realm.encode(),
            algorithms=_DIGESTS[self._settings.devices.digest],
            key=self._secrets.nonces,
            chance=self._randomness,
        )
        guard = Guard(
            self._accounts,
            digest,
            self.endpoint,
            self._clock,
            from_pbx=self._pbx.faces,
            ban=self.device_door.ban,
        )
        self.endpoint.guard_with(guard.admits)
        return guard

    def _registrar(self, seen: Callable[[Device], None]) -> Registrar:
        registrar = Registrar(
            self._accounts,
            self.guard,
            self.endpoint,
            self._clock,
            self._loop,
            address_of=self._towards_devices.of,
            seen=seen,
            from_pbx=self._pbx.faces,
        )
        self.endpoint.on(b"REGISTER", registrar.register, extensions=EXTENSIONS)
        return registrar

    def _calls(self, waker: Waker, missed: MissedSink) -> Calls:
        return Calls(
            endpoint=self.endpoint,
            accounts=self._accounts,
            dialogs=self._dialogs,
            pbx=self._pbx,
            waker=waker,
            missed=missed,
            timetable=self._timetable,
            clock=self._clock,
            randomness=self._randomness,
            policies=_policies(self._settings),
        )

    def _exchange(self, waker: Waker) -> None:
        """Where requests part; it hangs itself on the endpoint."""
        devices = DeviceSide(self._accounts, self._settings.devices.realm.encode())
        in_dialog = InDialog(
            endpoint=self.endpoint,
            accounts=self._accounts,
            dialogs=self._dialogs,
            pbx=self._pbx,
            devices=devices,
            waker=waker,
            timetable=self._timetable,
            wait=CallPolicy().dialog_wait,
        )
        from_device = FromDevice(
            endpoint=self.endpoint,
            dialogs=self._dialogs,
            pbx=self._pbx,
            devices=devices,
            timetable=self._timetable,
            loop_key=self._randomness.bytes(32),
        )
        from_pbx = FromPbx(endpoint=self.endpoint, accounts=self._accounts, dialogs=self._dialogs, pbx=self._pbx)
        Exchange(
            endpoint=self.endpoint,
            pbx=self._pbx,
            calls=self.calls,
            in_dialog=in_dialog,
            from_device=from_device,
            from_pbx=from_pbx,
        )

    async def open(self) -> None:
        """Bind all sockets and begin to register. Raises CannotListen, or CertificateUnusable."""
        await self.pbx_net.open()
        await self.device_net.open()
        self.keeper.start()

    @property
    def renewals(self) -> list[Renewal]:
        """The certificates that are in use here."""
        return [*self.device_net.renewals, *self.pbx_net.renewals]

    async def close(self) -> None:
        """No caller stays without an answer; then the sockets go."""
        self.calls.stop()
        self._timetable.close()
        self.keeper.stop()
        await self.endpoint.close()
        await self.device_net.close()
        await self.pbx_net.close()

    def _address_of(self, flow: Flow) -> bytes:
        """host:port at which the other end of a flow reaches us."""
        if not self.pbx_door.leads(flow):
            return self._towards_devices.of(flow)
        for upstream, addresses in self._told_otherwise:
            if self._pbx.admits(upstream, flow):
                return addresses.of(flow)
        return self._towards_pbx.of(flow)

    def _line_to(self, host: str) -> Flow | None:
        """The encrypted connection that we keep to a PBX's address."""
        flows = (line.flow for line in self.keeper.lines.values())
        return next((flow for flow in flows if flow is not None and flow.secure and flow.peer[0] == host), None)


def upstreams_of(settings: Settings) -> list[UpstreamSettings]:
    """Every PBX of the installation, as the gateway knows it."""
    addresses = pbx_addresses(settings)
    return [
        _upstream(each, ProviderId(provider.id), own_addresses(each) or addresses)
        for provider in settings.providers
        for each in provider.upstreams
    ]


def _told_otherwise(settings: Settings) -> Iterator[tuple[UpstreamId, Addresses]]:
    for provider in settings.providers:
        for each in provider.upstreams:
            addresses = own_addresses(each)
            if addresses is not None:
                yield UpstreamId(each.id), addresses


def _upstream(entry: UpstreamFileSettings, provider: ProviderId, addresses: Addresses) -> UpstreamSettings:
    host, port = address_of(entry.address) if entry.address else ("", 0)
    return UpstreamSettings(
        id=UpstreamId(entry.id),
        provider=provider,
        domain=entry.domain,
        host=host,
        port=port,
        transport=_TRANSPORTS[entry.transport],
        tls_name=entry.tls_name,
        sources=tuple(entry.sources),
        addresses=addresses,
        expires=entry.expires,
        rate=float(entry.rate),
        contact_style=ContactStyle(entry.contact_style),
        single_contact=entry.single_contact,
        realm=entry.realm,
        failures_account=entry.failures_account,
        failures_upstream=entry.failures_upstream,
    )


def _policies(settings: Settings) -> dict[UpstreamId, CallPolicy]:
    return {
        UpstreamId(entry.id): CallPolicy(hold=float(entry.ring_seconds), progress=Progress(entry.progress))
        for provider in settings.providers
        for entry in provider.upstreams
    }
