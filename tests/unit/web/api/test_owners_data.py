"""What a device is told of its owner's data, in bounded answers."""

from pathlib import Path

import pytest

from ringfence.privacy.packages import Holdings
from ringfence.web.api import RecordedData
from ringfence.web.api.owners_data import WITHHELD
from tests.unit.privacy.installation import PROVIDER, installed, prepared
from tests.unit.privacy.packages.packing import HIDDEN_CALLER, JUDGEMENT, OTHER_LEG, SAMPLE, contact, peopled


@pytest.mark.promise("ZOI-05")
async def test_the_api_tells_of_others_what_a_copy_tells_and_no_more(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path / "house")) as house:
        anna = await peopled(house)
        data = await RecordedData(Holdings(house.db, house.vault, registry=SAMPLE), house.db, house.ledger).of(
            PROVIDER, anna
        )
    told = str(data)
    for other in (HIDDEN_CALLER, OTHER_LEG, JUDGEMENT):
        assert other not in told
    assert WITHHELD in told


async def test_a_long_table_is_told_in_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ringfence.web.api.owners_data._MOST", 10)
    monkeypatch.setattr("ringfence.privacy.packages.holdings._PAGE", 4)
    async with installed(prepared(tmp_path / "house")) as house:
        anna = await peopled(house)
        holdings = Holdings(house.db, house.vault, registry=SAMPLE)
        async with house.db.transaction() as unit:
            await unit.add_all(contact(house, anna, f"Name {number}") for number in range(9))
        told = await RecordedData(holdings, house.db, house.ledger).of(PROVIDER, anna)
        table = told["tables"]["contact"]  # type: ignore[index]  # a mapping by name
        assert (len(table["rows"]), table["more"]) == (10, False)
        async with house.db.transaction() as unit:
            await unit.add(contact(house, anna, "One more"))
        told = await RecordedData(holdings, house.db, house.ledger).of(PROVIDER, anna)
        table = told["tables"]["contact"]  # type: ignore[index]  # as above
        assert (len(table["rows"]), table["more"]) == (10, True)
