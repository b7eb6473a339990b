"""The whole server on loopback, with a PBX and a phone that don't share its code."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from starlette.routing import BaseRoute

from ringfence.app import serving
from ringfence.clock import SystemClock
from ringfence.demo.assertion import SOON, until, until_true
from ringfence.demo.http import Answer, call
from ringfence.demo.owner import Owner
from ringfence.demo.phone import Account
from ringfence.demo.stage import DOMAIN, Installation, Stage, set_stage
from ringfence.errors import OperatorFault
from ringfence.randomness import SystemRandomness
from ringfence.web.start import Pages

PASSWORD = "canary-password-of-alice"


class NotYet:
    """In the place of the server, which each test starts itself, as often as it likes."""

    public_key = ""

    @property
    def pages(self) -> Pages:
        raise NotImplementedError

    def private_pages(self) -> list[BaseRoute]:
        raise NotImplementedError

    async def invite_officer(self, provider: str, name: str, mail: str) -> str:
        raise NotImplementedError


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    @asynccontextmanager
    async def start(config: Path) -> AsyncIterator[Installation]:
        assert config.name == "ringfence.toml"
        yield NotYet()

    clock, randomness = SystemClock(), SystemRandomness()
    async with set_stage(tmp_path, {"alice": PASSWORD}, start, clock=clock, randomness=randomness) as stage:
        yield stage


def owner_on(stage: Stage) -> Owner:
    account = Account("alice", DOMAIN, "alice", PASSWORD)
    return Owner(account, stage.doors, stage.push, SystemRandomness(), device="canary-device")


async def ask(stage: Stage, path: str) -> Answer:
    return await call("GET", stage.doors.api + path, context=stage.doors.trust)


async def gets_ready(stage: Stage) -> None:
    """With the way to the PBX, which is laid once calls are let in."""

    async def says_so() -> bool:
        said = await ask(stage, "/readyz")
        return (said.status, said.json()) == (200, {"ready": True, "missing": []})

    await until_true(says_so, "the server is ready", within=SOON)


async def bound(stage: Stage) -> str:
    """The contact that the PBX has of us, once it has one; it never has two."""
    await until(lambda: len(stage.pbx.contacts("alice")) == 1, "the PBX binds us")
    [contact] = stage.pbx.contacts("alice")
    return contact.uri


def change(stage: Stage, section: str, old: str, new: str) -> None:
    """In one section of the configuration file."""
    head, mark, rest = stage.config.read_text().partition(f"[{section}]")
    changed = re.sub(old, new, rest, count=1)
    assert changed != rest
    stage.config.write_text(head + mark + changed)


async def refusal(stage: Stage) -> str:
    """What the command would print before it ends with 2."""
    with pytest.raises(OperatorFault) as refused:
        async with serving(stage.config, SystemClock(), SystemRandomness()):
            raise AssertionError
    return str(refused.value)


@pytest.mark.parametrize("section", ["http", "devices", "pbx_side"])
async def test_a_taken_address_is_named_by_its_setting(stage: Stage, section: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        change(stage, section, r'listen = "127.0.0.1:\d+"', f'listen = "127.0.0.1:{port}"')
        said = await refusal(stage)
    assert "cannot_listen" in said
    assert f"{section}.listen" in said
    assert f"127.0.0.1:{port}" in said


@pytest.mark.parametrize("section", ["http", "devices"])
async def test_a_certificate_that_is_missing_is_named_by_its_file(stage: Stage, section: str) -> None:
    change(stage, section, 'certificate = ".*"', 'certificate = "nowhere.pem"')
    said = await refusal(stage)
    assert "certificate_unusable" in said
    assert "nowhere.pem" in said


async def test_a_database_that_is_away_is_said_without_its_password(stage: Stage) -> None:
    url = "postgresql://somebody:canary-secret@127.0.0.1:1/ringfence"
    change(stage, "installation", 'data = "data"', f'data = "data"\ndatabase = "{url}"')
    said = await refusal(stage)
    assert "database_unreachable" in said
    assert "canary" not in said


async def test_a_data_folder_that_can_not_be_made_is_named(stage: Stage) -> None:
    (stage.config.parent / "file").touch()
    change(stage, "installation", 'data = "data"', 'data = "file/data"')
    said = await refusal(stage)
    assert "configuration_unusable" in said
    assert "installation.data" in said


async def test_after_a_start_that_failed_the_next_one_succeeds(stage: Stage) -> None:
    [port] = re.findall(r'\[http\]\nlisten = "127.0.0.1:(\d+)"', stage.config.read_text())
    with socket.create_server(("127.0.0.1", int(port))):
        await refusal(stage)
    async with serving(stage.config, SystemClock(), SystemRandomness()):
        await gets_ready(stage)


@pytest.mark.promise("APP-02")
async def test_a_restart_loses_nothing_enrolled_and_adds_no_binding(stage: Stage) -> None:
    owner = owner_on(stage)
    async with serving(stage.config, SystemClock(), SystemRandomness()) as server:
        enrolled = await owner.enrol(await owner.notice(), agreed=True)
        assert enrolled.status == 201
        before = await bound(stage)
    assert server.missing() == ["starting"]
    for _ in range(2):
        async with serving(stage.config, SystemClock(), SystemRandomness()) as server:
            await gets_ready(stage)
            assert len(server.accounts) == 1
            await owner.connect()
            assert await bound(stage) == before
            owner.sleep()


class ClockThatJumps:
    """The machine's clock, and whatever a test puts on top of its monotonic reading."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def time(self) -> float:
        return SystemClock().time()

    def monotonic(self) -> float:
        return SystemClock().monotonic() + self.ahead


async def test_a_stranger_may_not_keep_a_connection_and_a_phone_may(stage: Stage) -> None:
    [port] = re.findall(r'\[devices\]\nlisten = "127.0.0.1:(\d+)"', stage.config.read_text())
    clock, owner = ClockThatJumps(), owner_on(stage)
    async with serving(stage.config, clock, SystemRandomness()) as server:
        await owner.enrol(await owner.notice(), agreed=True)
        await bound(stage)
        await owner.connect()
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", int(port), ssl=stage.doors.trust, server_hostname="localhost"
        )
        writer.write(
            b"OPTIONS sip:localhost SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1:9;branch=z9hG4bK1\r\n"
            b"From: <sip:s@x>;tag=1\r\nTo: <sip:localhost>\r\nCall-ID: 1\r\n"
            b"CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        )
        assert (await reader.readline()).startswith(b"SIP/2.0 200")
        assert server.signalling.device_net.streams.connections == 2
        clock.ahead = 61.0
        await until(lambda: server.signalling.device_net.streams.cut == 1, "the stranger is cut")
        await until(lambda: server.signalling.device_net.streams.connections == 1, "the phone stays")
        assert all(device.binding is not None for account in server.accounts for device in account.devices)
        writer.close()
        owner.sleep()


async def test_not_ready_while_a_pbx_can_not_be_reached(stage: Stage) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        nobody = server.getsockname()[1]
    change(stage, "providers.upstreams", 'address = ".*"', f'transport = "tcp"\\naddress = "127.0.0.1:{nobody}"')
    async with serving(stage.config, SystemClock(), SystemRandomness()):
        answer = await ask(stage, "/readyz")
        assert (await ask(stage, "/healthz")).status == 200
    assert (answer.status, answer.json()) == (503, {"ready": False, "missing": ["upstream_pbx"]})


async def test_the_metrics_count_and_name_nobody(stage: Stage) -> None:
    async with serving(stage.config, SystemClock(), SystemRandomness()) as server:
        owner = owner_on(stage)
        await owner.enrol(await owner.notice(), agreed=True)
        await bound(stage)
        await owner.connect()
        server.upkeep.failures["sweep"] += 1
        text = (await ask(stage, "/metrics")).body.decode()
        assert owner.access is not None
        secrets = [PASSWORD, "canary-device", owner.push_token, owner.access.device, owner.access.token, "alice"]
        owner.sleep()
    lines = dict(line.rpartition(" ")[::2] for line in text.splitlines() if line[:1] != "#")
    assert sum(float(lines[each]) for each in lines if each.startswith("ringfence_accounts{")) == 1
    assert float(lines['ringfence_registers_sent_total{upstream="pbx"}']) >= 2
    assert float(lines["ringfence_push_instances"]) == 1
    assert float(lines["ringfence_device_connections"]) == 1
    assert float(lines['ringfence_turned_away_total{where="guesses"}']) == 0
    assert float(lines['ringfence_pushes_queued{recipient="push"}']) == 0
    assert float(lines['ringfence_upkeep_failures_total{work="sweep"}']) == 1
    assert not [secret for secret in secrets if secret in text]
