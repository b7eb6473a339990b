"""Looks at an installation before anybody depends on it: what is wrong, and what to do about each thing.

Nothing is changed at the PBX and nothing is pushed. Where the server already runs, its ports are taken, which is as it
should be.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

from cryptography import x509

from ringfence.app.kernel import AlreadyRunning, Kernel, opened
from ringfence.app.network import Dialers, families_of, resolver_of
from ringfence.app.pushing import keyed_senders
from ringfence.app.signalling import upstreams_of
from ringfence.clock import DAY, Clock, day_of
from ringfence.errors import RingfenceError
from ringfence.gateway.door import UpstreamDoor
from ringfence.gateway.endpoint import Endpoint
from ringfence.gateway.inspection import Inspection, inspect_upstream
from ringfence.gateway.locator import Locator
from ringfence.gateway.upstream import UpstreamSettings
from ringfence.listeners import CertificateUnusable, UdpSocket, server_context
from ringfence.protocols.sip.transaction import TransactionLayer
from ringfence.randomness import Randomness
from ringfence.senders.apns import ApnsSender
from ringfence.senders.fcm import FcmSender
from ringfence.settings import Settings, address_of

__all__ = ["Finding", "examine"]

_EXPIRES_SOON: Final = 14 * DAY  # renewals come weeks ahead; later than this one was forgotten
_BLOCKS_SOON: Final = 90  # days; a new contract takes that long


@final
@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `verdict` is the key of its text; `what` names it in the configuration."""

    check: str
    what: str
    ok: bool
    verdict: str
    detail: str = ""


async def examine(settings: Settings, clock: Clock, randomness: Randomness) -> AsyncIterator[Finding]:
    """Every check, in the order in which one would mend them."""
    for finding in _certificates(settings, clock):
        yield finding
    running = False
    try:
        async with opened(settings, clock, randomness) as kernel:
            yield Finding("data", settings.installation.data, True, "data_opens")
            yield _secure_delete(kernel)
            for finding in _transfers(kernel):
                yield finding
            async for finding in _pushes(kernel):
                yield finding
    except AlreadyRunning:
        running = True
        yield Finding("data", settings.installation.data, True, "already_running")
    except RingfenceError as fault:
        yield Finding("data", settings.installation.data, False, "data_refused", str(fault))
    if not running:
        for finding in _ports(settings):
            yield finding
    async for finding in _upstreams(settings, clock, randomness):
        yield finding


# Certificates


def _certificates(settings: Settings, clock: Clock) -> Iterator[Finding]:
    devices, http = settings.devices, settings.http
    yield _certificate("devices", Path(devices.certificate), Path(devices.key), address_of(devices.public)[0], clock)
    if http.certificate:
        host = http.public_url.partition("://")[2].partition("/")[0]
        yield _certificate("http", Path(http.certificate), Path(http.key), address_of(host)[0], clock)
    elif not http.listen.startswith(("127.", "[::1]", "localhost")):
        yield Finding("certificate", "http", False, "http_in_the_clear", http.listen)
    side = settings.pbx_side
    for face in side.also:
        if face.tls:
            certificate, key = Path(side.certificate or devices.certificate), Path(side.key or devices.key)
            yield _certificate("pbx_side", certificate, key, address_of(face.advertised or face.listen)[0], clock)
    for upstream in (each for provider in settings.providers for each in provider.upstreams):
        if upstream.tls_certificate:
            key = Path(upstream.tls_key or upstream.tls_certificate)
            yield _certificate(upstream.id, Path(upstream.tls_certificate), key, "", clock)


def _certificate(what: str, certificate: Path, key: Path, host: str, clock: Clock) -> Finding:
    """`host` is what it must name; empty where it is shown by us to whom we connect."""
    try:
        server_context(certificate, key)
        leaf = x509.load_pem_x509_certificates(certificate.read_bytes())[0]
    except (RingfenceError, OSError, ValueError):
        return Finding("certificate", what, False, "certificate_unusable", str(certificate))
    ends = leaf.not_valid_after_utc
    if host and host not in _names(leaf) and f"*.{host.partition('.')[2]}" not in _names(leaf):
        return Finding("certificate", what, False, "certificate_names_another_host", host)
    if ends.timestamp() < clock.time() + _EXPIRES_SOON:
        return Finding("certificate", what, False, "certificate_ends_soon", ends.date().isoformat())
    return Finding("certificate", what, True, "certificate_good", ends.date().isoformat())


def _names(certificate: x509.Certificate) -> set[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    hosts = names.get_values_for_type(x509.DNSName)
    return {*hosts, *(str(address) for address in names.get_values_for_type(x509.IPAddress))}


# What the kernel knows


def _secure_delete(kernel: Kernel) -> Finding:
    if kernel.db.dialect != "sqlite":
        return Finding("erasure", "database", True, "rows_outside_our_reach")
    verdict = "secure_delete_on" if kernel.db.secure_delete else "secure_delete_off"
    return Finding("erasure", "database", kernel.db.secure_delete, verdict)


def _transfers(kernel: Kernel) -> Iterator[Finding]:
    today = day_of(kernel.clock.time())
    for gate in kernel.gates.values():
        coming = {block.recipient: block for block in gate.upcoming(today, within_days=_BLOCKS_SOON)}
        for recipient in gate.recipients:
            block = coming.get(recipient.id)
            if block is None:
                yield Finding("transfer", recipient.id, True, "transfer_allowed")
            else:
                verdict = "transfer_blocked" if block.day <= today else "transfer_ends"
                yield Finding("transfer", recipient.id, False, verdict, block.day.isoformat())


async def _pushes(kernel: Kernel) -> AsyncIterator[Finding]:
    for name, made in keyed_senders(kernel):
        try:
            client, sender = made()
        except RingfenceError as fault:
            yield Finding("push", name, False, "push_unusable", str(fault))
            continue
        async with client:
            yield await _push(name, sender)


async def _push(name: str, sender: FcmSender | ApnsSender) -> Finding:
    try:
        await sender.check()
    except RingfenceError as fault:
        return Finding("push", name, False, "push_refused", fault.code)
    return Finding("push", name, True, "push_accepted")


# Sockets and PBXs


def _ports(settings: Settings) -> Iterator[Finding]:
    stream, both = (socket.SOCK_STREAM,), (socket.SOCK_DGRAM, socket.SOCK_STREAM)
    devices, pbx_side = settings.devices, settings.pbx_side
    for what, address, kinds in (
        ("http", settings.http.listen, stream),
        ("devices", devices.listen, stream),
        *(("devices", address, stream) for address in devices.also),
        *((("devices", devices.plain, both),) if devices.plain else ()),
        ("pbx_side", pbx_side.listen, both),
        *(("pbx_side", face.listen, stream if face.tls else both) for face in pbx_side.also),
    ):
        fault = next((fault for kind in kinds if (fault := _bind_fault(address, kind))), "")
        yield Finding("port", what, not fault, "port_taken" if fault else "port_free", fault or address)


def _bind_fault(address: str, kind: socket.SocketKind) -> str:
    host, port = address_of(address)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if family == socket.AF_INET6:
            probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            return f"{address}: {fault.strerror}"
    return ""


async def _upstreams(settings: Settings, clock: Clock, randomness: Randomness) -> AsyncIterator[Finding]:
    endpoint = Endpoint(TransactionLayer(randomness), clock, asyncio.get_running_loop())
    door = UpstreamDoor(endpoint, ())
    plain = [face.listen for face in settings.pbx_side.also if not face.tls]
    udp = [(UdpSocket(door), listen) for listen in (settings.pbx_side.listen, *plain)]
    try:
        for opened_here, listen in udp:
            with suppress(OSError):  # said of its port already
                await opened_here.open(address_of(listen)[0], 0)
        dialers = Dialers(settings, door, clock, udp=[each for each, _ in udp])
        locate = Locator(
            dialers.of, resolver_of(settings), randomness, admit=door.admit, families=families_of(settings)
        )
        for upstream in upstreams_of(settings):
            yield await _upstream(endpoint, locate, upstream)
    except CertificateUnusable as fault:
        yield Finding("certificate", "upstreams", False, "certificate_unusable", str(fault.facts["file"]))
    finally:
        await endpoint.close()
        for opened_here, _ in udp:
            opened_here.close()


async def _upstream(endpoint: Endpoint, locate: Locator, upstream: UpstreamSettings) -> Finding:
    try:
        flow = await locate(upstream)
    except (RingfenceError, OSError, ssl.SSLError) as fault:
        detail = fault.code if isinstance(fault, RingfenceError) else type(fault).__name__
        return Finding("pbx", upstream.id, False, "pbx_not_found", detail)
    return _judged(upstream, await inspect_upstream(endpoint, flow, upstream))


def _judged(upstream: UpstreamSettings, found: Inspection) -> Finding:
    if not found.answers:
        return Finding("pbx", upstream.id, False, "pbx_silent", f"{upstream.host or upstream.domain}:{upstream.port}")
    if not found.challenges:
        return Finding("pbx", upstream.id, False, "pbx_does_not_challenge", str(found.register))
    return Finding("pbx", upstream.id, True, "pbx_challenges", str(found.register))
