"""The operator's commands on a real installation: what is wrong, what to do about it, and how the server ends."""

import json
import socket
from collections import deque
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.peers.conftest import Lab, lab_in
from tests.peers.fcm_standin import Answer
from tests.peers.installation import Installation
from tests.peers.kamailio import needs_kamailio

pytestmark = [pytest.mark.peers, pytest.mark.timeout(120), needs_kamailio]

PASSWORDS = {"alice": "password-of-alice"}


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    """Everything but the server runs."""
    async with lab_in(tmp_path, PASSWORDS, running=False) as lab:
        yield lab


async def test_doctor_finds_nothing_wrong_whether_the_server_runs_or_not(lab: Lab) -> None:
    code, before = await _doctor(lab.server)
    assert (code, _wrong(before)) == (0, {})
    assert {"data_opens", "push_accepted", "pbx_challenges", "port_free", "certificate_good"} <= _verdicts(before)
    assert not lab.pbx.bindings()
    assert not lab.push.sent, "an access token was asked for, and nobody was pushed"
    assert lab.push.exchanges == 1

    await lab.server.start()
    code, beside = await _doctor(lab.server)
    assert (code, _wrong(beside)) == (0, {})
    assert {"already_running", "pbx_challenges", "certificate_good"} <= _verdicts(beside)


async def test_doctor_says_the_remedy_for_each_thing_that_is_wrong(lab: Lab) -> None:
    _set(lab.server, f'public = "localhost:{lab.server.tls}"', 'public = "phones.example.net:5061"')
    lab.push.grants = deque([Answer(400, {"error": "invalid_grant"})] * 10)
    await lab.pbx.stop()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as taken:
        taken.bind(("127.0.0.1", lab.server.http))
        taken.listen()
        code, findings = await _doctor(lab.server)
    assert code == 1
    assert _wrong(findings) == {
        ("certificate", "devices"): "certificate_names_another_host",
        ("push", "default"): "push_refused",
        ("port", "http"): "port_taken",
        ("pbx", "pbx"): "pbx_silent",
    }
    assert all(finding["remedy"] for finding in findings if not finding["ok"])
    assert not [finding for finding in findings if finding["ok"] and finding["remedy"]]


async def test_doctor_says_that_a_pbx_which_lets_everybody_in_proves_nothing(tmp_path: Path) -> None:
    async with lab_in(tmp_path, PASSWORDS, challenges=False, running=False) as lab:
        code, findings = await _doctor(lab.server)
        assert (code, _wrong(findings)) == (1, {("pbx", "pbx"): "pbx_does_not_challenge"})
        assert not lab.pbx.bindings(), "asking left nothing behind"

        ended = await lab.server.command("doctor")
        assert ended.code == 1
        assert "WRONG" in ended.printed
        assert "-> a PBX that lets everybody in proves nothing" in ended.printed


async def test_doctor_names_the_key_of_a_configuration_that_it_can_not_read(lab: Lab) -> None:
    _set(lab.server, "rate = 500", "rat = 500")
    ended = await lab.server.command("doctor")
    assert ended.code == 2
    assert "configuration_unusable" in ended.complained
    assert "`rat`" in ended.complained


async def test_a_broken_keyring_and_a_missing_authority_are_said_and_not_thrown(lab: Lab) -> None:
    authority = lab.directory / "push" / "fcm.pem"
    _set(lab.server, str(authority), str(authority.with_name("absent.pem")))
    code, findings = await _doctor(lab.server)
    assert (code, _wrong(findings)) == (1, {("push", "default"): "push_unusable"})
    ended = await lab.server.command("serve")
    assert (ended.code, "authority_file" in ended.complained) == (2, True), ended.complained

    for file in lab.server.data.glob("keyring.db*"):
        file.write_bytes(b"neither a database nor empty " * 200)
    code, findings = await _doctor(lab.server)
    assert (code, _wrong(findings)) == (1, {("data", str(lab.server.data)): "data_refused"})
    ended = await lab.server.command("serve")
    assert (ended.code, "keyring_damaged" in ended.complained) == (2, True), ended.complained


async def test_a_second_server_on_one_folder_is_refused_and_sigterm_ends_the_first_with_0(lab: Lab) -> None:
    await lab.server.start()
    ended = await lab.server.command("serve")
    assert ended.code == 2
    assert "already_running" in ended.complained
    assert "stop_the_other_process" in ended.complained
    assert lab.server.ask("GET", "/readyz")[0] == 200, "the first one did not notice"

    await lab.server.stop()
    assert await lab.server.ended() == 0
    events = [json.loads(line)["event"] for line in lab.server.printed().splitlines()]
    assert (events[0], events[-1]) == ("serving", "stopping")
    await lab.server.start()


async def test_a_server_whose_port_is_taken_says_so_and_ends(lab: Lab) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as taken:
        taken.bind(("127.0.0.1", lab.server.tls))
        taken.listen()
        ended = await lab.server.command("serve")
    assert ended.code == 2
    assert "Traceback" not in ended.complained
    assert str(lab.server.tls) in ended.complained
    await lab.server.start()


async def _doctor(server: Installation) -> tuple[int, list[dict[str, Any]]]:
    ended = await server.command("doctor", "--format", "json")
    assert not ended.complained
    return ended.code, [json.loads(line) for line in ended.printed.splitlines()]


def _wrong(findings: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
    return {(each["check"], each["what"]): each["verdict"] for each in findings if not each["ok"]}


def _verdicts(findings: list[dict[str, Any]]) -> set[str]:
    return {each["verdict"] for each in findings}


def _set(server: Installation, line: str, instead: str) -> None:
    """Change the configuration as its operator would."""
    text = server.config.read_text()
    assert line in text
    server.config.write_text(text.replace(line, instead))
