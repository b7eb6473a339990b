"""Phones that can't encrypt, where the operator declares that they may come: SIPp by UDP and TCP."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.peers.conftest import Lab, lab_in
from tests.peers.kamailio import needs_kamailio
from tests.peers.process import free_port, free_port_of_both, until
from tests.peers.sipp import Sipp, needs_sipp

pytestmark = [pytest.mark.peers, pytest.mark.timeout(120), needs_kamailio, needs_sipp]

PASSWORD: Final = "password-of-alice"


@dataclass(frozen=True)
class Plain:
    """A server with a listener for them at 127.0.0.1:`port`, and the port of a caller."""

    lab: Lab
    port: int
    trunk: int


@pytest.fixture
async def plain(tmp_path: Path) -> AsyncIterator[Plain]:
    trunk, port = free_port(), free_port_of_both()
    declared = f'plain = "127.0.0.1:{port}"'
    async with lab_in(tmp_path, {"alice": PASSWORD}, trunk=[trunk], digest="MD5", more_devices=declared) as lab:
        yield Plain(lab, port, trunk)


@pytest.mark.promise("APP-09")
async def test_a_phone_without_encryption_registers_and_is_called_where_that_is_declared(plain: Plain) -> None:
    lab = plain.lab
    registering = await _registering(plain, "u1")
    assert await registering.wait(30) == 0, registering.messages()
    where = f"127.0.0.1:{plain.port}"
    phone = await Sipp(
        lab.directory, "phone.xml", where, service="alice", port=registering.port, filled={"PAUSE": ""}
    ).start()
    await until(lambda: lab.pbx.bindings().get("alice"), 10, "Ringfence holds the registration")
    target = f"127.0.0.1:{lab.pbx.port}"
    caller = await Sipp(lab.directory, "caller.xml", target, service="alice", port=plain.trunk).start()
    assert await caller.wait(60) == 0, caller.messages()
    assert await phone.wait(30) == 0, phone.messages()


async def test_such_a_phone_may_come_by_tcp_and_is_told_the_same_way_back(plain: Plain) -> None:
    registering = await _registering(plain, "t1")
    assert await registering.wait(30) == 0, registering.messages()
    assert f"Service-Route: <sip:127.0.0.1:{plain.port};transport=tcp;lr>" in registering.messages()


async def test_without_that_declaration_there_is_no_such_way(tmp_path: Path) -> None:
    async with lab_in(tmp_path, {"alice": PASSWORD}, digest="MD5") as lab:
        phone = await _registering(Plain(lab, free_port_of_both(), 0), "t1")
        assert await phone.wait(30) != 0
        assert " message received" not in phone.messages()


async def _registering(plain: Plain, transport: str) -> Sipp:
    enrolled = await plain.lab.server.enrol("alice", PASSWORD)
    sip, server = enrolled.body["sip"], plain.lab.server
    arguments = ("-t", transport, "-auth_uri", server.domain, "-au", sip["user"], "-ap", sip["secret"])
    target = f"127.0.0.1:{plain.port}"
    return await Sipp(plain.lab.directory, "register.xml", target, service="alice", arguments=arguments).start()
