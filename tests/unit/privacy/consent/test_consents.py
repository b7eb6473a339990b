"""Giving, refusing and withdrawing, and what others see of it."""

import asyncio
import datetime as dt
import json
from pathlib import Path

import pytest

from ringfence.clock import ManualClock
from ringfence.declarations import REGISTRY, Category, Flow, Medium, Purpose, Role, Source
from ringfence.declarations.flow import Flows
from ringfence.identifiers import CaseId, ProviderId, RowId, SubjectId, new_id
from ringfence.persistence import SubjectGone
from ringfence.privacy.consent import (
    Act,
    By,
    Channel,
    Choice,
    ConsentEvent,
    ConsentMissing,
    Consents,
    ConsentSettings,
    EventKind,
    Feature,
    GuardianNeeded,
    GuardianUnproven,
    NotOffered,
    OptedOut,
    TextChanged,
    TooManyConsents,
    WithdrawalUnderWay,
    WithdrawnWhileHeld,
)
from ringfence.privacy.egress import BlockReason, Gate, LegalRole, MechanismTable, Recipient, Regime, TransferBlocked
from ringfence.privacy.ledger import LedgerEntry
from ringfence.privacy.rights import Reason
from ringfence.randomness import SystemRandomness
from tests.unit.privacy.consent.house import (
    CONTACTS,
    EVERYTHING,
    OURS,
    PARTNER,
    PARTNERS,
    OneMandate,
    Words,
    consents_of,
    is_ending,
    opened,
    shown,
)
from tests.unit.privacy.installation import PROVIDER, Installation

pytestmark = pytest.mark.usefixtures("each_database")


async def give(consents: Consents, subject: SubjectId, choice: Choice, words: Words | None = None) -> RowId:
    return await consents.give(PROVIDER, subject, choice, shown=shown(choice, words), act=Act.SWITCH, old_enough=True)


async def standing(consents: Consents, subject: SubjectId) -> set[Choice]:
    return {consent.choice for consent in await consents.of(PROVIDER, subject) if consent.given}


async def said_in_ledger(house: Installation) -> list[tuple[str, dict[str, str]]]:
    async with house.db.reading() as unit:
        bodies = [json.loads(entry.body) for entry in await unit.select(LedgerEntry, order="number")]
    return [(body["event"], body["facts"]) for body in bodies]


@pytest.mark.promise("APP-05")
async def test_everything_is_off_until_it_is_given(tmp_path: Path) -> None:
    async with opened(tmp_path) as (house, anna):
        consents = consents_of(house)
        known = await consents.of(PROVIDER, anna)
        assert [consent.choice for consent in known] == list(EVERYTHING)
        assert not any(consent.given or consent.refused for consent in known)
        assert consents.codes(anna) == frozenset()
        for choice in EVERYTHING:
            with pytest.raises(ConsentMissing):
                async with consents.held(PROVIDER, anna, choice.purpose, choice.recipient, choice.channel):
                    pass


@pytest.mark.promise("APP-05", "ZOI-26")
@pytest.mark.parametrize("choice", EVERYTHING, ids=str)
async def test_a_yes_is_to_one_choice_and_to_nothing_else(tmp_path: Path, choice: Choice) -> None:
    async with opened(tmp_path) as (house, anna):
        consents = consents_of(house)
        await give(consents, anna, choice)
        assert await standing(consents, anna) == {choice}
        async with consents.held(PROVIDER, anna, choice.purpose, choice.recipient, choice.channel) as concerned:
            assert concerned.consents == {choice.purpose.value}
        for other in EVERYTHING:
            code = other.purpose.value in consents.codes(anna, other.recipient, other.channel)
            assert code is (other == choice)


@pytest.mark.promise("IPS-02", "APP-05")
async def test_a_new_purpose_is_a_choice_that_is_off_and_a_no_ends_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as (house, anna):
        before = consents_of(house, choices=(CONTACTS,))
        await give(before, anna, CONTACTS)
        location = Choice(Feature.LOCATION)
        after = consents_of(house, choices=(CONTACTS, location))
        await after.load()
        assert await standing(after, anna) == {CONTACTS}
        rows = await house.rows_of(anna)
        await after.refuse(PROVIDER, anna, location, shown=shown(location), act=Act.SWITCH)
        told = {consent.choice: consent for consent in await after.of(PROVIDER, anna)}
        assert (told[location].given, told[location].refused, told[CONTACTS].given) == (False, True, True)
        assert (await house.rows_of(anna), house.find()) == (rows, anna)
        assert after.codes(anna) == {Purpose.SYNC_CONTACTS.value}


@pytest.mark.promise("APP-05")
async def test_what_the_installation_does_not_use_is_not_asked_for(tmp_path: Path) -> None:
    async with opened(tmp_path) as (house, anna):
        consents = consents_of(house, choices=(CONTACTS,))
        assert [consent.choice for consent in await consents.of(PROVIDER, anna)] == [CONTACTS]
        with pytest.raises(NotOffered):
            await give(consents, anna, OURS)
        with pytest.raises(NotOffered):
            await consents.refuse(PROVIDER, anna, OURS, shown=shown(OURS), act=Act.SWITCH)
        elsewhere = ProviderId("elsewhere")
        assert await consents.of(elsewhere, anna) == []
        with pytest.raises(NotOffered):
            consents.age(elsewhere)


@pytest.mark.promise("ZOI-08", "IPS-02")
async def test_each_choice_is_offered_with_its_words_and_what_a_no_means(tmp_path: Path) -> None:
    async with opened(tmp_path) as (house, anna):
        consents = consents_of(house)
        offers = await consents.offers(PROVIDER, anna, "de")
        assert [offer.consent.choice for offer in offers] == list(EVERYTHING)
        texts = [offer.text for offer in offers if offer.text]
        assert [text.language for text in texts] == ["de"] * len(EVERYTHING)
        assert all(text.asks and text.refusing for text in texts)


@pytest.mark.promise("ZOI-06")
async def test_all_or_any_part_can_be_withdrawn_by_one_act_as_it_was_given_by_one(tmp_path: Path) -> None:
    async with opened(tmp_path) as (house, anna):
        consents = consents_of(house)
        for choice in (CONTACTS, OURS, PARTNERS):
            await give(consents, anna, choice)
        assert await consents.withdraw(PROVIDER, anna, PARTNERS, act=Act.SWITCH) == (PARTNERS,)
        assert await standing(consents, anna) == {CONTACTS, OURS}
        assert await consents.withdraw(PROVIDER, anna, act=Act.LETTER) == (CONTACTS, OURS)
        assert await standing(consents, anna) == set()
        assert consents.codes(anna) == frozenset()
        events = await consents.history(anna)
        given, gone = events[:3], events[3:]
        assert [event.kind for event in given] == [EventKind.GIVEN] * 3
        assert [event.kind for event in gone] == [EventKind.WITHDRAWN] * 3
        assert {event.choice for event in given} == {event.choice for event in gone}


@pytest.mark.promise("ZOI-06")
async def test_what_was_lawful_before_stays_on_record(tmp_path: Path) -> None:
    clock = ManualClock()
    async with opened(tmp_path, clock) as (house, anna):
        consents = consents_of(house)
        event = await give(consents, anna, PARTNERS)
        (as_given,) = await consents.history(anna)
        clock.advance(1000)
        await consents.withdraw(PROVIDER, anna, act=Act.LINK)
        first, second = await consents.history(anna)
        assert first == as_given
        assert (first.id, first.kind, first.at, first.act, first.by) == (
            event, EventKind.GIVEN, clock.time() - 1000, Act.SWITCH, By.PERSON,
        )  # fmt: skip
        assert (first.version, first.language) == (shown(PARTNERS).version, "en")
        assert (second.kind, second.at, second.act, second.choice) == (
            EventKind.WITHDRAWN, clock.time(), Act.LINK, PARTNERS,
        )  # fmt: skip
        assert await said_in_ledger(house) == [
            (
                "consent_given",
                {
                    "channel": "mail", "language": "en", "purpose": "marketing", "recipient": "cinema",
                    "version": shown(PARTNERS).version,
                },
            ),
            ("consent_withdrawn", {"channel": "mail", "purpose": "marketing", "recipient": "cinema"}),
        ]  # fmt: skip


async def test_what_is_no_longer_offered_can_still_be_seen_and_withdrawn(tmp_path: Path) -> None:
    async with opened(tmp_path) as (house, anna):
        await give(consents_of(house), anna, PARTNERS)
        later = consents_of(house, choices=(CONTACTS,))
        told = {consent.choice: consent for consent in await later.of(PROVIDER, anna)}
        assert (told[PARTNERS].given, told[PARTNERS].offered, told[CONTACTS].offered) == (True, False, True)
        assert [offer.text is None for offer in await later.offers(PROVIDER, anna, "en")] == [False, True]
        assert await later.withdraw(PROVIDER, anna, PARTNERS, act=Act.SWITCH) == (PARTNERS,)


async def test_the_same_word_said_twice_is_one(tmp_path: Path) -> None:
    async with opened(tmp_path) as (house, anna):
        consents = consents_of(house)
        assert await give(consents, anna, CONTACTS) == await give(consents, anna, CONTACTS)
        assert await consents.withdraw(PROVIDER, anna, CONTACTS, act=Act.SWITCH) == (CONTACTS,)
        assert await consents.withdraw(PROVIDER, anna, CONTACTS, act=Act.SWITCH) == ()
        location = Choice(Feature.LOCATION)
        for _ in range(2):
            await consents.refuse(PROVIDER, anna, location, shown=shown(location), act=Act.ANSWER)
        kinds = [event.kind for event in await consents.history(anna)]
        assert kinds == [EventKind.GIVEN, EventKind.WITHDRAWN, EventKind.REFUSED]


async def test_a_no_to_what_stands_withdraws_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as (house, anna):
        consents = consents_of(house)
        await give(consents, anna, CONTACTS)
        await consents.refuse(PROVIDER, anna, CONTACTS, shown=shown(CONTACTS), act=Act.SWITCH)
        assert await standing(consents, anna) == set()
        assert [event.kind for event in await consents.history(anna)] == [EventKind.GIVEN, EventKind.WITHDRAWN]


async def test_a_yes_is_to_the_words_that_were_read(tmp_path: Path) -> None:
    async with opened(tmp_path) as (house, anna):
        words = Words()
        consents = consents_of(house, words=words)
        read = shown(CONTACTS, words)
        words.edition = 2
        with pytest.raises(TextChanged):
            await consents.give(PROVIDER, anna, CONTACTS, shown=read, act=Act.SWITCH, old_enough=True)
        assert await consents.history(anna) == []
        await give(consents, anna, CONTACTS, words)
        words.edition = 3
        await give(consents, anna, CONTACTS, words)
        (consent,) = [each for each in await consents.of(PROVIDER, anna) if each.given]
        assert consent.version == shown(CONTACTS, words).version
        assert len(await consents.history(anna)) == 2


async def test_a_reader_of_another_language_is_recorded_with_the_one_that_was_shown(tmp_path: Path) -> None:
    async with opened(tmp_path) as (house, anna):
        consents = consents_of(house)
        read = shown(CONTACTS, language="pt-BR; drop table")
        await consents.give(PROVIDER, anna, CONTACTS, shown=read, act=Act.SWITCH, old_enough=True)
        assert [event.language for event in await consents.history(anna)] == ["en"]


@pytest.mark.promise("ZOI-25")
async def test_below_the_age_a_guardian_consents_and_only_a_yes_is_kept(tmp_path: Path) -> None:
    async with opened(tmp_path) as (house, anna):
        case = CaseId(new_id(SystemRandomness()))
        consents = consents_of(house, mandates=OneMandate(anna, case))
        assert (consents.age(PROVIDER), await consents.old_enough(anna)) == (16, False)
        read = shown(CONTACTS)
        with pytest.raises(GuardianNeeded) as refused:
            await consents.give(PROVIDER, anna, CONTACTS, shown=read, act=Act.SWITCH)
        assert refused.value.facts == {"age": 16}
        assert await consents.history(anna) == []
        wrong = CaseId(new_id(SystemRandomness()))
        for unproven in (None, wrong):
            with pytest.raises(GuardianUnproven):
                await consents.give(PROVIDER, anna, CONTACTS, shown=read, act=Act.LETTER, by=By.GUARDIAN, case=unproven)
        await consents.give(PROVIDER, anna, CONTACTS, shown=read, act=Act.LETTER, by=By.GUARDIAN, case=case)
        (event,) = await consents.history(anna)
        assert (event.by, event.case) == (By.GUARDIAN, case)
        assert not await consents.old_enough(anna)
        location = Choice(Feature.LOCATION)
        await consents.give(PROVIDER, anna, location, shown=shown(location), act=Act.SWITCH, old_enough=True)
        assert await consents.old_enough(anna)
        media = Choice(Feature.MEDIA)
        await consents.give(PROVIDER, anna, media, shown=shown(media), act=Act.SWITCH)


async def test_nobody_acts_for_another_where_no_mandates_are_known(tmp_path: Path) -> None:
    async with opened(tmp_path) as (house, anna):
        consents = consents_of(house)
        await give(consents, anna, CONTACTS)
        case = CaseId(new_id(SystemRandomness()))
        with pytest.raises(GuardianUnproven):
            await consents.withdraw(PROVIDER, anna, act=Act.LETTER, by=By.REPRESENTATIVE, case=case)
        assert await standing(consents, anna) == {CONTACTS}


async def test_flipping_a_switch_for_ever_fills_no_disk_and_withdrawing_is_never_refused(tmp_path: Path) -> None:
    async with opened(tmp_path) as (house, anna):
        consents = consents_of(house, settings=ConsentSettings(changes=3))
        await give(consents, anna, CONTACTS)
        await consents.withdraw(PROVIDER, anna, act=Act.SWITCH)
        await give(consents, anna, CONTACTS)
        assert await consents.withdraw(PROVIDER, anna, act=Act.SWITCH) == (CONTACTS,)
        with pytest.raises(TooManyConsents):
            await give(consents, anna, CONTACTS)
        assert len(await consents.history(anna)) == 4


# Relying on a consent


@pytest.mark.promise("ZOI-06")
async def test_a_withdrawal_waits_for_what_is_being_sent_and_lets_nothing_else_begin(tmp_path: Path) -> None:
    async with opened(tmp_path) as (house, anna):
        consents = consents_of(house)
        await give(consents, anna, OURS)
        async with consents.held(PROVIDER, anna, Purpose.MARKETING, None, Channel.MAIL):
            leaving = asyncio.create_task(consents.withdraw(PROVIDER, anna, OURS, act=Act.LINK))
            await is_ending(consents, anna)
            assert consents.codes(anna, None, Channel.MAIL) == frozenset()
            with pytest.raises(ConsentMissing):
                async with consents.held(PROVIDER, anna, Purpose.MARKETING, None, Channel.MAIL):
                    pass
            with pytest.raises(WithdrawalUnderWay):
                await give(consents, anna, OURS)
            assert [event.kind for event in await consents.history(anna)] == [EventKind.GIVEN]
            assert not leaving.done()
        assert await leaving == (OURS,)
        assert [event.kind for event in await consents.history(anna)] == [EventKind.GIVEN, EventKind.WITHDRAWN]


async def test_a_process_that_died_while_sending_delays_a_withdrawal_only_for_its_time(tmp_path: Path) -> None:
    clock = ManualClock()
    async with opened(tmp_path, clock) as (house, anna):
        died, consents = consents_of(house), consents_of(house)
        await give(consents, anna, OURS)
        await died._begin(PROVIDER, anna, OURS)
        leaving = asyncio.create_task(consents.withdraw(PROVIDER, anna, OURS, act=Act.LINK))
        await is_ending(consents, anna)
        clock.advance(29)
        await asyncio.sleep(0.05)
        assert not leaving.done()
        clock.advance(1)
        assert await leaving == (OURS,)


async def test_a_withdrawal_that_a_crash_left_waiting_is_ended_after_the_restart(tmp_path: Path) -> None:
    clock = ManualClock()
    async with opened(tmp_path, clock) as (house, anna):
        died = consents_of(house)
        await give(died, anna, OURS)
        await died._begin(PROVIDER, anna, OURS)
        leaving = asyncio.create_task(died.withdraw(PROVIDER, anna, OURS, act=Act.LINK))
        await is_ending(died, anna)
        leaving.cancel()
        restarted = consents_of(house)
        assert await restarted.load() == 1
        assert restarted.codes(anna, None, Channel.MAIL) == frozenset()
        assert [event.kind for event in await restarted.history(anna)] == [EventKind.GIVEN]
        clock.advance(60)
        assert await restarted.sweep() == 0
        assert [event.kind for event in await restarted.history(anna)] == [EventKind.GIVEN, EventKind.WITHDRAWN]


async def test_a_sending_that_takes_too_long_is_broken_off(tmp_path: Path) -> None:
    async with opened(tmp_path) as (house, anna):
        consents = consents_of(house, settings=ConsentSettings(use_seconds=0.01))
        await give(consents, anna, OURS)
        with pytest.raises(TimeoutError):
            async with consents.held(PROVIDER, anna, Purpose.MARKETING, None, Channel.MAIL):
                await asyncio.sleep(5)
        assert await consents.withdraw(PROVIDER, anna, act=Act.LINK) == (OURS,)


async def test_who_holds_a_consent_can_not_withdraw_it_meanwhile(tmp_path: Path) -> None:
    async with opened(tmp_path) as (house, anna):
        consents = consents_of(house)
        await give(consents, anna, OURS)
        async with consents.held(PROVIDER, anna, Purpose.MARKETING, None, Channel.MAIL):
            with pytest.raises(WithdrawnWhileHeld):
                await consents.withdraw(PROVIDER, anna, act=Act.LINK)


async def test_what_another_process_wrote_is_known_once_learned(tmp_path: Path) -> None:
    async with opened(tmp_path) as (house, anna):
        here, there = consents_of(house), consents_of(house)
        await give(there, anna, CONTACTS)
        assert here.codes(anna) == frozenset()
        await here.refresh(anna)
        assert here.codes(anna) == {Purpose.SYNC_CONTACTS.value}
        await there.withdraw(PROVIDER, anna, act=Act.SWITCH)
        with pytest.raises(ConsentMissing):
            async with here.held(PROVIDER, anna, Purpose.SYNC_CONTACTS):
                pass


@pytest.mark.promise("ZOI-26")
async def test_the_gate_lets_pass_what_was_agreed_to_and_nothing_else(tmp_path: Path) -> None:
    async with opened(tmp_path) as (house, anna):
        offer = Flow(
            name="marketing.offer", medium=Medium.MAIL, carries=(), purpose=Purpose.MARKETING,
            source=Source.GENERATED, to=Role.MAIL_SERVICE, says="An offer.", among=Flows(),
        )  # fmt: skip
        cinema = Recipient(
            id=PARTNER, name="Cinema", role=LegalRole.CONTROLLER, country="DE", exporter=Regime.EU,
            flows=frozenset({"marketing.offer"}), origins=("https://cinema.example",),
        )  # fmt: skip
        gate = Gate([cinema], MechanismTable.load(), house.clock)
        consents = consents_of(house)
        await give(consents, anna, OURS)
        today = dt.date(2027, 1, 15)
        with pytest.raises(TransferBlocked) as blocked:
            gate.permit(offer, PARTNER, today, consents=consents.codes(anna, PARTNER, Channel.MAIL))
        assert blocked.value.reason is BlockReason.CONSENT_MISSING
        await give(consents, anna, PARTNERS)
        gate.permit(offer, PARTNER, today, consents=consents.codes(anna, PARTNER, Channel.MAIL))
        await consents.withdraw(PROVIDER, anna, PARTNERS, act=Act.LINK)
        with pytest.raises(TransferBlocked):
            gate.permit(offer, PARTNER, today, consents=consents.codes(anna, PARTNER, Channel.MAIL))


@pytest.mark.promise("ZOI-05")
async def test_what_people_bring_in_on_others_serves_the_address_book_and_nothing_else(tmp_path: Path) -> None:
    async with opened(tmp_path) as (house, anna):
        consents = consents_of(house)
        await give(consents, anna, CONTACTS)
        for purpose in (feature.purpose for feature in Feature):
            use = Flow(
                name=f"use.{purpose.value}", medium=Medium.HTTP, carries=(Category.NAME,), purpose=purpose,
                source=Source.PERSON, to=Role.OPERATOR, says="Somebody uses the address book.", among=Flows(),
            )  # fmt: skip
            cinema = Recipient(
                id=PARTNER, name="Cinema", role=LegalRole.CONTROLLER, country="DE", exporter=Regime.EU,
                flows=frozenset({use.name}), origins=("https://cinema.example",),
            )  # fmt: skip
            gate = Gate([cinema], MechanismTable.load(), house.clock)
            if purpose is Purpose.SYNC_CONTACTS:
                gate.permit(use, PARTNER, dt.date(2027, 1, 15), consents=consents.codes(anna))
            else:
                with pytest.raises(TransferBlocked):
                    gate.permit(use, PARTNER, dt.date(2027, 1, 15), consents=consents.codes(anna))


# Global Privacy Control


@pytest.mark.promise("ZOI-06")
async def test_the_browsers_signal_ends_marketing_and_keeps_it_from_being_asked_for(tmp_path: Path) -> None:
    async with opened(tmp_path) as (house, anna):
        consents = consents_of(house)
        for choice in (CONTACTS, OURS, PARTNERS):
            await give(consents, anna, choice)
        offers = await consents.offers(PROVIDER, anna, "en", gpc=True)
        assert offers
        assert all(offer.consent.choice.feature is not Feature.MARKETING for offer in offers)
        assert await standing(consents, anna) == {CONTACTS}
        kinds = [event.kind for event in await consents.history(anna)][3:]
        assert kinds == [EventKind.OPTED_OUT, EventKind.WITHDRAWN, EventKind.WITHDRAWN]
        assert {event.act for event in (await consents.history(anna))[3:]} == {Act.SIGNAL}
        with pytest.raises(OptedOut):
            await consents.give(PROVIDER, anna, OURS, shown=shown(OURS), act=Act.SWITCH, old_enough=True, gpc=True)
        assert await standing(consents, anna) == {CONTACTS}
        assert len(await consents.history(anna)) == 6


async def test_the_signal_is_recorded_once_also_of_somebody_who_never_chose(tmp_path: Path) -> None:
    async with opened(tmp_path) as (house, anna):
        consents = consents_of(house)
        for _ in range(3):
            await consents.offers(PROVIDER, anna, "en", gpc=True)
        restarted = consents_of(house)
        await restarted.opt_out(PROVIDER, anna)
        assert [event.kind for event in await restarted.history(anna)] == [EventKind.OPTED_OUT]
        assert await said_in_ledger(house) == [("consent_withdrawn", {"purpose": "marketing"})]


async def test_who_says_yes_later_without_the_signal_has_said_yes(tmp_path: Path) -> None:
    async with opened(tmp_path) as (house, anna):
        consents = consents_of(house)
        await consents.opt_out(PROVIDER, anna)
        await give(consents, anna, OURS)
        assert await standing(consents, anna) == {OURS}
        await consents.opt_out(PROVIDER, anna)
        assert await standing(consents, anna) == set()


async def test_the_signal_hinders_no_other_consent(tmp_path: Path) -> None:
    async with opened(tmp_path) as (house, anna):
        consents = consents_of(house)
        read = shown(CONTACTS)
        await consents.give(PROVIDER, anna, CONTACTS, shown=read, act=Act.SWITCH, old_enough=True, gpc=True)
        assert await standing(consents, anna) == {CONTACTS}


# The end


async def test_nothing_is_recorded_or_relied_on_of_somebody_who_goes(tmp_path: Path) -> None:
    async with opened(tmp_path) as (house, anna):
        consents = consents_of(house)
        await give(consents, anna, CONTACTS)
        erasures = house.erasures(consents, registry=REGISTRY)
        erasure = await erasures.request(PROVIDER, anna, Reason.ASKED)
        with pytest.raises(ConsentMissing):
            async with consents.held(PROVIDER, anna, Purpose.SYNC_CONTACTS):
                pass
        with pytest.raises(SubjectGone):
            await consents.withdraw(PROVIDER, anna, act=Act.SWITCH)
        await erasures.run(erasure)
        assert consents.codes(anna) == frozenset()
        async with house.db.reading() as unit:
            assert await unit.count(ConsentEvent, subject=anna) == 0
        assert await consents.of(PROVIDER, anna) == await consents_of(house).of(PROVIDER, anna)
        assert (await house.ledger.verify(PROVIDER)).sound
