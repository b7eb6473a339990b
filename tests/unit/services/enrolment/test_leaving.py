"""Leaving, by word or by silence, walked through with a clock that is moved by hand."""

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from ringfence.declarations import IdentifierKind
from ringfence.identifiers import SubjectId
from ringfence.privacy.ledger import Event
from ringfence.privacy.retention import Retention
from ringfence.privacy.rights import Reason
from ringfence.randomness import SeededRandomness
from ringfence.services.enrolment import (
    Device,
    DeviceToken,
    Enrolled,
    NotAuthenticated,
    PushEnded,
    SipAccount,
)
from ringfence.services.enrolment.life import Phase
from ringfence.services.wake import Outcome, PushInstance
from tests.unit.services.enrolment.world import DAY, HOUR, PROVIDER, Installation

pytestmark = pytest.mark.usefixtures("each_database")


async def enrolled_and_registered(house: Installation, key: X25519PrivateKey | None = None) -> Enrolled:
    enrolled = await house.enrolment.enrol(house.application(key=key))
    house.enrolment.registered(enrolled.device)
    await house.enrolment.departures.flush()
    return enrolled


def alice(house: Installation) -> SubjectId:
    found = house.keyring.find(PROVIDER, IdentifierKind.SIP_ADDRESS, "alice@pbx.example")
    assert found is not None
    return found


def kinds(house: Installation) -> list[str]:
    return [push.data.get("warn", "") for push in house.push.sent]


@pytest.mark.promise("APP-03")
@pytest.mark.promise("ACR-06")
async def test_a_phone_that_falls_silent_is_warned_twice_ended_and_its_owner_erased(house: Installation) -> None:
    await enrolled_and_registered(house)
    await house.walk(47 * HOUR)
    assert kinds(house) == []
    await house.walk(2 * HOUR)
    assert kinds(house) == ["silent"]
    await house.walk(12 * HOUR)
    assert kinds(house) == ["silent", "visible"]
    await house.walk(12 * HOUR)
    async with house.db.reading() as unit:
        assert await unit.count(PushInstance) == 0
        assert await unit.count(Device) == 0
        assert await unit.count(DeviceToken) == 0
    assert house.reach.released == [alice(house)]
    assert house.rights.asked == []
    await house.walk(12 * HOUR)
    assert house.rights.asked[0] == (alice(house), Reason.DEVICES_GONE)


@pytest.mark.promise("ACR-05")
async def test_the_erasure_begins_more_than_six_hours_before_the_seventh_day_ends(house: Installation) -> None:
    await enrolled_and_registered(house)
    start = house.clock.time()
    while not house.rights.asked:
        await house.walk(HOUR)
    assert house.clock.time() - start < 7 * DAY - 6 * HOUR


@pytest.mark.pitfall(23)
async def test_an_un_register_is_a_sign_of_life_and_no_end(house: Installation) -> None:
    enrolled = await enrolled_and_registered(house)
    await house.walk(2 * DAY)
    house.enrolment.registered(enrolled.device)  # Expires: 0 comes here like any other authenticated REGISTER
    await house.walk(2 * DAY - HOUR)
    assert house.wake.has(enrolled.device)


async def test_a_sign_of_life_after_the_warning_renews_everything(house: Installation) -> None:
    enrolled = await enrolled_and_registered(house)
    await house.walk(2.5 * DAY + HOUR)
    assert kinds(house) == ["silent", "visible"]
    house.enrolment.heard(enrolled.device)
    await house.walk(2 * DAY - HOUR)
    assert kinds(house) == ["silent", "visible"]
    assert house.wake.has(enrolled.device)


async def test_a_phone_that_never_registers_ends_after_twelve_hours(house: Installation) -> None:
    enrolled = await house.enrolment.enrol(house.application())
    await house.walk(11 * HOUR)
    assert house.wake.has(enrolled.device)
    await house.walk(2 * HOUR)
    assert not house.wake.has(enrolled.device)
    assert kinds(house) == []


@pytest.mark.promise("APP-03")
@pytest.mark.promise("APP-04")
async def test_push_off_erases_token_and_secrets_at_once_and_leaves_the_api(house: Installation) -> None:
    enrolled = await enrolled_and_registered(house)
    await house.enrolment.departures.push_off(enrolled.device)
    async with house.db.reading() as unit:
        assert await unit.count(PushInstance) == 0
        assert [row.phase for row in await unit.select(Device)] == [Phase.OFF]
    assert house.reach.devices == {}
    assert house.reach.accounts == {}
    assert not house.wake.has(enrolled.device)
    assert (await house.enrolment.authenticate(enrolled.api_token)).device == enrolled.device
    with pytest.raises(PushEnded):
        await house.enrolment.change_token(enrolled.device, "again")
    assert [facts["reason"] for facts in house.ledger.named(Event.PUSH_INSTANCE_ENDED)] == ["push_off"]


async def test_push_off_on_one_of_two_phones_leaves_the_account_registered(house: Installation) -> None:
    first = await enrolled_and_registered(house)
    second = await enrolled_and_registered(house)
    await house.enrolment.departures.push_off(first.device)
    assert list(house.reach.accounts) == [alice(house)]
    assert house.wake.has(second.device)


async def test_a_phone_without_push_that_falls_silent_leaves_too(house: Installation) -> None:
    enrolled = await enrolled_and_registered(house)
    await house.enrolment.departures.push_off(enrolled.device)
    house.enrolment.heard(enrolled.device)
    await house.walk(2.9 * DAY)
    assert house.rights.asked == []
    await house.walk(DAY)
    assert house.rights.asked[0] == (alice(house), Reason.DEVICES_GONE)


@pytest.mark.promise("APP-03")
async def test_signing_out_erases_the_device_at_once(house: Installation) -> None:
    enrolled = await enrolled_and_registered(house)
    await house.enrolment.departures.sign_out(enrolled.device)
    async with house.db.reading() as unit:
        for kind in (Device, DeviceToken, PushInstance):
            assert await unit.count(kind) == 0
    with pytest.raises(NotAuthenticated):
        await house.enrolment.authenticate(enrolled.api_token)
    assert house.reach.released == [alice(house)]
    assert len(house.enrolment.links) == 0


@pytest.mark.promise("ZOI-02")
async def test_a_set_up_that_nobody_fetched_is_gone_soon_after_its_time(house: Installation) -> None:
    await enrolled_and_registered(house)
    house.clock.advance(house.settings.link_seconds + 1)
    await house.enrolment.departures.sweep()
    assert len(house.enrolment.links) == 0


async def test_signing_out_of_one_of_two_phones_begins_no_grace(house: Installation) -> None:
    first = await enrolled_and_registered(house)
    second = await enrolled_and_registered(house)
    await house.enrolment.departures.sign_out(first.device)
    for _ in range(3):
        house.enrolment.heard(second.device)
        await house.walk(DAY)
    assert house.rights.asked == []


async def test_changing_phones_within_the_grace_keeps_the_person(house: Installation) -> None:
    enrolled = await enrolled_and_registered(house)
    before = alice(house)
    await house.enrolment.departures.sign_out(enrolled.device)
    await house.walk(6 * HOUR)
    second = await enrolled_and_registered(house)
    assert alice(house) == before
    house.enrolment.registered(second.device)
    await house.walk(DAY)
    assert house.rights.asked == []


async def test_whoever_proves_the_address_with_another_password_within_the_grace_is_somebody_else(
    house: Installation,
) -> None:
    enrolled = await enrolled_and_registered(house)
    before = alice(house)
    await house.enrolment.departures.sign_out(enrolled.device)
    house.pbx.password = "the next holder's"
    await house.enrolment.enrol(house.application(password="the next holder's"))
    assert alice(house) != before
    assert house.rights.asked == [(before, Reason.REASSIGNED)]


async def test_asking_to_be_forgotten_begins_the_erasure_at_once(house: Installation) -> None:
    await enrolled_and_registered(house)
    assert await house.enrolment.departures.leave(PROVIDER, alice(house)) == "erasure-1"
    assert house.rights.asked == [(alice(house), Reason.ASKED)]


async def test_departing_drops_all_memory_of_the_person(house: Installation) -> None:
    enrolled = await enrolled_and_registered(house)
    for _ in range(2):  # idempotent
        await house.enrolment.departures.depart(alice(house))
        await house.wake.depart(alice(house))
    assert house.enrolment.presence.get(enrolled.device) is None
    assert len(house.wake) == 0
    assert len(house.enrolment.links) == 0


async def test_a_dead_token_ends_the_push_instance_but_neither_device_nor_person(house: Installation) -> None:
    enrolled = await enrolled_and_registered(house)
    house.push.outcome = Outcome.DEAD_TOKEN
    house.wake.alert(enrolled.device)
    await house.wake.drain()
    async with house.db.reading() as unit:
        assert await unit.count(PushInstance) == 0
        assert await unit.count(Device) == 1
    assert house.rights.asked == []
    await house.walk(3 * DAY + HOUR)
    assert house.rights.asked == []
    await house.walk(12 * HOUR)
    assert house.rights.asked[0][1] is Reason.DEVICES_GONE


async def test_a_restart_within_the_term_ends_nobody(house: Installation) -> None:
    enrolled = await enrolled_and_registered(house)
    await house.walk(DAY)
    house.enrolment.registered(enrolled.device)
    await house.enrolment.departures.flush()
    house.enrolment = house.again()
    await house.enrolment.load()
    await house.walk(2 * DAY)
    assert house.wake.has(enrolled.device)


async def test_after_a_long_outage_every_phone_gets_one_chance_to_be_heard(house: Installation) -> None:
    enrolled = await enrolled_and_registered(house)
    house.clock.advance(5 * DAY)
    house.enrolment = house.again()
    await house.enrolment.load()
    await house.walk(HOUR)
    assert house.wake.has(enrolled.device)
    house.enrolment.registered(enrolled.device)
    await house.walk(DAY)
    assert house.wake.has(enrolled.device)


async def test_a_server_that_is_restarted_all_the_time_still_ends_who_is_silent(house: Installation) -> None:
    enrolled = await enrolled_and_registered(house)
    for _ in range(4 * 24 * 2):
        await house.walk(HOUR / 2)
        await house.enrolment.departures.flush()
        house.clock.advance(10)
        house.enrolment = house.again()
        await house.enrolment.load(outage=10.0, orderly=True)
    await house.walk(HOUR)
    assert not house.wake.has(enrolled.device)


async def test_whoever_stays_silent_after_the_outage_ends(house: Installation) -> None:
    enrolled = await enrolled_and_registered(house)
    house.clock.advance(5 * DAY)
    house.enrolment = house.again()
    await house.enrolment.load()
    await house.walk(3 * HOUR + HOUR)
    assert not house.wake.has(enrolled.device)


async def test_the_retention_sweep_hands_over_what_has_more_to_it_than_a_row(house: Installation) -> None:
    enrolled = await enrolled_and_registered(house)
    await house.enrolment.departures.sign_out(enrolled.device)
    house.clock.advance(DAY)
    owners = {SipAccount: house.enrolment.departures, Device: house.enrolment.departures}
    swept = await Retention(house.db, house.keyring, house.clock, SeededRandomness(), owners=owners).sweep()
    assert swept.handed_over == {"sip_account": 1}
    assert house.rights.asked == [(alice(house), Reason.DEVICES_GONE)]


async def test_a_failed_end_is_tried_again(house: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    enrolled = await enrolled_and_registered(house)
    release = house.reach.release

    async def fail(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(house.reach, "release", fail)
    with pytest.raises(OSError):  # noqa: PT011 - ours, raised above
        await house.enrolment.departures.sign_out(enrolled.device)
    assert house.wake.has(enrolled.device)
    monkeypatch.setattr(house.reach, "release", release)
    await house.enrolment.departures.sign_out(enrolled.device)
    assert not house.wake.has(enrolled.device)


async def test_the_written_term_tells_the_hour_and_no_more(house: Installation) -> None:
    await enrolled_and_registered(house)
    house.clock.advance(1234.5)
    async with house.db.reading() as unit:
        dues = {row.due for row in await unit.select(Device)} | {row.due for row in await unit.select(PushInstance)}
    assert all(due is not None and due % HOUR == 0 for due in dues)
