"""The commands over the kernel: ledger verify, retention plan, prove-erasure, backup, restore."""

import asyncio
import datetime as dt
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ringfence.app import opened
from ringfence.cli.main import app
from ringfence.clock import SystemClock, day_of
from ringfence.declarations import Keep
from ringfence.identifiers import ProviderId, RowId, SubjectId, UpstreamId
from ringfence.randomness import SystemRandomness
from ringfence.services.calls.records import MissedCall
from ringfence.services.enrolment import SipAccount
from ringfence.settings import load

CONFIG = """
[installation]
data = "data"
[http]
public_url = "https://127.0.0.1:1"
[devices]
public = "127.0.0.1:1"
certificate = "none.pem"
key = "none.pem"
[pbx_side]
listen = "127.0.0.1:1"
[[providers]]
id = "example"
name = "Example"
country = "DE"
controller = "Example GmbH, Berlin"
privacy_officer = "dpo@example.net"
supervisory_authority = "BfDI, Bonn"
[[providers.upstreams]]
id = "pbx"
domain = "sip.example.net"
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "ringfence.toml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "ringfence.toml"


def ringfence(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--config", str(config)])


@pytest.mark.promise("ACR-05")
@pytest.mark.promise("CTP-12")
def test_a_fresh_installation_proves_that_it_erases_every_declared_column(config: Path) -> None:
    proven = ringfence(config, "prove-erasure", "--format", "json")
    assert proven.exit_code == 0, proven.output
    content = json.loads(proven.stdout)
    assert content["held"] is True
    assert content["declared_columns_seen_before"] >= 30
    said = ringfence(config, "prove-erasure", "--with-backup")
    assert said.exit_code == 0
    assert "nothing was found after it" in said.stdout
    assert "1 backups still open" in said.stdout


def test_a_proof_that_does_not_hold_ends_with_one(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ringfence.privacy.rights.Examination.clean", False)
    assert ringfence(config, "prove-erasure").exit_code == 1


def test_a_sound_ledger_ends_with_nought_and_a_damaged_one_with_one(config: Path) -> None:
    ringfence(config, "prove-erasure")
    sound = ringfence(config, "ledger", "verify", "--checkpoint")
    assert (sound.exit_code, sound.stdout) == (0, "example: 6 entries, 0 checkpoints, sound\n")
    with closing(sqlite3.connect(config.parent / "data" / "ringfence.db")) as connection, connection:
        connection.execute("UPDATE ledger_entry SET body = replace(body, 'asked', 'xsked') || 'x' WHERE number = 2")
        connection.execute("UPDATE ledger_entry SET body = CAST(body AS BLOB) WHERE number = 2")
    damaged = ringfence(config, "ledger", "verify")
    assert damaged.exit_code == 1
    assert damaged.stdout == "example: 6 entries, 1 checkpoints, 1 damaged\n  entry 2: body\n"


def test_the_plan_of_an_empty_installation_is_empty(config: Path) -> None:
    assert ringfence(config, "retention", "plan").stdout == "Nothing about anybody is kept.\n"
    assert json.loads(ringfence(config, "retention", "plan", "--format", "json").stdout) == []


async def keep_two_rows(config: Path, day: dt.date) -> None:
    """A missed call that is due on that day, and an account that stays as long as its owner."""
    due = dt.datetime.combine(day, dt.time(12), dt.UTC).timestamp()
    async with opened(load(config), SystemClock(), SystemRandomness()) as kernel, kernel.db.transaction() as unit:
        provider, anna = ProviderId("example"), SubjectId("anna")
        await unit.add_all(
            (
                MissedCall(
                    id=RowId("1"), provider=provider, subject=anna, due=due, at=1.0, caller_name="canary",
                    caller_uri="sip:canary@x",
                ),
                SipAccount(
                    id=RowId("2"), provider=provider, subject=anna, upstream=UpstreamId("pbx"), address="canary@x"
                ),
            )
        )  # fmt: skip


@pytest.mark.parametrize("days", [3, -2])
def test_the_plan_says_what_goes_when_and_why_and_deletes_nothing(config: Path, days: int) -> None:
    today = day_of(SystemClock().time())
    asyncio.run(keep_two_rows(config, today + dt.timedelta(days)))
    for _ in range(2):
        plan = json.loads(ringfence(config, "retention", "plan", "--format", "json").stdout)
        assert [(row["table"], row["rows"], row["day"]) for row in plan] == [
            ("missed_call", 1, (today + dt.timedelta(max(days, 0))).isoformat()), ("sip_account", 1, None),
        ]  # fmt: skip
    assert [row["why"] for row in plan] == [Keep.SHORT_CALLS.sentence, Keep.WHILE_ENROLLED.sentence]
    said = ringfence(config, "retention", "plan").stdout
    assert "by state" in said
    assert "canary" not in said


def test_a_backup_is_put_back_where_nothing_lies(config: Path) -> None:
    ringfence(config, "prove-erasure")
    backup = config.parent / "monday"
    made = ringfence(config, "backup", str(backup))
    assert made.exit_code == 0
    assert "only with the key file, which is not in it" in made.stdout
    again = ringfence(config, "restore", str(backup))
    assert again.exit_code == 2
    assert "target_not_empty" in again.stderr
    for path in (config.parent / "data").glob("*.db*"):
        path.unlink()
    restored = ringfence(config, "restore", str(backup))
    assert restored.exit_code == 0, restored.output
    assert "0 persons erased again" in restored.stdout
    assert ringfence(config, "ledger", "verify").exit_code == 0
