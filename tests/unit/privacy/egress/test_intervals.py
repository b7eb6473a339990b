"""From which day to which day each mechanism holds: written down a second time, by hand, from the decisions."""

import datetime as dt

import pytest

from ringfence.privacy.egress import MechanismTable

OPEN = None
INTERVALS = {  # first day, first day no longer; where contracts could be made only before a day, that day
    "us-safe-harbor": ("2000-07-26", "2015-10-06", OPEN),
    "eu-us-privacy-shield": ("2016-08-01", "2020-07-16", OPEN),
    "ch-us-privacy-shield": ("2017-04-12", "2020-09-08", OPEN),
    "eu-us-dpf": ("2023-07-10", OPEN, OPEN),
    "uk-us-dpf-extension": ("2023-10-12", OPEN, OPEN),
    "ch-us-dpf": ("2024-09-15", OPEN, OPEN),
    "scc-2001": ("2001-06-15", "2022-12-27", "2021-09-27"),
    "scc-2004": ("2004-12-27", "2022-12-27", "2021-09-27"),
    "scc-2010": ("2010-02-05", "2022-12-27", "2021-09-27"),
    "scc-2021-c2c": ("2021-06-27", OPEN, OPEN),
    "scc-2021-c2p": ("2021-06-27", OPEN, OPEN),
    "scc-2021-p2p": ("2021-06-27", OPEN, OPEN),
    "scc-2021-p2c": ("2021-06-27", OPEN, OPEN),
    "bcr": ("2018-05-25", OPEN, OPEN),
    "uk-idta": ("2022-03-21", OPEN, OPEN),
    "uk-addendum": ("2022-03-21", OPEN, OPEN),
    "eu-adequacy-ch": ("2000-07-26", OPEN, OPEN),
    "eu-adequacy-ca": ("2001-12-20", OPEN, OPEN),
    "eu-adequacy-ar": ("2003-06-30", OPEN, OPEN),
    "eu-adequacy-gg": ("2003-11-21", OPEN, OPEN),
    "eu-adequacy-im": ("2004-04-28", OPEN, OPEN),
    "eu-adequacy-je": ("2008-05-08", OPEN, OPEN),
    "eu-adequacy-fo": ("2010-03-05", OPEN, OPEN),
    "eu-adequacy-ad": ("2010-10-19", OPEN, OPEN),
    "eu-adequacy-il": ("2011-01-31", OPEN, OPEN),
    "eu-adequacy-uy": ("2012-08-21", OPEN, OPEN),
    "eu-adequacy-nz": ("2012-12-19", OPEN, OPEN),
    "eu-adequacy-jp": ("2019-01-23", OPEN, OPEN),
    "eu-adequacy-kr": ("2021-12-17", OPEN, OPEN),
    "eu-adequacy-gb": ("2021-06-28", "2031-12-27", OPEN),
    "eu-adequacy-br": ("2026-01-26", OPEN, OPEN),
    "uk-adequacy-eea": ("2020-12-31", OPEN, OPEN),
    "ch-adequacy-annex-1": ("2023-09-01", OPEN, OPEN),
}


def day(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)


@pytest.mark.promise("IPS-07")
@pytest.mark.promise("CTP-05")
def test_every_mechanism_holds_between_its_own_days() -> None:
    table = MechanismTable.load().mechanisms.values()
    found = {each.id: (each.valid_from, each.valid_to, each.new_until) for each in table}
    assert found == {name: tuple(map(day, days)) for name, days in INTERVALS.items()}
