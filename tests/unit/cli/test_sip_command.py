"""`ringfence sip explain`."""

import json
from pathlib import Path

from typer.testing import CliRunner

from ringfence.cli.sip import app
from tests.unit.protocols.sip.examples import INVITE


def test_one_line_a_file_in_order(tmp_path: Path) -> None:
    good, bad, answer = tmp_path / "good", tmp_path / "bad", tmp_path / "answer"
    good.write_bytes(INVITE)
    bad.write_bytes(INVITE.replace(b"SIP/2.0\r\n", b"SIP/7.0\r\n", 1))
    answer.write_bytes(INVITE.replace(b"INVITE sip:bob@example.net SIP/2.0", b"SIP/2.0 180 Ringing"))
    result = CliRunner().invoke(app, ["explain", str(good), str(bad), str(answer)])
    assert result.exit_code == 0
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"file": str(good), "verdict": "accept", "status": None, "reason": "ok", "method": "INVITE"},
        {"file": str(bad), "verdict": "reject", "status": 505, "reason": "version_not_supported", "method": "INVITE"},
        {"file": str(answer), "verdict": "accept", "status": None, "reason": "ok", "code": 180},
    ]


def test_stdin_is_read_by_its_sign() -> None:
    result = CliRunner().invoke(app, ["explain", "-"], input=INVITE)
    assert json.loads(result.stdout)["file"] == "-"
    assert json.loads(result.stdout)["verdict"] == "accept"


def test_a_file_that_can_not_be_read_does_not_hide_the_others(tmp_path: Path) -> None:
    good = tmp_path / "good"
    good.write_bytes(INVITE)
    result = CliRunner().invoke(app, ["explain", str(tmp_path / "missing"), str(good)])
    assert result.exit_code == 2
    assert json.loads(result.stdout)["file"] == str(good)
    assert "missing" in result.stderr


def test_the_help_has_an_example() -> None:
    result = CliRunner().invoke(app, ["explain", "--help"])
    assert "ringfence sip explain call.sip" in result.stdout
