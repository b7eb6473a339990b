"""The spine, with real programs at every end: Kamailio is the PBX, linphonec the phone, SIPp the caller."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.peers.conftest import Lab, lab_in
from tests.peers.kamailio import needs_kamailio
from tests.peers.linphone import Linphone, needs_linphone
from tests.peers.process import free_port, until
from tests.peers.sipp import Sipp, needs_sipp

pytestmark = [pytest.mark.peers, pytest.mark.timeout(120), needs_kamailio, needs_linphone, needs_sipp]

PASSWORDS = {"alice": "canary-password-of-alice", "bob": "canary-password-of-bob"}


@pytest.fixture
async def trunk() -> int:
    return free_port()


@pytest.fixture
async def lab(tmp_path: Path, trunk: int) -> AsyncIterator[Lab]:
    async with lab_in(tmp_path, PASSWORDS, trunk=[trunk]) as lab:
        yield lab


def _phone(lab: Lab, name: str, provisioning: str) -> Linphone:
    home = lab.directory / name
    home.mkdir()
    return Linphone(home, provisioning=provisioning, authority=lab.server.certificates.authority)


def _caller(lab: Lab, trunk: int) -> Sipp:
    return Sipp(lab.directory, "caller.xml", f"127.0.0.1:{lab.pbx.port}", service="alice", port=trunk)


async def _wake_on_push(lab: Lab, phone: Linphone, pushes: int) -> None:
    """What Android does: a push arrives, the app is started."""
    await until(lambda: len(lab.push.sent) > pushes, 10, "a push leaves")
    await phone.wake()


async def _called(lab: Lab, phone: Linphone, trunk: int, *, asleep: bool) -> None:
    pushes = len(lab.push.sent)
    caller = await _caller(lab, trunk).start()
    if asleep:
        await _wake_on_push(lab, phone, pushes)
    assert await caller.wait(60) == 0, caller.printed()[-2000:]


def _awake(lab: Lab) -> bool:
    return lab.server.metric("ringfence_device_connections") > 0


@pytest.mark.promise("APP-02")
@pytest.mark.promise("ACR-08")
@pytest.mark.pitfall(1)
@pytest.mark.pitfall(23)
async def test_a_killed_phone_rings_and_so_does_one_that_was_closed(
    lab: Lab, trunk: int, closing: AsyncExitStack
) -> None:
    enrolled = await lab.server.enrol("alice", PASSWORDS["alice"])
    phone = _phone(lab, "alice", enrolled.provisioning)
    closing.callback(phone.sleep)
    await phone.wake()
    await until(lambda: _awake(lab), 15, "the phone registers by TLS")
    await until(lambda: lab.pbx.bindings().get("alice"), 10, "Ringfence holds the registration")

    phone.sleep()
    await until(lambda: not _awake(lab), 10, "the phone is gone")
    await _called(lab, phone, trunk, asleep=True)
    assert phone.loudness() > 0.1, "the phone heard the caller"

    await phone.quit()
    await until(lambda: not _awake(lab), 10, "the phone has un-registered")
    assert len(lab.pbx.bindings()["alice"]) == 1, "what the phone says goodbye to is us, not the PBX"
    await _called(lab, phone, trunk, asleep=True)

    for sent in lab.push.sent:
        text = json.dumps(sent.message)
        assert "4915550199" not in text
        assert "Canary" not in text
        assert "pbx.test" not in text


async def test_a_phone_dials_out_and_the_challenge_of_the_pbx_passes_through(lab: Lab, closing: AsyncExitStack) -> None:
    phones = []
    for user, password in PASSWORDS.items():
        enrolled = await lab.server.enrol(user, password)
        phone = _phone(lab, user, enrolled.provisioning)
        closing.callback(phone.sleep)
        await phone.wake()
        phones.append(phone)
    await until(lambda: lab.server.metric("ringfence_device_connections") == 2, 20, "both phones register")
    await until(lambda: len(lab.pbx.bindings()) == 2, 10, "both accounts are registered")
    alice, bob = phones
    alice.program.tell("call sip:bob@pbx.test")
    await until(lambda: "connected" in bob.program.printed(), 20, "bob answers alice's call")
    assert alice.logged("407 Proxy Authentication Required")
    await until(lambda: bob.program.printed().count("Media streams established"), 10, "media flows")
    alice.program.tell("terminate")
    await until(lambda: "ended" in bob.program.printed(), 10, "bob hears the BYE")
