"""A provider's policy: tighter than declared, never looser; invoices and traffic by the country's law."""

import datetime as dt
import json
from pathlib import Path

import pytest

from ringfence.clock import ManualClock
from ringfence.identifiers import ProviderId
from ringfence.privacy.law import Law
from ringfence.privacy.ledger import LedgerEntry
from ringfence.privacy.retention import Retention, RetentionPolicy, TermLoosened, TermNotYours, checked_policy
from ringfence.randomness import SystemRandomness
from tests.unit.privacy.installation import KEPT, PROVIDER, Call, Installation, Token, installed, prepared

LAW, TODAY = Law.load(), dt.date(2027, 1, 15)
DAY = 86_400


def checked(days: dict[str, int]) -> RetentionPolicy:
    return checked_policy(days, "DE", LAW, TODAY, registry=KEPT)


def sweeping(house: Installation, **days: int) -> Retention:
    return Retention(
        house.db, house.keyring, house.clock, SystemRandomness(), ledger=house.ledger,
        policies={PROVIDER: RetentionPolicy(days)}, registry=KEPT,
    )  # fmt: skip


@pytest.mark.promise("CTP-01")
def test_a_policy_tightens_and_never_loosens() -> None:
    assert checked({"sample_call": 7, "sample_token": 1}).days == {"sample_call": 7, "sample_token": 1}
    for days in ({"sample_call": 8}, {"sample_token": 7}, {"sample_call": 0}):
        with pytest.raises(TermLoosened):
            checked(days)


@pytest.mark.promise("ZOI-09")
@pytest.mark.parametrize("table", ["sample_bill", "sample_account", "lease", "unheard_of"])
def test_a_policy_sets_no_term_where_the_law_or_a_state_does(table: str) -> None:
    with pytest.raises(TermNotYours, match=f"table={table}"):
        checked({table: 3})


@pytest.mark.promise("CTP-01")
@pytest.mark.usefixtures("each_database")
async def test_rows_go_when_the_tighter_term_is_over_and_only_the_providers_own(tmp_path: Path) -> None:
    clock = ManualClock()
    async with installed(prepared(tmp_path), clock) as house:
        anna = await house.enrol()
        other = Token(
            id=house.new(), provider=ProviderId("other"), subject=anna, due=clock.time() + 3 * DAY, token=b"t"
        )
        async with house.db.transaction() as unit:
            await unit.add(other)
        retention = sweeping(house, sample_call=1, sample_token=1)
        await retention.sweep()
        clock.advance(DAY + 1)
        assert dict((await retention.sweep()).deleted) == {"sample_call": 1, "sample_token": 1}
        async with house.db.reading() as unit:
            assert (await unit.count(Call), await unit.count(Token)) == (0, 1)


@pytest.mark.promise("CTP-01")
@pytest.mark.usefixtures("each_database")
async def test_each_sweep_leaves_its_evidence_in_the_ledger(tmp_path: Path) -> None:
    clock = ManualClock()
    async with installed(prepared(tmp_path), clock) as house:
        await house.enrol()
        clock.advance(4 * DAY)
        await sweeping(house).sweep()
        async with house.db.reading() as unit:
            entries = [json.loads(each.body) for each in await unit.select(LedgerEntry, provider=PROVIDER)]
        assert {(each["event"], each["facts"]["table"], each["facts"]["count"]) for each in entries} == {
            ("swept", "sample_call", 1), ("swept", "sample_token", 1),
        }  # fmt: skip
