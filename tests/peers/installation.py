"""A whole Ringfence as its operator runs it: a configuration file, a folder, and `ringfence serve` as a process."""

import asyncio
import base64
import json
import os
import ssl
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypedDict, Unpack

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from ringfence.clock import SystemClock
from ringfence.demo.certificate import Certificates, make_certificates
from tests.architecture.locks import ROOT
from tests.peers.fcm_standin import FcmStandIn, service_account
from tests.peers.process import Program, free_port_of_both, until

__all__ = ["Configured", "Ended", "Enrolled", "Installation"]

APP = "linphone-test"
_ENVIRONMENT = {"PYTHONPATH": str(ROOT / "src"), "LC_ALL": "C.UTF-8"}


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The answer to an enrolment."""

    device: str
    token: str = field(repr=False)
    provisioning: str = field(repr=False)
    body: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Ended:
    """What a command left behind."""

    code: int
    printed: str
    complained: str


class Configured(TypedDict, total=False):
    """What a test may want otherwise, as in the configuration file."""

    rate: int
    ring_seconds: int
    failures_account: int
    failures_upstream: int
    profile: str
    digest: str
    host: str  # by which phones reach us; the certificate names localhost and 127.0.0.1
    database: str
    more_devices: str  # further lines of [devices]
    more_pbx_side: str
    more_upstream: str


_DEFAULTS = Configured(
    rate=500,
    ring_seconds=60,
    failures_account=5,
    failures_upstream=50,
    profile="linphone",
    digest="both",
    host="localhost",
    database="",
    more_devices="",
    more_pbx_side="",
    more_upstream="",
)


class Installation:
    """One server with one provider and one PBX at 127.0.0.1:`pbx_port`, pushing to the stand-in.

    Port 0: the PBX is found by its domain.
    """

    def __init__(
        self,
        directory: Path,
        *,
        pbx_port: int,
        push: FcmStandIn,
        push_authority: Path,
        domain: str = "pbx.test",
        **configured: Unpack[Configured],
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.domain = domain
        self.http = free_port_of_both()
        self.tls = free_port_of_both()
        self.pbx_side = free_port_of_both()
        self.certificates: Certificates = make_certificates(directory, SystemClock())
        (directory / "firebase.json").write_bytes(service_account(f"{push.url}/token"))
        pbx = f"127.0.0.1:{pbx_port}" if pbx_port else ""
        self.config = directory / "ringfence.toml"
        self.config.write_text(
            _CONFIG.format(
                http=self.http, tls=self.tls, pbx_side=self.pbx_side, pbx=pbx, domain=domain, app=APP,
                push=push.url, authority=push_authority, **(_DEFAULTS | configured),
                chain=self.certificates.chain, key=self.certificates.key,
            )
        )  # fmt: skip
        self.log = directory / "ringfence.log"
        self._program: Program | None = None

    @property
    def data(self) -> Path:
        return self.directory / "data"

    async def start(self) -> Self:
        """Start it and wait until it says that calls can come in."""
        await self.begin()
        await until(self._ready_or_dead, 30, "Ringfence is ready")
        assert self._program is not None
        assert self._program.running, self._program.printed()
        return self

    async def begin(self) -> Self:
        """Start it and wait for nothing."""
        self._program = await Program(self._arguments("serve"), self.log, _ENVIRONMENT).start()
        return self

    async def command(self, name: str, *arguments: str, within: float = 60.0) -> Ended:
        """One of the operator's commands on this installation, to its end."""
        process = await asyncio.create_subprocess_exec(
            *self._arguments(name, *arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=os.environ | _ENVIRONMENT,
        )
        try:
            printed, complained = await asyncio.wait_for(process.communicate(), within)
        except TimeoutError:
            process.kill()
            await process.wait()
            raise
        assert process.returncode is not None
        return Ended(process.returncode, printed.decode(), complained.decode())

    def kill(self) -> None:
        """Kill -9."""
        assert self._program is not None
        self._program.kill()

    async def ended(self) -> int:
        assert self._program is not None
        return await self._program.wait()

    async def stop(self) -> None:
        if self._program is not None:
            await self._program.stop(15)

    def printed(self) -> str:
        return self._program.printed() if self._program else ""

    def ask(
        self, method: str, path: str, body: object = None, *, token: str = "", headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """One HTTPS request, with the certificate verified; blocks, so call it in a thread beside a stand-in."""
        request = urllib.request.Request(
            f"https://127.0.0.1:{self.http}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"content-type": "application/json", **(headers or {})},
        )
        if token:
            request.add_header("authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, context=self._trust(), timeout=30) as answer:  # noqa: S310
                return answer.status, _parsed(answer.read())
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, _parsed(refusal.read())

    async def enrol(
        self, user: str, password: str, *, push_token: str = "", agreed: bool = True, auth_user: str | None = None
    ) -> Enrolled:
        """Enrol a device of `user`; fails the test where the server refuses."""
        status, answer = await self.try_to_enrol(
            user, password, push_token=push_token, agreed=agreed, auth_user=auth_user
        )
        assert status == 201, (status, answer)
        return Enrolled(answer["device_id"], answer["api_token"], answer["provisioning"]["url"], answer)

    async def try_to_enrol(
        self, user: str, password: str, *, push_token: str = "", agreed: bool = True, auth_user: str | None = None
    ) -> tuple[int, Any]:
        """The status and the answer, whatever they are."""
        _, notice = await asyncio.to_thread(self.ask, "GET", f"/v1/notice?domain={self.domain}")
        public = X25519PrivateKey.generate().public_key().public_bytes_raw()
        body: dict[str, Any] = {
            "sip_address": f"{user}@{self.domain}",
            "password": password,
            "device": {
                "name": f"{user}'s phone",
                "app": APP,
                "public_key": base64.urlsafe_b64encode(public).decode().rstrip("="),
                "push_token": push_token or f"push-token-of-{user}",
            },
            "old_enough": True,
        }
        if auth_user:
            body["auth_user"] = auth_user
        if agreed:
            body |= {"notice_seen": notice["notice_version"], "terms_agreed": notice["terms_version"]}
        return await asyncio.to_thread(self.ask, "POST", "/v1/enrolments", body)

    def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric over all series that bear these labels; 0 where there is none."""
        _, text = self.ask("GET", "/metrics")
        wanted = [f'{key}="{value}"' for key, value in labels.items()]
        return sum(
            float(line.rpartition(" ")[2])
            for line in str(text).splitlines()
            if line.partition("{")[0].partition(" ")[0] == name and all(each in line for each in wanted)
        )

    def _arguments(self, command: str, *more: str) -> list[str]:
        return [sys.executable, "-m", "ringfence", command, "--config", str(self.config), *more]

    def _ready_or_dead(self) -> bool:
        if self._program is not None and not self._program.running:
            return True
        try:
            return self.ask("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def _trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.certificates.authority)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")


_CONFIG = """
[installation]
data = "data"
database = "{database}"

[http]
listen = "127.0.0.1:{http}"
public_url = "https://localhost:{http}"
certificate = "{chain}"
key = "{key}"

[devices]
listen = "127.0.0.1:{tls}"
public = "{host}:{tls}"
certificate = "{chain}"
key = "{key}"
digest = "{digest}"
{more_devices}

[pbx_side]
listen = "127.0.0.1:{pbx_side}"
{more_pbx_side}

[[providers]]
id = "example"
name = "Example Telecom"
country = "DE"
controller = "Example Telecom GmbH, Beispielweg 1, 10115 Berlin"
privacy_officer = "privacy@example.net"
supervisory_authority = "BfDI, Bonn"
authority_file = "{authority}"

[[providers.upstreams]]
id = "pbx"
domain = "{domain}"
address = "{pbx}"
rate = {rate}
ring_seconds = {ring_seconds}
failures_account = {failures_account}
failures_upstream = {failures_upstream}
{more_upstream}

[[providers.apps]]
id = "{app}"
profile = "{profile}"

[providers.fcm.default]
service_account = "firebase.json"
recipient = "google"
base_url = "{push}"

[[providers.recipients]]
id = "google"
name = "A stand-in for FCM"
country = "US"
contract = "of a stand-in"

[[providers.recipients.mechanisms]]
id = "eu-us-dpf"
since = "2023-09-01"
"""
