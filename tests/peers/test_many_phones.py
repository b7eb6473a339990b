"""Ringfence's phones among others: ring groups, and a desk phone that goes on ringing; Kamailio forks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import pytest

from ringfence.demo.phone import Ringing
from tests.peers.conftest import Lab, lab_in
from tests.peers.kamailio import needs_kamailio
from tests.peers.phone import connected
from tests.peers.process import free_port, until
from tests.peers.sipp import Sipp, needs_sipp

pytestmark = [pytest.mark.peers, pytest.mark.timeout(120), needs_kamailio, needs_sipp]

PASSWORDS: Final = {"alice": "password-of-alice", "bob": "password-of-bob"}


@pytest.fixture
async def trunk() -> int:
    return free_port()


@pytest.fixture
async def lab(tmp_path: Path, trunk: int) -> AsyncIterator[Lab]:
    async with lab_in(tmp_path, PASSWORDS, trunk=[trunk], profile="ringfence") as lab:
        yield lab


@pytest.mark.pitfall(4)
async def test_a_ring_group_with_one_call_id_rings_both_and_whoever_is_slower_has_missed_nothing(
    lab: Lab, trunk: int, closing: AsyncExitStack
) -> None:
    alice, bob = [await lab.server.enrol(user, password) for user, password in PASSWORDS.items()]
    await until(lambda: len(lab.pbx.bindings()) == 2, 10, "both accounts are registered")
    caller = await _caller(lab, trunk, "ringgroup")
    await until(lambda: len(lab.push.sent) == 2, 10, "both phones are pushed")
    first, second = await connected(lab, "alice", alice), await connected(lab, "bob", bob)
    closing.callback(first.close)
    closing.callback(second.close)
    rings, other = [await asyncio.wait_for(phone.incoming.get(), 15) for phone in (first, second)]
    assert rings.request.first("call-id") == other.request.first("call-id")

    conversation = await rings.answer()
    reason = await asyncio.wait_for(other.over, 10)
    assert reason.replace(" ", "").lower().startswith("sip;cause=200")
    await asyncio.wait_for(conversation.ended.wait(), 15)
    assert await caller.wait(60) == 0, caller.messages()
    await until(lambda: lab.server.metric("ringfence_call_ends_total", state="answered_elsewhere") == 1, 10)
    assert lab.server.metric("ringfence_call_ends_total", state="missed") == 0


@pytest.mark.pitfall(30)
async def test_who_declines_on_the_phone_does_not_stop_the_desk_phone(
    lab: Lab, trunk: int, closing: AsyncExitStack
) -> None:
    enrolled = await lab.server.enrol("alice", PASSWORDS["alice"])
    desk = await _desk_phone(lab)
    await until(lambda: len(lab.pbx.bindings().get("alice", ())) == 2, 10, "both are registered")
    phone = await connected(lab, "alice", enrolled)
    closing.callback(phone.close)

    caller = await _caller(lab, trunk, "alice")
    rings: Ringing = await asyncio.wait_for(phone.incoming.get(), 15)
    rings.decline()
    await until(lambda: lab.server.metric("ringfence_call_ends_total", state="declined") == 1, 10)
    assert await caller.wait(60) == 0, caller.messages()
    assert await desk.wait(30) == 0, "the desk phone rang on, and was answered"


async def _desk_phone(lab: Lab) -> Sipp:
    """Registers at the PBX itself, and picks up a while after it begins to ring."""
    where = f"127.0.0.1:{lab.pbx.port}"
    secret = ("-au", "alice", "-ap", PASSWORDS["alice"])
    phone = await Sipp(lab.directory, "desk_register.xml", where, service="alice", arguments=secret).start()
    assert await phone.wait(30) == 0, phone.messages()
    pause = {"PAUSE": '<pause milliseconds="3000"/>'}
    return await Sipp(lab.directory, "phone.xml", where, service="alice", port=phone.port, filled=pause).start()


async def _caller(lab: Lab, trunk: int, user: str) -> Sipp:
    target = f"127.0.0.1:{lab.pbx.port}"
    return await Sipp(lab.directory, "caller.xml", target, service=user, port=trunk).start()
