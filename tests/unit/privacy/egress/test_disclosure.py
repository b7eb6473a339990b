"""The disclosure log: one row per person, recipient and flow, written off the call path."""

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ringfence.declarations import REGISTRY
from ringfence.identifiers import RecipientId, SubjectId
from ringfence.persistence import UnitOfWork
from ringfence.privacy.egress import Concerned, Disclosure, DisclosureLog
from ringfence.privacy.rights import Reason
from ringfence.randomness import SystemRandomness
from tests.unit.privacy.installation import PROVIDER, Installation, installed, prepared

pytestmark = pytest.mark.usefixtures("each_database")

PUSH = RecipientId("push")
MONDAY, TUESDAY, FRIDAY = dt.date(2027, 1, 11), dt.date(2027, 1, 12), dt.date(2027, 1, 15)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Installation]:
    async with installed(prepared(tmp_path)) as opened:
        yield opened


def log(house: Installation) -> DisclosureLog:
    return DisclosureLog(house.db, SystemRandomness())


async def rows(house: Installation, subject: SubjectId) -> list[tuple[str, str, dt.date, dt.date]]:
    async with house.db.reading() as unit:
        found = await unit.select(Disclosure, subject=subject)
    return sorted((row.recipient, row.flow, row.first_day, row.last_day) for row in found)


@pytest.mark.promise("APP-11")
async def test_a_thousand_pushes_are_one_row_with_its_first_and_last_day(house: Installation) -> None:
    anna = await house.enrol()
    disclosures = log(house)
    for day in (TUESDAY, MONDAY, FRIDAY):
        for _ in range(300):
            disclosures.note(Concerned(PROVIDER, anna), PUSH, "wake.push", day)
        await disclosures.flush()
    assert await rows(house, anna) == [("push", "wake.push", MONDAY, FRIDAY)]


async def test_flows_and_recipients_are_kept_apart(house: Installation) -> None:
    anna = await house.enrol()
    disclosures = log(house)
    for recipient, flow in (("push", "wake.push"), ("push", "wake.warning"), ("mail", "wake.push")):
        disclosures.note(Concerned(PROVIDER, anna), RecipientId(recipient), flow, MONDAY)
    assert await disclosures.flush() == 3
    assert len(await rows(house, anna)) == 3
    assert await disclosures.flush() == 0


async def test_nothing_is_written_again_when_nothing_is_new(
    house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = await house.enrol()
    disclosures = log(house)
    disclosures.note(Concerned(PROVIDER, anna), PUSH, "wake.push", MONDAY)
    await disclosures.flush()
    disclosures.note(Concerned(PROVIDER, anna), PUSH, "wake.push", MONDAY)
    monkeypatch.setattr(UnitOfWork, "replace", None)  # would fail if called
    await disclosures.flush()


async def test_what_is_pending_about_a_person_who_went_is_left_out_and_the_others_written(house: Installation) -> None:
    anna, boris = await house.enrol(), await house.enrol("boris@sip.example.org")
    disclosures = log(house)
    disclosures.note(Concerned(PROVIDER, anna), PUSH, "wake.push", MONDAY)
    disclosures.note(Concerned(PROVIDER, boris), PUSH, "wake.push", MONDAY)
    erasures = house.erasures(registry=REGISTRY)
    await erasures.request(PROVIDER, anna, Reason.ASKED)
    await disclosures.flush()
    assert await rows(house, anna) == []
    assert len(await rows(house, boris)) == 1


async def test_what_is_pending_about_one_person_can_be_dropped(house: Installation) -> None:
    anna = await house.enrol()
    disclosures = log(house)
    disclosures.note(Concerned(PROVIDER, anna), PUSH, "wake.push", MONDAY)
    disclosures.forget(anna)
    assert await disclosures.flush() == 0
