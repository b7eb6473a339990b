"""The whole server on loopback, with a PBX and a phone that don't share its code."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ringfence.app import serving
from ringfence.clock import SystemClock
from ringfence.demo.assertion import until
from ringfence.demo.http import Answer, call
from ringfence.demo.owner import Owner
from ringfence.demo.phone import Account
from ringfence.demo.stage import DOMAIN, Installation, Stage, set_stage
from ringfence.randomness import SystemRandomness
from ringfence.web.start import Pages

PASSWORD = "canary-password-of-alice"


class NotYet:
    """In the place of the server, which each test starts itself, as often as it likes."""

    public_key = ""

    @property
    def pages(self) -> Pages:
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


async def bound(stage: Stage) -> str:
    """The contact that the PBX has of us, once it has one; it never has two."""
    await until(lambda: len(stage.pbx.contacts("alice")) == 1, "the PBX binds us")
    [contact] = stage.pbx.contacts("alice")
    return contact.uri


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
            assert (await ask(stage, "/readyz")).json() == {"ready": True, "missing": []}
            assert len(server.accounts) == 1
            await owner.connect()
            assert await bound(stage) == before
            owner.sleep()


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
    assert float(lines['ringfence_upkeep_failures_total{work="sweep"}']) == 1
    assert not [secret for secret in secrets if secret in text]
