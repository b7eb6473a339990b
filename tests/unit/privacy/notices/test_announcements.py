"""Announcements: everybody is told at least a month before, and nobody is moved to what they were not told of."""

import datetime as dt
from pathlib import Path

import pytest

from ringfence.clock import DAY, day_of
from ringfence.declarations import Purpose
from ringfence.identifiers import ProviderId, RowId
from ringfence.privacy.ledger import Event
from ringfence.privacy.notices import (
    Channel,
    NamedRecipient,
    NothingToObject,
    UnknownEdition,
    UnknownProvider,
)
from ringfence.privacy.rights import Reason
from tests.unit.privacy.notices.house import PROVIDER, housed
from tests.unit.privacy.notices.texts import POLICY, changed

MORE = changed(recipients=(*POLICY.recipients, NamedRecipient("Mail GmbH", "DE", "processor")))
AT_HOME = changed(recipients=())


@pytest.fixture(autouse=True)
def _databases(each_database: str) -> None:
    """On both."""


@pytest.mark.promise("APP-10")
@pytest.mark.promise("ZOI-23")
async def test_over_two_months_everybody_is_told_a_month_before_it_holds_for_them(tmp_path: Path) -> None:
    async with housed(tmp_path / "house") as house:
        await house.publish()
        anna = house.enrol("anna", mail="anna@example.org")
        bert = house.enrol("bert", administrator="boss@firm.example")
        cleo = house.enrol("cleo")
        await house.publish(MORE)
        told = await house.announcements.announce(PROVIDER)
        assert (told.mailed, told.administrators, told.failed, told.later) == (1, 1, 0, 1)
        told_at = {anna: house.clock.time(), bert: house.clock.time(), cleo: house.clock.time() + 20 * DAY}
        held_since: dict[str, float] = {}
        for _ in range(62):  # days
            if house.clock.time() == told_at[cleo]:
                pending = await house.announcements.pending_for(PROVIDER, cleo, "en")
                assert pending is not None
                await house.announcements.shown(PROVIDER, cleo, pending.publication.id)
            for person in (anna, bert, cleo):
                if await house.held(person) == 2:
                    held_since.setdefault(person, house.clock.time())
            await house.announcements.announce(PROVIDER)
            house.clock.advance(DAY)
        assert len(house.mails.sent) == 2
        for person, at in told_at.items():
            assert day_of(held_since[person]) > day_of(at).replace(month=day_of(at).month + 1)
        assert day_of(held_since[anna]) == dt.date(2027, 2, 16)
        assert day_of(held_since[cleo]) == dt.date(2027, 3, 5)
        assert await house.in_ledger(Event.CHANGE_ANNOUNCED) == 3


@pytest.mark.promise("APP-10")
async def test_whoever_was_never_told_stays_where_they_are(tmp_path: Path) -> None:
    async with housed(tmp_path / "house") as house:
        await house.publish()
        asleep = house.enrol("asleep")
        await house.publish(MORE)
        house.clock.advance(300 * DAY)
        assert await house.held() == 2
        assert await house.held(asleep) == 1
        pending = await house.announcements.pending_for(PROVIDER, asleep, "en")
        assert pending is not None
        assert not pending.told
        assert pending.holds_from > house.clock.time() + 28 * DAY
        # and a later one, which newcomers need not be told of, does not carry them along
        await house.publish(changed(recipients=MORE.recipients, privacy_officer="privacy@example.net"))
        assert await house.held() == 3
        assert await house.held(asleep) == 1


async def test_newcomers_are_told_nothing_and_enrol_to_what_holds(tmp_path: Path) -> None:
    async with housed(tmp_path / "house") as house:
        await house.publish()
        await house.publish(MORE)
        early = house.enrol("early", mail="early@example.org")
        house.clock.advance(40 * DAY)
        late = house.enrol("late", mail="late@example.org")
        await house.announcements.announce(PROVIDER)
        assert [mail.to for mail in house.mails.sent] == ["early@example.org"]
        assert (await house.held(early), await house.held(late)) == (1, 2)
        assert await house.announcements.pending_for(PROVIDER, late, "en") is None


@pytest.mark.promise("CTP-14")
@pytest.mark.promise("ZOI-23")
@pytest.mark.parametrize(
    ("language", "on_that_day", "new_recipient"),
    [
        ("en", "16 February 2027", "New recipient: Mail GmbH (Germany)"),
        ("de", "16. Februar 2027", "Neuer Empfänger: Mail GmbH (Deutschland)"),
        ("fr", "16 février 2027", "Nouveau destinataire : Mail GmbH (Allemagne)"),
        ("es", "16 de febrero de 2027", "Nuevo destinatario: Mail GmbH (Alemania)"),
        ("cs", "16. února 2027", "Nový příjemce: Mail GmbH (Německo)"),
        ("bg", "16 февруари 2027 г.", "Нов получател: Mail GmbH (Германия)"),  # noqa: RUF001 - Bulgarian
    ],
)
async def test_a_mail_says_what_changes_and_when_and_how_to_object(
    tmp_path: Path, language: str, on_that_day: str, new_recipient: str
) -> None:
    async with housed(tmp_path / "house") as house:
        await house.publish()
        anna = house.enrol("anna", language=language, mail="anna@example.org")
        await house.publish(MORE)
        await house.announcements.announce(PROVIDER)
        (mail,) = house.mails.sent
        assert mail.concerned == anna
        for part in (mail.text, mail.html):
            assert on_that_day in part
            assert new_recipient in part
            assert POLICY.privacy_officer in part
            assert POLICY.supervisory_authority in part
            assert "{" not in part
        assert f'lang="{language}"' in mail.html


async def test_an_administrator_is_told_once_for_all_people_of_the_organisation(tmp_path: Path) -> None:
    async with housed(tmp_path / "house") as house:
        await house.publish()
        people = [house.enrol(f"clerk{i}", administrator="boss@firm.example") for i in range(3)]
        await house.publish(MORE)
        await house.announcements.announce(PROVIDER)
        (mail,) = house.mails.sent
        assert mail.concerned is None
        assert "people in your organisation" in mail.text
        for person in people:
            assert [row.channel for row in await house.recorded(person)] == [Channel.ADMINISTRATOR]


async def test_a_round_that_was_killed_is_gone_on_with(tmp_path: Path) -> None:
    async with housed(tmp_path / "house") as house:
        await house.publish()
        for i in range(4):
            house.enrol(f"person{i}", mail=f"person{i}@example.org")
        await house.publish(MORE)
        house.mails.dies_after = 2
        with pytest.raises(KeyboardInterrupt):
            await house.announcements.announce(PROVIDER)
        house.mails.dies_after = None
        after = house.restarted()
        await after.editions.load()
        assert (await after.announcements.announce(PROVIDER)).mailed == 2
        assert sorted(mail.to for mail in house.mails.sent) == [f"person{i}@example.org" for i in range(4)]


async def test_however_many_people_there_are_each_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ringfence.privacy.notices.announcements._BATCH", 2)
    async with housed(tmp_path / "house") as house:
        await house.publish()
        for i in range(5):
            house.enrol(f"person{i}", mail=f"person{i}@example.org")
        await house.publish(MORE)
        assert (await house.announcements.announce(PROVIDER)).mailed == 5
        assert (await house.announcements.announce(PROVIDER)).mailed == 0


async def test_a_mail_that_was_lost_is_sent_by_the_next_round_and_the_month_begins_then(tmp_path: Path) -> None:
    async with housed(tmp_path / "house") as house:
        await house.publish()
        anna = house.enrol("anna", mail="anna@example.org")
        bert = house.enrol("bert", administrator="boss@firm.example")
        await house.publish(MORE)
        house.mails.refuses = {"anna@example.org", "boss@firm.example"}
        told = await house.announcements.announce(PROVIDER)
        assert (told.mailed, told.administrators, told.failed) == (0, 0, 2)
        assert await house.recorded(anna) == await house.recorded(bert) == []
        house.mails.refuses = set()
        house.clock.advance(5 * DAY)
        await house.announcements.announce(PROVIDER)
        pending = await house.announcements.pending_for(PROVIDER, anna, "en")
        assert pending is not None
        assert pending.told
        assert day_of(pending.holds_from) == dt.date(2027, 2, 21)


async def test_being_shown_twice_is_as_being_shown_once(tmp_path: Path) -> None:
    async with housed(tmp_path / "house") as house:
        await house.publish()
        anna = house.enrol("anna")
        coming = await house.publish(MORE)
        await house.announcements.shown(PROVIDER, anna, coming.id)
        house.clock.advance(5 * DAY)
        await house.announcements.shown(PROVIDER, anna, coming.id)
        (row,) = await house.recorded(anna)
        assert day_of(row.told_at) == dt.date(2027, 1, 15)
        with pytest.raises(UnknownEdition):
            await house.announcements.shown(PROVIDER, anna, RowId("other:1"))


async def test_somebody_who_is_being_erased_is_not_written_about(tmp_path: Path) -> None:
    async with housed(tmp_path / "house") as house:
        await house.publish()
        anna = house.enrol("anna", mail="anna@example.org")
        await house.publish(MORE)
        async with house.kernel.db.transaction() as unit:
            await unit.fence(anna)
        await house.announcements.announce(PROVIDER)
        assert await house.in_ledger(Event.CHANGE_ANNOUNCED) == 0


@pytest.mark.promise("ZOI-23")
async def test_who_objects_to_what_is_coming_leaves(tmp_path: Path) -> None:
    async with housed(tmp_path / "house") as house:
        await house.publish()
        anna = house.enrol("anna")
        await house.publish(MORE)
        assert await house.announcements.object_to(PROVIDER, anna) == "erasure"
        assert house.eraser.asked == [(anna, Reason.ASKED)]
        assert await house.in_ledger(Event.TERMS_OBJECTED) == 1


async def test_there_is_nothing_to_object_to_where_nothing_is_coming(tmp_path: Path) -> None:
    async with housed(tmp_path / "house") as house:
        await house.publish()
        anna = house.enrol("anna")
        await house.publish(changed(privacy_officer="privacy@example.net"))  # holds at once
        with pytest.raises(NothingToObject):
            await house.announcements.object_to(PROVIDER, anna)
        assert house.eraser.asked == []


@pytest.mark.promise("IPS-02")
async def test_a_new_purpose_is_a_choice_that_nobody_needs_to_make(tmp_path: Path) -> None:
    async with housed(tmp_path / "house") as house:
        await house.publish()
        anna = house.enrol("anna")
        assert await house.announcements.offers(PROVIDER, anna) == frozenset()
        await house.publish(changed(offers=(Purpose.USE_LOCATION,)))
        assert await house.announcements.offers(PROVIDER, anna) == {Purpose.USE_LOCATION}
        assert await house.announcements.pending_for(PROVIDER, anna, "en") is None
        with pytest.raises(NothingToObject):  # nothing about it ends a contract
            await house.announcements.object_to(PROVIDER, anna)


@pytest.mark.promise("IPS-02")
async def test_a_choice_that_comes_with_other_changes_is_offered_when_they_hold(tmp_path: Path) -> None:
    async with housed(tmp_path / "house") as house:
        await house.publish()
        anna = house.enrol("anna", mail="anna@example.org")
        await house.publish(changed(offers=(Purpose.USE_LOCATION,), minimum_age=18))
        await house.announcements.announce(PROVIDER)
        assert "is off until you say yes" in house.mails.sent[0].text
        assert await house.announcements.offers(PROVIDER, anna) == frozenset()
        house.clock.advance(40 * DAY)
        assert await house.announcements.offers(PROVIDER, anna) == {Purpose.USE_LOCATION}


@pytest.mark.promise("ZOI-21")
async def test_people_are_told_of_a_recipient_abroad_a_month_before_their_text_names_it(tmp_path: Path) -> None:
    async with housed(tmp_path / "house") as house:
        assert not house.editions.names(PROVIDER, "Push Inc.")
        await house.publish(AT_HOME)
        anna = house.enrol("anna", mail="anna@example.org")
        await house.publish(POLICY)
        await house.announcements.announce(PROVIDER)
        assert "outside the European Economic Area: to Push Inc. (United States)" in house.mails.sent[0].text
        assert not await house.announcements.knows_of(PROVIDER, anna, "Push Inc.")
        assert not house.editions.names(PROVIDER, "Push Inc.")
        house.clock.advance(40 * DAY)
        assert await house.announcements.knows_of(PROVIDER, anna, "Push Inc.")
        assert house.editions.names(PROVIDER, "Push Inc.")


async def test_who_is_not_enrolled_has_nothing_coming(tmp_path: Path) -> None:
    async with housed(tmp_path / "house") as house:
        with pytest.raises(UnknownProvider):
            await house.announcements.in_force(PROVIDER)
        await house.publish()
        stranger = house.enrol("stranger")
        house.register.people.clear()
        assert await house.announcements.pending_for(PROVIDER, stranger, "en") is None
        assert await house.held(stranger) == 1
        assert (await house.announcements.announce(ProviderId("other"))).mailed == 0


async def test_no_address_is_in_what_is_printed_of_a_person(tmp_path: Path) -> None:
    async with housed(tmp_path / "house") as house:
        await house.publish()
        anna = house.enrol("anna", mail="anna@example.org", administrator="boss@firm.example")
        assert "@" not in repr(house.register.people[anna])
