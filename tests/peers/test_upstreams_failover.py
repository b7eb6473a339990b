"""A PBX of two machines, found by DNS: when one falls silent the other takes over, by the other version of IP."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import pytest

from tests.doubles.name_server import name_server
from tests.peers.conftest import Lab
from tests.peers.fcm_standin import FcmStandIn, standing_in
from tests.peers.installation import Installation
from tests.peers.kamailio import Kamailio, needs_kamailio
from tests.peers.phone import connected
from tests.peers.process import free_port, until
from tests.peers.sipp import Sipp, needs_sipp

pytestmark = [pytest.mark.peers, pytest.mark.timeout(180), needs_kamailio, needs_sipp]

PASSWORD: Final = "password-of-alice"
SILENCE: Final = 45.0  # seconds in which two probes go unanswered, and the next target is tried


@pytest.mark.promise("APP-02")
async def test_a_pbx_that_falls_silent_is_found_at_its_next_address_and_calls_come_from_there(
    tmp_path: Path, closing: AsyncExitStack
) -> None:
    trunk = free_port()
    first, second = _pbx(tmp_path, "first"), _pbx(tmp_path, "second", trunk)
    for pbx in (first, second):
        closing.push_async_callback(pbx.stop)
        await pbx.start()
    lab = await _lab(tmp_path, closing, second, first.port)
    enrolled = await lab.server.enrol("alice", PASSWORD)
    await until(lambda: first.bindings().get("alice"), 10, "the machine of the higher priority has the registration")
    assert not second.asked()

    await first.stop()
    await until(lambda: second.bindings().get("alice"), SILENCE, "the other machine has it", every=0.5)
    (contact,) = second.bindings()["alice"]
    assert "@[::1]:" in contact, "it knows us by the address that it can reach"

    phone = await connected(lab, "alice", enrolled)
    closing.callback(phone.close)
    caller = await Sipp(tmp_path, "caller.xml", f"127.0.0.1:{second.port}", service="alice", port=trunk).start()
    conversation = await (await asyncio.wait_for(phone.incoming.get(), 15)).answer()
    await asyncio.wait_for(conversation.ended.wait(), 15)
    assert await caller.wait(60) == 0, caller.messages()


def _pbx(tmp_path: Path, name: str, *trunk: int) -> Kamailio:
    folder = tmp_path / name
    folder.mkdir()
    return Kamailio(folder, {"alice": PASSWORD}, trunk=trunk, ipv6=True)


async def _lab(tmp_path: Path, closing: AsyncExitStack, second: Kamailio, first_port: int) -> Lab:
    names = await name_server(
        {
            "_sip._udp.pbx.test. SRV": f"10 0 {first_port} a.pbx.test. | 20 0 {second.port} b.pbx.test.",
            "a.pbx.test. A": "127.0.0.1",
            "b.pbx.test. AAAA": "::1",
        }
    )
    closing.callback(names.close)
    (tmp_path / "push").mkdir()
    push = FcmStandIn()
    authority = await closing.enter_async_context(standing_in(tmp_path / "push", push))
    server = Installation(
        tmp_path / "ringfence",
        pbx_port=0,
        push=push,
        push_authority=authority,
        profile="ringfence",
        more_pbx_side=f'resolver = "127.0.0.1:{names.port}"\nalso = [{{ listen = "[::1]:{free_port()}" }}]',
    )
    closing.push_async_callback(server.stop)
    await server.start()
    return Lab(tmp_path, second, push, server)
