"""That the checker can fail: each thing that would go wrong, done once, is found; and as things are, nothing is."""

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
import sqlalchemy as sa

from ringfence.clock import DAY, ManualClock
from ringfence.declarations import IdentifierKind, Keep
from ringfence.identifiers import ProviderId, RowId, SubjectId
from ringfence.persistence import Place
from ringfence.privacy.restriction import Ground
from ringfence.privacy.vault import KeptClass
from ringfence.services.calls import Caller
from ringfence.services.calls.records import MissedCall
from tests.simulation.checker import judge, look
from tests.simulation.diary import Diary, Held, Life
from tests.simulation.lives import Days
from tests.simulation.town import PROVIDERS, Town, quiet_neighbours, town

_START: Final = dt.datetime(2027, 1, 4, 12, tzinfo=dt.UTC).timestamp()


@dataclass
class Few:
    """Three people who enrolled today."""

    place: Town
    diary: Diary

    @property
    def first(self) -> Life:
        return self.diary.lives[0]

    async def found(self) -> str:
        return "\n".join(judge(await look(self.place), self.diary))

    async def pass_days(self, count: int) -> None:
        """Their phones are heard of each day; nothing is swept."""
        for _ in range(count):
            self.place.clock.advance(DAY)
            for life in self.diary.here():
                life.heard = self.place.clock.time()
                self.place.server.enrolment.registered(life.devices[0])
            await self.place.day()


@pytest.fixture
async def few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Few]:
    quiet_neighbours(monkeypatch)
    diary = Diary()
    async with town(tmp_path, ManualClock(_START)) as place:
        await Days(diary, seed=1).begin(place, 3)
        yield Few(place, diary)


async def test_as_things_are_nothing_is_found(few: Few) -> None:
    assert await few.found() == ""
    await few.pass_days(2)
    await few.place.night()
    assert await few.found() == ""


@pytest.mark.promise("CTP-01")
async def test_a_sweep_that_never_came_is_found(few: Few) -> None:
    few.place.server.missed.note(few.first.subject, few.first.provider, Caller("M", "sip:m@x.example"), _START)
    await few.pass_days(9)
    said = await few.found()
    assert "row of missed_call" in said
    assert "was due on 2027-01-11" in said
    await few.place.night()
    assert await few.found() == ""


@pytest.mark.promise("CTP-01")
async def test_a_term_that_was_made_longer_is_found(few: Few) -> None:
    few.place.server.missed.note(few.first.subject, few.first.provider, Caller("M", "sip:m@x.example"), _START)
    await few.pass_days(1)
    table = MissedCall.declaration.table
    async with few.place.kernel.db.transaction() as unit:
        await unit.execute(sa.update(table).values(due=_START + 9 * DAY))
    assert "its term is longer than declared" in await few.found()


@pytest.mark.promise("ACR-05")
async def test_somebody_who_fell_silent_and_was_not_erased_is_found(few: Few) -> None:
    few.first.silent = True
    few.place.clock.advance(8 * DAY)
    said = await few.found()
    assert "somebody should be gone, and has no tombstone" in said
    assert "row of sip_account" in said


@pytest.mark.promise("ACR-05")
async def test_an_erasure_without_certificate_after_seven_days_is_found(few: Few) -> None:
    life = few.first
    await few.place.server.enrolment.departures.leave(life.provider, life.subject)
    life.left = few.place.clock.time()
    few.place.clock.advance(8 * DAY)
    assert "has no certificate" in await few.found()
    await few.place.server.erasures.resume()
    life.heard = few.place.clock.time()
    assert "has no certificate" not in await few.found()


@pytest.mark.promise("ACR-05")
async def test_a_key_that_was_kept_of_somebody_who_is_gone_is_found(few: Few, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring, life = few.place.kernel.keyring, few.first
    before, forget = keyring.subjects(), type(keyring).forget

    def lax(_: object, subject: SubjectId, keeping: tuple[KeptClass, ...] = ()) -> None:
        forget(keyring, subject, (*keeping, KeptClass.of(Keep.WHILE_ENROLLED)))

    monkeypatch.setattr(type(keyring), "forget", lax)
    monkeypatch.setattr(type(keyring), "is_forgotten", lambda *_: True)
    await few.place.server.enrolment.departures.leave(life.provider, life.subject)
    life.left = few.place.clock.time()
    await few.place.day()
    assert life.subject in before
    assert "its person is gone, and nothing is kept under it" in await few.found()


async def test_a_key_or_an_identifier_of_nobody_is_found(few: Few) -> None:
    keyring, nobody = few.place.kernel.keyring, SubjectId("nobody")
    keyring.bind(few.first.provider, IdentifierKind.MAIL, "nobody@mail.example", nobody)
    keyring.ensure_keys([Place(few.first.provider, 1, "", nobody, RowId("1"), Keep.WHILE_ENROLLED, None)])
    said = await few.found()
    assert "key WHILE_ENROLLED of period 0: nobody we know" in said
    assert "a mail leads to nobody we know" in said


async def test_a_file_of_no_package_is_found(few: Few) -> None:
    exports = few.place.kernel.places.data / "exports"
    exports.mkdir(exist_ok=True)
    (exports / "forgotten").touch()
    assert "a file in exports is of no living package" in await few.found()


@pytest.mark.promise("CTP-01")
async def test_an_invitation_that_nobody_took_up_leaves_nothing(few: Few) -> None:
    days = Days(few.diary, seed=2)
    await days._invite(few.place)
    assert await few.found() == ""
    await few.pass_days(30)
    await few.place.night()
    assert await few.found() == ""


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_a_restriction_can_be_lifted_after_its_person_has_gone_also_where_their_data_is_blocked(
    few: Few, provider: ProviderId
) -> None:
    days = Days(few.diary, seed=3)
    while not (there := [life for life in few.diary.lives if life.provider == provider]):
        await days.begin(few.place, 1)
    restrictions, life = few.place.server.rights.restrictions, there[0]
    restriction = await restrictions.restrict(provider, life.subject, ground=Ground.UNLAWFUL, tables=("agreement",))
    held = Held(restriction, provider, life.subject, frozenset({"agreement"}))
    few.diary.held.append(held)
    await few.place.server.enrolment.departures.leave(provider, life.subject)
    life.left = few.place.clock.time()
    await few.pass_days(1)
    assert await few.found() == ""
    await restrictions.lift(provider, restriction)
    held.released = few.place.clock.time()
    await few.place.night()
    assert await few.found() == ""
