"""The sockets of a whole server: which addresses it has, and certificates that are replaced while it runs."""

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ringfence.app import serving
from ringfence.app.network import device_addresses, families_of, pbx_addresses
from ringfence.clock import SystemClock
from ringfence.demo.assertion import until
from ringfence.demo.certificate import make_certificates
from ringfence.demo.http import call
from ringfence.demo.owner import Owner
from ringfence.demo.phone import Account
from ringfence.demo.stage import DOMAIN, Installation, Stage, set_stage, trusting
from ringfence.randomness import SystemRandomness
from ringfence.settings import ConfigurationUnusable, Settings, load
from tests.doubles.sip_hop import RecordedFlow
from tests.unit.app.test_server import NotYet


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    @asynccontextmanager
    async def start(config: Path) -> AsyncIterator[Installation]:
        yield NotYet()

    clock, randomness = SystemClock(), SystemRandomness()
    async with set_stage(tmp_path, {"alice": "secret"}, start, clock=clock, randomness=randomness) as stage:
        yield stage


def settings_of(stage: Stage, section: str, lines: str) -> Settings:
    """Those of the stage, with further lines in one section."""
    text = stage.config.read_text()
    stage.config.write_text(re.sub(rf"\[{section}\]\n(listen = [^\n]*\n)?", f"[{section}]\n{lines}\n", text, count=1))
    return load(stage.config)


async def test_certificates_that_are_replaced_on_disk_are_shown_without_a_restart(stage: Stage) -> None:
    [port] = re.findall(r'\[devices\]\nlisten = "127.0.0.1:(\d+)"', stage.config.read_text())

    async def shown(trust: ssl.SSLContext) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", int(port), ssl=trust, server_hostname="localhost")
        writer.close()

    async with serving(stage.config, SystemClock(), SystemRandomness()) as server:
        await shown(stage.doors.trust)
        [certificate] = re.findall(r'\[devices\][^[]*\ncertificate = "(.*)"', stage.config.read_text())
        renewed = make_certificates((stage.config.parent / certificate).parent, SystemClock())
        assert renewed.chain == (stage.config.parent / certificate)
        await server.renew_certificates()
        with pytest.raises(ssl.SSLCertVerificationError):
            await shown(stage.doors.trust)
        await shown(trusting(renewed.authority))
        assert (await call("GET", f"{stage.doors.api}/healthz", context=trusting(renewed.authority))).status == 200

        renewed.key.write_text("not a key")
        await server.renew_certificates()
        await shown(trusting(renewed.authority))


async def test_phones_reach_us_by_both_versions_of_ip(stage: Stage) -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as free:
        port = free.getsockname()[1]
    text = stage.config.read_text()
    stage.config.write_text(text.replace("[devices]\n", f'[devices]\nalso = ["[::1]:{port}"]\n'))
    async with serving(stage.config, SystemClock(), SystemRandomness()) as server:
        trust = stage.doors.trust
        _, writer = await asyncio.open_connection("::1", port, ssl=trust, server_hostname="localhost")
        await until(lambda: server.signalling.device_net.streams.connections == 1, "it is connected")
        writer.close()


async def test_what_we_are_called_depends_on_the_side_the_encryption_and_the_version_of_ip(stage: Stage) -> None:
    settings = settings_of(
        stage,
        "pbx_side",
        'listen = "0.0.0.0:5070"\nadvertised = "192.0.2.1:5070"\n'
        'also = [{ listen = "[2001:db8::1]:5070" }, '
        '{ listen = "0.0.0.0:5071", advertised = "pbx.test:5071", tls = true }]',
    )
    towards = pbx_addresses(settings)
    assert towards.of(RecordedFlow(b"UDP", ("192.0.2.9", 5060))) == b"192.0.2.1:5070"
    assert towards.of(RecordedFlow(b"TCP", ("2001:db8::9", 5060))) == b"[2001:db8::1]:5070"
    assert towards.of(RecordedFlow(b"TLS", ("192.0.2.9", 5061))) == b"pbx.test:5071"
    assert families_of(settings) == (4, 6)


async def test_a_phone_without_encryption_is_told_the_address_for_such(stage: Stage) -> None:
    settings = settings_of(
        stage, "devices", 'listen = "0.0.0.0:5061"\nplain = "0.0.0.0:5060"\nplain_public = "sip.test:5060"'
    )
    towards = device_addresses(settings)
    assert towards.of(RecordedFlow(b"UDP", ("192.0.2.9", 5060))) == b"sip.test:5060"
    assert towards.of(RecordedFlow(b"TLS", ("2001:db8::9", 5061))) == settings.devices.public.encode()


@pytest.mark.parametrize(
    ("section", "lines", "says"),
    [
        ("pbx_side", 'listen = "0.0.0.0:5070"', "pbx_side: advertised is needed"),
        ("pbx_side", 'listen = "192.0.2.1:5070"\nalso = [{ listen = "[::]:5070" }]', "pbx_side.also: advertised"),
        ("devices", 'listen = "0.0.0.0:5061"\nplain = "0.0.0.0:5060"', "devices.plain: plain_public is needed"),
    ],
)
async def test_a_wildcard_can_not_be_told_to_others(stage: Stage, section: str, lines: str, says: str) -> None:
    settings = settings_of(stage, section, lines)
    with pytest.raises(ConfigurationUnusable, match=says):
        (pbx_addresses if section == "pbx_side" else device_addresses)(settings)


async def test_one_pbx_may_be_told_another_address_of_ours_than_the_others(stage: Stage) -> None:
    text, head = stage.config.read_text(), "[[providers.upstreams]]\n"
    [port] = re.findall(r'\[pbx_side\]\nlisten = "127.0.0.1:(\d+)"', text)
    stage.config.write_text(text.replace(head, f'{head}advertised = "localhost:{port}"\n'))
    account = Account("alice", DOMAIN, "alice", "secret")
    async with serving(stage.config, SystemClock(), SystemRandomness()):
        owner = Owner(account, stage.doors, stage.push, SystemRandomness(), device="phone")
        assert (await owner.enrol(await owner.notice(), agreed=True)).status == 201
        await until(lambda: len(stage.pbx.contacts("alice")) == 1, "the PBX binds us")
        assert f"@localhost:{port}" in stage.pbx.contacts("alice")[0].uri
