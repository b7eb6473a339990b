"""The sender through the real gate, client and connections, over TLS and HTTP/2, against the stand-in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from h2.errors import ErrorCodes

from ringfence.clock import SystemClock
from ringfence.identifiers import RecipientId
from ringfence.privacy.egress import (
    EgressSettings,
    Gate,
    Http2Settings,
    LegalRole,
    MechanismTable,
    Recipient,
    Regime,
)
from ringfence.randomness import SystemRandomness
from ringfence.senders.apns import APNS_ACCESS, ApnsKey, ApnsSender, ApnsSettings
from ringfence.services.wake import PUSH_TO_DEVICE, Outcome, Push
from tests.doubles.egress_line import push_to
from tests.doubles.http2_server import Reply, serving_http2
from tests.peers.apns_standin import KEY_ID, TEAM, TOPIC, ApnsStandIn, key_file, refusal

CLOCK = SystemClock()


@dataclass
class Wire:
    apple: ApnsStandIn
    sender: ApnsSender

    def push(self, token: str = "ab" * 32) -> Push:
        return push_to(token, deadline=CLOCK.monotonic() + 30, ttl=30)


@asynccontextmanager
async def wired(folder: Path, *flows: str) -> AsyncIterator[Wire]:
    apple = ApnsStandIn(now=CLOCK.time)
    async with serving_http2(folder, apple.server) as authority:
        origin = f"https://localhost:{apple.server.port}"
        recipient = Recipient(
            id=RecipientId("apple"), name="Stand-in", role=LegalRole.PROCESSOR, country="IE", exporter=Regime.EU,
            flows=frozenset(flows), contract="test", origins=(origin,),
        )  # fmt: skip
        gate = Gate([recipient], MechanismTable.load(), CLOCK, settings=EgressSettings(ca_file=str(authority)))
        async with gate.client(recipient.id, http2=Http2Settings()) as client:
            settings = ApnsSettings(ApnsKey(KEY_ID, TEAM, key_file()), TOPIC, base_url=origin)
            yield Wire(apple, ApnsSender(settings, client, clock=CLOCK, randomness=SystemRandomness()))


@pytest.fixture
async def wire(tmp_path: Path) -> AsyncIterator[Wire]:
    async with wired(tmp_path, PUSH_TO_DEVICE.name, APNS_ACCESS.name) as wire:
        yield wire


@pytest.mark.promise("APP-09")
async def test_a_hundred_pushes_at_once_share_a_verified_connection(wire: Wire) -> None:
    await wire.sender.check()
    outcomes = await asyncio.gather(*(wire.sender.send(wire.push(f"{number:064x}")) for number in range(1, 101)))
    assert set(outcomes) == {Outcome.ACCEPTED}
    assert wire.apple.server.opened == 1
    assert len(wire.apple.jwts) == 1


@pytest.mark.pitfall(25)
async def test_apple_going_away_in_between_costs_no_push(wire: Wire) -> None:
    await wire.sender.send(wire.push())
    wire.apple.server.leave()
    await wire.apple.server.empty.wait()
    assert await wire.sender.send(wire.push()) is Outcome.ACCEPTED


@pytest.mark.pitfall(26)
async def test_apple_going_away_in_mid_stream_repeats_only_what_it_has_not_looked_at(wire: Wire) -> None:
    wire.apple.replies.append(Reply(goaway=0, silent=True))
    assert await wire.sender.send(wire.push()) is Outcome.ACCEPTED
    wire.apple.replies.append(Reply(goaway=2**31 - 1, hang_up=True))
    assert await wire.sender.send(wire.push()) is Outcome.UNKNOWN
    wire.apple.replies.append(Reply(reset=ErrorCodes.REFUSED_STREAM))
    assert await wire.sender.send(wire.push()) is Outcome.ACCEPTED
    assert len(wire.apple.taken) == 2


async def test_a_dead_token_is_told_and_the_others_are_not_touched(wire: Wire) -> None:
    alive = "cd" * 32
    wire.apple.tokens = {alive}
    outcomes = await asyncio.gather(wire.sender.send(wire.push()), wire.sender.send(wire.push(alive)))
    assert list(outcomes) == [Outcome.DEAD_TOKEN, Outcome.ACCEPTED]
    wire.apple.replies.append(refusal(400, "BadDeviceToken"))
    assert await wire.sender.send(wire.push(alive)) is Outcome.DEAD_TOKEN


async def test_nothing_leaves_for_a_recipient_without_the_flow(tmp_path: Path) -> None:
    async with wired(tmp_path, APNS_ACCESS.name) as wire:
        assert await wire.sender.send(wire.push()) is Outcome.BLOCKED
        assert wire.apple.taken == []
