"""The SIP side, joined: listeners, endpoint, keeper, registrar, calls."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

from ringfence.app.listening import listening
from ringfence.clock import Clock
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
from ringfence.gateway.registrar import EXTENSIONS, Registrar, RegistrarSettings
from ringfence.gateway.timetable import Timetable
from ringfence.gateway.upstream import ContactStyle, UpstreamSettings
from ringfence.identifiers import ProviderId, UpstreamId
from ringfence.listeners import StreamDialer, StreamServer, SystemResolver, UdpSocket, server_context
from ringfence.protocols.sip.digest import Algorithm, DigestServer
from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.transaction import TransactionLayer
from ringfence.randomness import Randomness
from ringfence.services.calls import Waker
from ringfence.services.reachability import Accounts, Device
from ringfence.settings import ConfigurationUnusable, Settings, UpstreamFileSettings, address_of

__all__ = ["Secrets", "Signalling", "upstreams_of"]

_DIGESTS: Final = {"both": (Algorithm.SHA_256, Algorithm.MD5), "MD5": (Algorithm.MD5,)}
_WILDCARDS: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not bound to


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
        self.endpoint = Endpoint(TransactionLayer(randomness, sent_by=self._address_of), clock, self._loop)
        self._listen()
        self.keeper = self._keeper()
        self.prover = Prover(self.keeper.lines, self.endpoint, clock, randomness)
        self._pbx = PbxSide([self.pbx_door], self.keeper.lines)
        self.guard = self._guard()
        self.tls = StreamServer(self.device_door, self._clock, known=self.guard.knows)
        self.registrar = self._registrar(seen)
        self._timetable = Timetable(self._loop, clock)
        self._dialogs = Dialogs(secrets.routes, accounts, randomness, self._address_of)
        self.calls = self._calls(waker, missed)
        self._exchange(waker)

    def pin_messages(self, gate: Leaving) -> PinMessages:
        """Codes to accounts, by their own PBXs."""
        return PinMessages(self.keeper.lines, self.endpoint, self._accounts, gate, self._randomness)

    def _listen(self) -> None:
        """The doors, and the sockets before them but the phones': that one asks the guard whom it knows."""
        sources = networks(source for upstream in upstreams_of(self._settings) for source in upstream.sources)
        self.pbx_door = UpstreamDoor(self.endpoint, sources)
        self.device_door = DeviceDoor(self.endpoint, self._clock)
        self.udp = UdpSocket(self.pbx_door)
        self.tcp = StreamServer(self.pbx_door, self._clock)
        self._dialer = StreamDialer(self.pbx_door, self._clock, udp=self.udp)
        self.endpoint.dial_with(self._dialer)

    def _keeper(self) -> Keeper:
        return Keeper(
            upstreams_of(self._settings),
            endpoint=self.endpoint,
            clock=self._clock,
            scheduler=self._loop,
            connect=Locator(self._dialer, SystemResolver(), self._randomness, admit=self.pbx_door.admit),
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
            RegistrarSettings(public=self._settings.devices.public),
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
        devices, pbx_side = self._settings.devices, self._settings.pbx_side
        with listening("pbx_side.listen", pbx_side.listen):
            await self.udp.open(*address_of(pbx_side.listen))
            await self.tcp.open(*address_of(pbx_side.listen))
        context = server_context(Path(devices.certificate), Path(devices.key))
        with listening("devices.listen", devices.listen):
            await self.tls.open(*address_of(devices.listen), context)
        self.keeper.start()

    async def close(self) -> None:
        """No caller stays without an answer; then the sockets go."""
        self.calls.stop()
        self._timetable.close()
        self.keeper.stop()
        await self.endpoint.close()
        await self.tls.close()
        await self.tcp.close()
        self.udp.close()

    def _address_of(self, flow: Flow) -> bytes:
        """host:port at which the other end of a flow reaches us."""
        if flow.secure:
            return self._settings.devices.public.encode()
        return _advertised(self._settings).encode()


def upstreams_of(settings: Settings) -> list[UpstreamSettings]:
    """Every PBX of the installation, as the gateway knows it."""
    return [
        _upstream(each, ProviderId(provider.id), settings)
        for provider in settings.providers
        for each in provider.upstreams
    ]


def _advertised(settings: Settings) -> str:
    side = settings.pbx_side
    if side.advertised:
        return side.advertised
    host, _ = address_of(side.listen)
    if host in _WILDCARDS:
        raise ConfigurationUnusable(problem="pbx_side.advertised is needed where pbx_side.listen names no address")
    return side.listen


def _upstream(entry: UpstreamFileSettings, provider: ProviderId, settings: Settings) -> UpstreamSettings:
    host, port = address_of(entry.address) if entry.address else ("", 0)
    return UpstreamSettings(
        id=UpstreamId(entry.id),
        provider=provider,
        domain=entry.domain,
        host=host,
        port=port,
        transport="tcp" if entry.transport == "tcp" else "udp",
        sources=tuple(entry.sources),
        advertised=_advertised(settings),
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
