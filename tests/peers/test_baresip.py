"""Another phone, another SIP stack: baresip holds one flow by RFC 5626, is called over it, and hangs up."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.peers.baresip import Baresip, needs_baresip
from tests.peers.conftest import Lab, lab_in
from tests.peers.kamailio import needs_kamailio
from tests.peers.process import free_port, until
from tests.peers.sipp import Sipp, needs_sipp

pytestmark = [pytest.mark.peers, pytest.mark.timeout(120), needs_baresip, needs_kamailio, needs_sipp]

PASSWORD = "password-of-alice"


@pytest.fixture
async def trunk() -> int:
    return free_port()


@pytest.fixture
async def lab(tmp_path: Path, trunk: int) -> AsyncIterator[Lab]:
    """As baresip 1.0 needs it: it gives up where it is offered SHA-256 beside MD5."""
    async with lab_in(tmp_path, {"alice": PASSWORD}, trunk=[trunk], digest="MD5", host="127.0.0.1") as lab:
        yield lab


@pytest.mark.promise("APP-09")
@pytest.mark.pitfall(10)
@pytest.mark.pitfall(11)
async def test_baresip_is_called_over_its_flow_and_over_the_next_one_after_it_was_killed(
    lab: Lab, trunk: int, closing: AsyncExitStack
) -> None:
    enrolled = await lab.server.enrol("alice", PASSWORD)
    home, authority = lab.directory / "baresip", lab.server.certificates.authority
    phone = Baresip(home, "alice", lab.server.domain, enrolled, authority=authority)
    closing.callback(phone.sleep)
    await phone.wake()
    await until(lambda: "200 OK" in phone.program.printed(), 20, "baresip registers by TLS")
    assert "Require: outbound" in phone.program.printed(), "its flow is taken as one of RFC 5626"
    await _called_and_hangs_up(lab, phone, trunk, times=1)

    phone.sleep()
    await until(lambda: lab.server.metric("ringfence_device_connections") == 0, 10, "the phone is gone")
    pushes = len(lab.push.sent)
    caller = await _caller(lab, trunk)
    await until(lambda: len(lab.push.sent) > pushes, 10, "a push leaves")
    await phone.wake()
    await _hangs_up(lab, phone, caller, times=2)


async def _called_and_hangs_up(lab: Lab, phone: Baresip, trunk: int, times: int) -> None:
    await _hangs_up(lab, phone, await _caller(lab, trunk), times)


async def _caller(lab: Lab, trunk: int) -> Sipp:
    return await Sipp(lab.directory, "patient.xml", f"127.0.0.1:{lab.pbx.port}", service="alice", port=trunk).start()


async def _hangs_up(lab: Lab, phone: Baresip, caller: Sipp, times: int) -> None:
    await until(lambda: phone.program.printed().count("Call established") == times, 30, "baresip answers")
    phone.command("hangup")
    assert await caller.wait(60) == 0, caller.printed()[-2000:]
    await until(lambda: lab.server.metric("ringfence_call_ends_total", state="answered") == times, 10)
