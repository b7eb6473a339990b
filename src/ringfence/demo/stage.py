"""Everything that the story needs around it: PBX, push service, certificates, configuration, and the server itself."""

import socket
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, final

from starlette.routing import BaseRoute

from ringfence.clock import Clock
from ringfence.demo.certificate import Certificates, make_certificates
from ringfence.demo.owner import APP, Doors
from ringfence.demo.pbx import Pbx
from ringfence.demo.push_service import PushService
from ringfence.demo.sip import Address
from ringfence.randomness import Randomness
from ringfence.web.start import Pages

__all__ = ["DOMAIN", "PROVIDER", "Accounts", "Installation", "Stage", "Start", "set_stage", "trusting"]

DOMAIN: Final = "demo.ringfence.example"
PROVIDER: Final = "demo"
_HOST: Final = "127.0.0.1"
_PORTS: Final = range(20_000, 32_000)

Accounts = dict[str, str]
"""User names at the PBX, with their passwords."""


class Installation(Protocol):
    """The running server, as far as the demo reaches into it. Everything else goes over its sockets."""

    @property
    def pages(self) -> Pages:
        """What its start page shows."""
        ...

    def private_pages(self) -> Sequence[BaseRoute]:
        """The pages of people and of staff."""
        ...

    async def invite_officer(self, provider: str, name: str, mail: str) -> str:
        """The link by which somebody joins the provider's staff as its privacy officer, once."""
        ...

    @property
    def public_key(self) -> str:
        """With which its certificates are signed (Ed25519, 64 hex digits)."""
        ...


class Start(Protocol):
    """Starts the real server from a configuration file; it is ready for calls inside the context."""

    def __call__(self, config: Path) -> AbstractAsyncContextManager[Installation]: ...


@final
@dataclass(frozen=True, slots=True)
class Stage:
    """What the story plays on."""

    pbx: Pbx
    push: PushService
    server: Installation
    doors: Doors
    data: Path
    """The folder that the server writes everything into."""
    config: Path


@asynccontextmanager
async def set_stage(
    folder: Path, accounts: Accounts, start: Start, *, clock: Clock, randomness: Randomness
) -> AsyncIterator[Stage]:
    """Open all sockets and start the server; everything is closed in the reverse order."""
    async with AsyncExitStack() as closing:
        pbx = Pbx(DOMAIN, accounts, clock=clock, randomness=randomness)
        await pbx.open()
        closing.push_async_callback(pbx.close)
        push = PushService(clock=clock, randomness=randomness)
        await push.open()
        closing.push_async_callback(push.close)
        certificates = make_certificates(folder, clock)
        ports = _free_ports(randomness)
        http = next(ports)
        config = _configured(folder, certificates, pbx.address, push, (http, next(ports), next(ports)))
        server = await closing.enter_async_context(start(config))
        doors = Doors(f"https://{_HOST}:{http}", trusting(certificates.authority))
        yield Stage(pbx, push, server, doors, folder / "data", config)


def trusting(authority: Path | None) -> ssl.SSLContext:
    """What a careful client uses: TLS 1.2 or newer, names checked, and this authority alone; None trusts nobody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    if authority:
        context.load_verify_locations(authority)
    return context


def _configured(
    folder: Path, certificates: Certificates, pbx: Address, push: PushService, ports: tuple[int, int, int]
) -> Path:
    """Write what an operator would write, and return the file; the ports are those of HTTP, phones and PBX."""
    http, tls, sip = ports
    account = folder / "firebase.json"
    account.touch(mode=0o600)
    account.write_bytes(push.service_account())
    files = f'certificate = "{certificates.chain.name}"\nkey = "{certificates.key.name}"'
    config = folder / "ringfence.toml"
    config.write_text(
        _CONFIG.format(
            http=f"{_HOST}:{http}",
            tls=f"{_HOST}:{tls}",
            files=files,
            sip=f"{_HOST}:{sip}",
            pbx=f"{pbx[0]}:{pbx[1]}",
            domain=DOMAIN,
            provider=PROVIDER,
            app=APP,
            push=push.url,
        )
    )
    return config


def _free_ports(randomness: Randomness) -> Iterator[int]:
    """Ports that nobody listens on, each another; the server takes them a moment later.

    From below those that systems give to outgoing connections, one of which could have it by then.
    """
    told: set[int] = set()
    while True:
        port = _PORTS[int.from_bytes(randomness.bytes(4)) % len(_PORTS)]
        if port not in told and all(_is_free(kind, port) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)):
            told.add(port)
            yield port


def _is_free(kind: socket.SocketKind, port: int) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind((_HOST, port))
        except OSError:
            return False
        return True


_CONFIG: Final = """\
# Made by `ringfence demo`: everything on loopback, thrown away afterwards.

[installation]
data = "data"

[http]
listen = "{http}"
public_url = "https://{http}"
{files}

[devices]
listen = "{tls}"
public = "{tls}"
realm = "ringfence.demo"
{files}

[pbx_side]
listen = "{sip}"

[[providers]]
id = "{provider}"
name = "Demo Telecom"
country = "BG"
controller = "Demo Telecom, Loopback Street 127, Sofia"
privacy_officer = "privacy@{domain}"
supervisory_authority = "Commission for Personal Data Protection, Sofia"

[[providers.upstreams]]
id = "pbx"
domain = "{domain}"
address = "{pbx}"
sources = ["127.0.0.1"]

[[providers.apps]]
id = "{app}"
profile = "ringfence"
fcm = "demo"

[providers.fcm.demo]
service_account = "firebase.json"
recipient = "push"
base_url = "{push}"

[[providers.recipients]]
id = "push"
name = "The demo's own push service, on this machine"
country = "BG"
contract = "none is needed: it is a stand-in"
"""
