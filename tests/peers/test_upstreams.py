"""Enrolment against PBXs that prove nothing, refuse, or are away: what they get to see, and that nothing is kept."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from tests.peers.conftest import Lab, lab_in
from tests.peers.kamailio import needs_kamailio

pytestmark = [pytest.mark.peers, pytest.mark.timeout(120), needs_kamailio]

PASSWORDS: Final = {"alice": "password-of-alice", "bob": "password-of-bob", "carol": "password-of-carol"}
CAP: Final = 3  # wrong passwords for one account
_OF_NOBODY: Final = {"alembic_version", "lease", "ledger_checkpoint", "notice_edition", "notice_publication"}
CAP_OF_ALL: Final = 8  # for all accounts; half of it is the enrolments'


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    async with lab_in(tmp_path, PASSWORDS, failures_account=CAP, failures_upstream=CAP_OF_ALL) as lab:
        yield lab


@pytest.mark.promise("APP-01")
async def test_a_pbx_that_lets_everybody_in_proves_nothing_so_nobody_is_enrolled(tmp_path: Path) -> None:
    async with lab_in(tmp_path, PASSWORDS, challenges=False) as lab:
        status, problem = await lab.server.try_to_enrol("alice", PASSWORDS["alice"])
        assert (status, problem["code"]) == (502, "upstream_does_not_challenge")
        assert lab.pbx.registered() == {"open": 1}, "one question, and no Contact in it"
        assert not lab.pbx.bindings()
        _assert_nothing_is_kept(lab)


@pytest.mark.promise("ACR-01")
async def test_who_does_not_agree_is_not_enrolled_and_the_pbx_is_not_even_asked(lab: Lab) -> None:
    status, problem = await lab.server.try_to_enrol("alice", PASSWORDS["alice"], agreed=False)
    assert (status, problem["code"]) == (403, "terms_not_agreed")
    assert {"notice", "terms"} <= set(problem), "the versions to agree to are named"
    assert not lab.pbx.asked()
    _assert_nothing_is_kept(lab)


@pytest.mark.promise("APP-01")
async def test_wrong_passwords_reach_the_pbx_as_often_as_the_caps_allow_and_no_more(lab: Lab) -> None:
    answers = [await _wrong(lab, "alice") for _ in range(CAP + 2)]
    assert answers == [(403, "credentials_refused")] * CAP + [(429, "too_many_failures")] * 2
    assert lab.pbx.registered() == {"refused": CAP}

    assert await _wrong(lab, "bob") == (403, "credentials_refused"), "an account's cap is its own ..."
    assert await _wrong(lab, "carol") == (429, "too_many_failures"), "... and all together have theirs"
    assert lab.pbx.registered() == {"refused": CAP_OF_ALL // 2}
    _assert_nothing_is_kept(lab)


async def test_tries_at_the_same_time_do_not_pass_the_cap_together(lab: Lab) -> None:
    answers = await asyncio.gather(*(_wrong(lab, "alice") for _ in range(8)))
    assert sorted(answers) == [(403, "credentials_refused")] * CAP + [(429, "too_many_failures")] * (8 - CAP)
    assert lab.pbx.registered() == {"refused": CAP}
    _assert_nothing_is_kept(lab)


async def test_while_the_pbx_is_away_nobody_is_enrolled_and_nothing_is_kept(lab: Lab) -> None:
    await lab.pbx.stop()
    status, problem = await lab.server.try_to_enrol("alice", PASSWORDS["alice"])
    assert (status, problem["code"]) == (503, "upstream_unavailable")
    _assert_nothing_is_kept(lab)

    await lab.pbx.start()
    for _ in range(CAP + 1):
        await lab.server.enrol("alice", PASSWORDS["alice"])  # neither silence nor a right password is a failure
    assert _kept(lab)["sip_account"] == 1, "where nothing was kept just now, a row would be seen"


async def _wrong(lab: Lab, user: str) -> tuple[int, str]:
    status, problem = await lab.server.try_to_enrol(user, "a wrong password")
    return status, str(problem["code"])


def _assert_nothing_is_kept(lab: Lab) -> None:
    """No row of anybody, no identifier that leads to a person, no key of theirs."""
    assert not {table: rows for table, rows in _kept(lab).items() if rows}


def _kept(lab: Lab) -> dict[str, int]:
    """Rows by table, of all tables that a person could stand in."""
    ours = _counted(lab.server.data / "ringfence.db")
    keys = _counted(lab.server.data / "keyring.db")
    assert {"sip_account", "device", "credential", "push_instance", "agreement", "ledger_entry"} <= set(ours)
    assert {"identifier", "data_key"} <= set(keys)
    ours["ledger_entry"] -= ours["notice_publication"]  # that a notice was published is about nobody
    return {table: rows for table, rows in (ours | keys).items() if table not in _OF_NOBODY}


def _counted(file: Path) -> dict[str, int]:
    database = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {table: database.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] for table in tables}  # noqa: S608 - names out of the schema
    finally:
        database.close()
