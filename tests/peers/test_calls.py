"""One call in all its ways to end, with SIPp as the caller, Kamailio as the PBX, linphonec and a small TLS phone."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import pytest

from ringfence.demo.phone import Phone, Ringing
from tests.peers.conftest import Lab, lab_in
from tests.peers.installation import Enrolled
from tests.peers.kamailio import needs_kamailio
from tests.peers.linphone import Linphone, needs_linphone
from tests.peers.phone import connected
from tests.peers.process import free_port, until
from tests.peers.sipp import Sipp, needs_sipp

pytestmark = [pytest.mark.peers, pytest.mark.timeout(120), needs_kamailio, needs_sipp]

PASSWORD: Final = "password-of-alice"
CALLER: Final = "+4915550199"
RING_SECONDS: Final = 5  # the shortest that the configuration takes


@pytest.fixture
async def trunk() -> int:
    return free_port()


@pytest.fixture
async def lab(tmp_path: Path, trunk: int) -> AsyncIterator[Lab]:
    """Its pushes have the shape of our own builds."""
    async with lab_in(tmp_path, {"alice": PASSWORD}, trunk=[trunk], profile="ringfence") as lab:
        yield lab


@pytest.fixture
async def stock_lab(tmp_path: Path, trunk: int) -> AsyncIterator[Lab]:
    """Its pushes have the shape that a stock Linphone expects."""
    async with lab_in(tmp_path, {"alice": PASSWORD}, trunk=[trunk]) as lab:
        yield lab


@pytest.mark.pitfall(4)
@pytest.mark.pitfall(24)
@pytest.mark.pitfall(29)
async def test_a_caller_who_gives_up_while_the_phone_sleeps_hears_487_and_the_phone_hears_of_it(
    lab: Lab, trunk: int, closing: AsyncExitStack
) -> None:
    alice = await _enrolled(lab)
    caller = await _caller(lab, trunk, "cancelled.xml")
    ref = await _pushed(lab)
    await _ends_well(caller)

    await until(lambda: len(lab.push.sent) == 2, 10, "the push that says it is over")
    assert lab.push.sent[1].message["data"] == {"v": "1", "call": ref, "over": "1"}
    assert await _state_of(lab, alice, ref) == "gone"
    await until(lambda: _missed(lab) == 1, 10, "the missed call is kept")

    phone = await _connected(lab, alice, closing)
    second = await _caller(lab, trunk, "cancelled.xml")
    rings = await _rings(phone)
    await _ends_well(second)
    assert rings.request.first("x-ringfence-call") != ref, "what rang is the second call, the first is over"


@pytest.mark.pitfall(4)
@needs_linphone
async def test_a_caller_who_gives_up_while_the_phone_rings_makes_it_stop(
    stock_lab: Lab, trunk: int, closing: AsyncExitStack
) -> None:
    lab = stock_lab
    alice = await _enrolled(lab)
    phone = _linphone(lab, alice, answers=False)
    closing.callback(phone.sleep)
    caller = await _caller(lab, trunk, "cancelled.xml", rings=2)
    await until(lambda: lab.push.sent, 10, "a push leaves")
    await phone.wake()
    await until(lambda: CALLER in phone.program.printed(), 30, "the phone rings")
    await _ends_well(caller)
    await until(lambda: "ended" in phone.program.printed(), 10, "the phone stops ringing")
    await until(lambda: _ends(lab, "cancelled") == 1, 10)


@pytest.mark.promise("CTP-02")
@pytest.mark.pitfall(19)
@pytest.mark.pitfall(24)
async def test_a_phone_that_never_wakes_costs_the_caller_the_deadline_and_comes_too_late(
    tmp_path: Path, trunk: int, closing: AsyncExitStack
) -> None:
    async with lab_in(
        tmp_path, {"alice": PASSWORD}, trunk=[trunk], profile="ringfence", ring_seconds=RING_SECONDS
    ) as lab:
        alice = await _enrolled(lab)
        caller = await _caller(lab, trunk, "unanswered.xml")
        ref = await _pushed(lab)
        assert await _state_of(lab, alice, ref) == "held"
        await _ends_well(caller)

        assert await _state_of(lab, alice, ref) == "gone"
        phone = await _connected(lab, alice, closing)
        assert phone.incoming.empty()
        await until(lambda: _missed(lab) == 1, 10, "the missed call is kept")
        status, data = await asyncio.to_thread(lab.server.ask, "GET", "/v1/account/data", token=alice.token)
        assert status == 200
        assert CALLER in str(data), "its owner can read who called ..."
        files = [file for file in lab.server.directory.rglob("*") if file.is_file()]
        assert not [file for file in files if CALLER.encode() in file.read_bytes()], "... and no file says it plainly"


@needs_linphone
async def test_the_called_phone_hangs_up(stock_lab: Lab, trunk: int, closing: AsyncExitStack) -> None:
    lab = stock_lab
    phone = _linphone(lab, await _enrolled(lab), answers=True)
    closing.callback(phone.sleep)
    caller = await _caller(lab, trunk, "patient.xml")
    await until(lambda: lab.push.sent, 10, "a push leaves")
    await phone.wake()
    await until(lambda: "Media streams established" in phone.program.printed(), 30, "the phone answers, and they talk")
    phone.program.tell("terminate")
    await _ends_well(caller)
    await until(lambda: _ends(lab, "answered") == 1, 10)


@pytest.mark.pitfall(3)
@pytest.mark.pitfall(4)
@pytest.mark.pitfall(8)
@pytest.mark.pitfall(18)
async def test_of_three_devices_one_answers_one_stops_ringing_and_one_need_not_wake(
    lab: Lab, trunk: int, closing: AsyncExitStack
) -> None:
    answering, ringing, sleeping = [await _enrolled(lab, f"token-{name}") for name in ("one", "two", "three")]
    first, second = [await _connected(lab, device, closing) for device in (answering, ringing)]
    caller = await _caller(lab, trunk, "caller.xml")
    ref = await _pushed(lab, "token-three")
    rings, other = await _rings(first), await _rings(second)
    assert await _state_of(lab, sleeping, ref) == "held"

    conversation = await rings.answer()
    reason = await asyncio.wait_for(other.over, 10)
    assert reason.replace(" ", "").lower().startswith("sip;cause=200"), "answered elsewhere is no missed call"
    await until(lambda: {"v": "1", "call": ref, "over": "1"} in _told(lab, "token-three"), 10, "a quiet push")
    assert await _state_of(lab, sleeping, ref) == "gone"

    assert await conversation.talk(10) >= 10
    await asyncio.wait_for(conversation.ended.wait(), 15)
    await _ends_well(caller)
    assert (_ends(lab, "answered"), _ends(lab, "answered_elsewhere")) == (1, 2)
    assert _missed(lab) == 0


async def _enrolled(lab: Lab, push_token: str = "") -> Enrolled:
    """Alice, whose account stands registered at the PBX."""
    enrolled = await lab.server.enrol("alice", PASSWORD, push_token=push_token)
    await until(lambda: lab.pbx.bindings().get("alice"), 10, "Ringfence holds the registration", every=0.1)
    return enrolled


async def _connected(lab: Lab, enrolled: Enrolled, closing: AsyncExitStack) -> Phone:
    phone = await connected(lab, "alice", enrolled)
    closing.callback(phone.close)
    return phone


def _linphone(lab: Lab, enrolled: Enrolled, *, answers: bool) -> Linphone:
    home = lab.directory / "phone"
    home.mkdir()
    authority = lab.server.certificates.authority
    return Linphone(home, provisioning=enrolled.provisioning, authority=authority, answers=answers)


async def _caller(lab: Lab, trunk: int, scenario: str, rings: int = 1) -> Sipp:
    target = f"127.0.0.1:{lab.pbx.port}"
    return await Sipp(lab.directory, scenario, target, service="alice", port=trunk, rings=rings).start()


async def _ends_well(caller: Sipp) -> None:
    assert await caller.wait(60) == 0, caller.printed()[-2000:]


async def _pushed(lab: Lab, token: str = "") -> str:
    """The reference that the first push for a call carries (to the device with `token`, if given)."""
    await until(lambda: [data for data in _told(lab, token) if "box" in data], 10, "a push leaves")
    data = _told(lab, token)[0]
    assert set(data) == {"v", "call", "by", "box"}
    return data["call"]


def _told(lab: Lab, token: str = "") -> list[dict[str, str]]:
    return [sent.message["data"] for sent in lab.push.sent if token in ("", sent.message["token"])]


async def _rings(phone: Phone) -> Ringing:
    return await asyncio.wait_for(phone.incoming.get(), 15)


async def _state_of(lab: Lab, enrolled: Enrolled, ref: str) -> str:
    """What a device hears that asks for a call."""
    status, answer = await asyncio.to_thread(lab.server.ask, "GET", f"/v1/calls/{ref}", token=enrolled.token)
    assert status == 200
    return str(answer["state"])


def _ends(lab: Lab, state: str) -> float:
    return lab.server.metric("ringfence_call_ends_total", state=state)


def _missed(lab: Lab) -> int:
    database = sqlite3.connect(f"file:{lab.server.data / 'ringfence.db'}?mode=ro", uri=True)
    try:
        return int(database.execute("SELECT count(*) FROM missed_call").fetchone()[0])
    finally:
        database.close()
