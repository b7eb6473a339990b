"""Three providers' lives, up to two years: on no day is anything held that no rule allows."""

import datetime as dt
import json
import os
from pathlib import Path
from typing import Final

import pytest

from ringfence.clock import DAY, ManualClock
from ringfence.identifiers import ProviderId
from ringfence.privacy.rights.certificate import is_genuine
from tests.simulation.checker import judge, look
from tests.simulation.diary import Diary
from tests.simulation.lives import Days
from tests.simulation.town import COUNTRIES, Town, quiet_neighbours, town

_START: Final = dt.datetime(2027, 1, 4, 12, tzinfo=dt.UTC).timestamp()
_DAYS: Final = int(os.environ.get("RINGFENCE_SIMULATED_DAYS", "75"))
"""Two years are 730, and take some ten minutes on two cores; what runs with every change is shorter (`.ci/run`)."""
_MONTH: Final = min(30, _DAYS // 10)
_CHECKED: Final = 3  # days between two looks; each day in the first month and the last
_WEEK: Final = 7
_PEOPLE: Final = 24
_SEED: Final = 7
_VERSIONS: Final = (  # until which day which features are on: each set is a version of the notice
    (_DAYS // 3, ("contacts", "location")),
    (_DAYS * 2 // 3, ("contacts", "location", "media")),
    (_DAYS, ("contacts", "location", "media", "calendar")),
)


@pytest.mark.timeout(3600)
@pytest.mark.promise("ACR-05")
@pytest.mark.promise("CTP-01")
@pytest.mark.promise("CTP-07")
@pytest.mark.promise("CTP-08")
async def test_nothing_is_held_on_any_day_that_no_rule_allows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, each_database: str
) -> None:
    quiet_neighbours(monkeypatch)
    clock, days, done = ManualClock(_START), Days(Diary(), _SEED), 0
    for until, features in _VERSIONS:
        async with town(tmp_path, clock, features=features) as place:
            if done == 0:
                await days.begin(place, _PEOPLE)
            for day in range(done, until):
                await _day(place, days, day)
                if _is_looked_at(day):
                    assert judge(await look(place), days.diary) == []
            done = until
            if done == _DAYS:
                await _all_is_proven(place)


def _is_looked_at(day: int) -> bool:
    return day % _CHECKED == 0 or day < _MONTH or day >= _DAYS - _MONTH


async def _day(place: Town, days: Days, day: int) -> None:
    """People act at noon; what is counted in days is done before each look, a notice is written anew once a week."""
    await days.day(place)
    await place.day()
    place.clock.advance(DAY)
    if day % _WEEK == 0:
        await place.server._announce()
    if _is_looked_at(day):
        await place.day()
        await place.night()


async def _all_is_proven(place: Town) -> None:
    """Chains hold, certificates are genuine and came in time, and no scan found more of anybody than the law keeps."""
    for provider in COUNTRIES:
        assert (await place.kernel.ledger.verify(ProviderId(provider))).sound
    rows = await place.raw("SELECT requested, promised, certificate FROM erasure WHERE certified")
    assert len(rows) > _DAYS / 30
    for requested, promised, certificate in rows:
        assert isinstance(certificate, bytes)
        assert is_genuine(certificate, place.server.public_key)
        told = json.loads(certificate)
        assert told["completed"] <= told["promised_by"]
        assert float(str(promised)) - float(str(requested)) <= 7 * DAY
        assert told["examined"]["found"] == []
    assert place.server.erasures.residues == 0
