"""`ringfence staff`: invite, list, remove, while no server runs."""

import asyncio
import json
from pathlib import Path

import pyotp
import pytest
from typer.testing import CliRunner, Result

from ringfence.app import opened
from ringfence.app.staff import erasures_at_rest, staff_of
from ringfence.cli.main import app
from ringfence.clock import SystemClock
from ringfence.randomness import SystemRandomness
from ringfence.settings import load
from tests.unit.cli.test_kernel_commands import CONFIG


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "ringfence.toml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "ringfence.toml"


def staff(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["staff", *arguments, "--config", str(config)])


def invited(config: Path, *more: str) -> Result:
    return staff(config, "invite", "--role", "officer", "--name", "Olga", "--mail", "olga@example.net", *more)


def test_the_link_of_an_invitation_opens_the_console(config: Path) -> None:
    made = json.loads(invited(config, "--format", "json", "--role", "support").stdout)
    assert made["link"].startswith(f"https://127.0.0.1:1/console/join/{made['id']}.")

    async def join() -> None:
        async with opened(load(config), SystemClock(), SystemRandomness()) as kernel:
            service = staff_of(kernel, erasures_at_rest(kernel))
            opening = await service.entrance.open_invitation(made["link"].rpartition("/")[2])
            code = pyotp.TOTP(opening.code_secret).generate_otp(int(kernel.clock.time() // 30))
            await service.entrance.join_by_code(opening.ticket, "four words in a row", code)

    asyncio.run(join())
    (member,) = json.loads(staff(config, "list", "--format", "json").stdout)
    assert member == {
        "id": made["id"], "name": "Olga", "mail": "olga@example.net", "roles": ["officer", "support"],
        "state": "active", "confidentiality_accepted": None,
    }  # fmt: skip


def test_an_invitation_is_told_in_words_with_its_end(config: Path) -> None:
    said = invited(config, "--provider", "example")
    assert said.exit_code == 0, said.output
    assert "/console/join/" in said.stdout
    assert "Good once, until 20" in said.stdout
    assert "invited" in staff(config, "list").stdout


def test_whoever_is_removed_is_gone_and_nobody_is_removed_twice(config: Path) -> None:
    member = json.loads(invited(config, "--format", "json").stdout)["id"]
    assert staff(config, "remove", member).exit_code == 0
    assert staff(config, "list").stdout == "Nobody has access.\n"
    again = staff(config, "remove", member, "--format", "json")
    assert (again.exit_code, json.loads(again.stdout)) == (1, {"removed": False})


@pytest.mark.parametrize(
    "arguments",
    [
        ("invite", "--role", "officer", "--name", "Olga", "--mail", "no mail"),
        ("invite", "--role", "officer", "--name", "Olga", "--mail", "o@example.net", "--provider", "unknown"),
        ("invite", "--role", "king", "--name", "Olga", "--mail", "o@example.net"),
        ("invite", "--name", "Olga", "--mail", "o@example.net"),
    ],
)
def test_what_can_not_be_invited_ends_with_two_and_leaves_nobody(config: Path, arguments: tuple[str, ...]) -> None:
    assert staff(config, *arguments).exit_code == 2
    assert staff(config, "list").stdout == "Nobody has access.\n"
