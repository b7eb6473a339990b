"""Who is let in, and what that opens."""

import asyncio
from pathlib import Path

import pytest

from ringfence.declarations import REGISTRY, IdentifierKind
from ringfence.identifiers import DeviceId, SubjectId
from ringfence.privacy.access import Means, TooManyTries
from ringfence.privacy.ledger import Event
from ringfence.privacy.ledger.records import LedgerEntry
from ringfence.services.reachability import State
from ringfence.services.signin import Home, ProviderDecides, SignInRefused, SignInSettings
from tests.unit.privacy.installation import PROVIDER
from tests.unit.services.signin.world import ADDRESS, DOMAIN, HERE, PASSWORD, UPSTREAM, USER, House, housed


async def rows_of(house: House, subject: SubjectId) -> list[str]:
    """The ids of all that a page for this subject could show."""
    async with house.kernel.db.reading() as unit:
        return [
            f"{kind.__name__} {row.id}"
            for kind in REGISTRY.about_people()
            for row in await unit.select(kind, subject=subject)
        ]


# By password


@pytest.mark.promise("ACR-13")
@pytest.mark.parametrize("auth_user", [USER, ""])
@pytest.mark.parametrize("address", [ADDRESS, f"sip:{ADDRESS}", f" {USER}@PBX.example. "])
async def test_the_password_of_the_account_lets_its_owner_in_and_asks_no_pbx(
    house: House, address: str, auth_user: str
) -> None:
    await house.enrol()
    house.pbx.asked.clear()
    done = await house.sign_in.by_password(address, auth_user, PASSWORD, HERE)
    assert house.signed_in(done.id) == house.holder() == done.session.subject
    assert done.session.by is Means.PASSWORD
    assert house.pbx.asked == []


@pytest.mark.promise("ACR-13")
@pytest.mark.parametrize(
    ("address", "auth_user", "password"),
    [
        (ADDRESS, USER, "guess"),
        (ADDRESS, "somebody", PASSWORD),
        (f"nobody@{DOMAIN}", "nobody", PASSWORD),
        ("alice@elsewhere.example", "alice", PASSWORD),
        ("", "", ""),
        ("@", "", ""),
        (USER, USER, PASSWORD),
        ("\x00@pbx.example", "\x00", "\x00"),
    ],
)
async def test_whoever_is_not_let_in_hears_the_same_after_the_same_time(
    house: House, address: str, auth_user: str, password: str
) -> None:
    await house.enrol()
    house.pbx.asked.clear()
    with pytest.raises(SignInRefused) as refused:
        await house.sign_in.by_password(address, auth_user, password, HERE)
    assert str(refused.value) == "sign_in_refused"
    assert house.slept == [2.5]
    assert house.pbx.asked == []
    assert len(house.sessions) == 0


async def test_a_pbx_is_asked_only_where_nothing_of_the_password_is_held(house: House) -> None:
    enrolled = await house.enrol()
    await house.enrolment.departures.push_off(DeviceId(enrolled.device))
    house.pbx.asked.clear()
    done = await house.sign_in.by_password(ADDRESS, "", PASSWORD, HERE)
    assert house.pbx.asked == [ADDRESS]
    assert house.kernel.keyring.find(PROVIDER, IdentifierKind.SIP_ADDRESS, ADDRESS) == done.session.subject


@pytest.mark.promise("ACR-13")
async def test_a_pbx_is_never_asked_about_an_address_that_nobody_enrolled(house: House) -> None:
    house.pbx.passwords["alice"] = PASSWORD
    with pytest.raises(SignInRefused):
        await house.sign_in.by_password(f"alice@{DOMAIN}", "alice", PASSWORD, HERE)
    assert house.pbx.asked == []


@pytest.mark.parametrize("away", [True, False])
async def test_a_pbx_that_refuses_and_one_that_is_away_sound_alike(house: House, away: bool) -> None:
    enrolled = await house.enrol()
    await house.enrolment.departures.push_off(DeviceId(enrolled.device))
    house.pbx.away = away
    with pytest.raises(SignInRefused):
        await house.sign_in.by_password(ADDRESS, "", "guess", HERE)
    assert house.slept == [2.5]


async def test_however_long_the_pbx_takes_the_refusal_comes_at_the_same_time(house: House) -> None:
    enrolled = await house.enrol()
    await house.enrolment.departures.push_off(DeviceId(enrolled.device))

    async def takes_a_second() -> None:
        house.clock.advance(1.0)

    house.pbx.answer = takes_a_second
    with pytest.raises(SignInRefused):
        await house.sign_in.by_password(ADDRESS, "", "guess", HERE)
    assert house.slept == [1.5]


async def test_a_pbx_that_never_answers_delays_no_refusal(tmp_path: Path) -> None:
    settings = SignInSettings(homes={DOMAIN: Home(PROVIDER, UPSTREAM)}, refusal=0.05)
    async with housed(tmp_path / "house", settings) as house:
        enrolled = await house.enrol()
        await house.enrolment.departures.push_off(DeviceId(enrolled.device))

        async def never() -> None:
            await asyncio.Event().wait()

        house.pbx.answer = never
        with pytest.raises(SignInRefused):
            await asyncio.wait_for(house.sign_in.by_password(ADDRESS, "", PASSWORD, HERE), 5)


@pytest.mark.promise("ACR-17")
async def test_who_has_the_account_today_but_not_the_password_of_then_goes_to_the_provider(house: House) -> None:
    enrolled = await house.enrol()
    await house.enrolment.departures.push_off(DeviceId(enrolled.device))
    house.pbx.passwords[USER] = "another one"
    with pytest.raises(ProviderDecides):
        await house.sign_in.by_password(ADDRESS, "", "another one", HERE)
    assert len(house.sessions) == 0
    assert house.slept == [2.5]


async def test_guesses_at_one_account_stop_wherever_they_come_from(house: House) -> None:
    await house.enrol()
    for guess in range(10):
        with pytest.raises(SignInRefused):
            await house.sign_in.by_password(ADDRESS, "", "guess", f"198.51.100.{guess}")
    with pytest.raises(TooManyTries) as refused:
        await house.sign_in.by_password(f"sip:{USER}@PBX.EXAMPLE", "", PASSWORD, "203.0.113.1")
    assert refused.value.facts["retry_after"] == 3600
    house.clock.advance(3_601)
    await house.sign_in.by_password(ADDRESS, "", PASSWORD, HERE)


async def test_guesses_from_one_source_stop_whichever_account_they_are_at(house: House) -> None:
    for guess in range(30):
        with pytest.raises(SignInRefused):
            await house.sign_in.by_password(f"u{guess}@{DOMAIN}", "", "guess", f"2001:db8::{guess}")
    with pytest.raises(TooManyTries):
        await house.sign_in.by_password(f"other@{DOMAIN}", "", "guess", "2001:db8::ffff")  # the same /64


async def test_right_passwords_use_up_nothing(house: House) -> None:
    await house.enrol()
    for _ in range(15):
        await house.sign_in.by_password(ADDRESS, "", PASSWORD, HERE)


async def test_each_sign_in_is_in_the_ledger_by_its_means_alone(house: House) -> None:
    await house.enrol()
    await house.sign_in.by_password(ADDRESS, "", PASSWORD, HERE)
    async with house.kernel.db.reading() as unit:
        bodies = [entry.body for entry in await unit.select(LedgerEntry, provider=PROVIDER)]
    (signed_in,) = [body for body in bodies if Event.SIGNED_IN.value.encode() in body]
    assert b"password" in signed_in
    assert HERE.encode() not in signed_in
    assert USER.encode() not in signed_in


# One number, two people, one after the other


@pytest.mark.promise("ACR-13")
async def test_two_people_who_own_one_address_one_after_the_other_see_nothing_of_each_other(house: House) -> None:
    await house.enrol(push="push-token-of-the-first")
    first = house.holder()
    session = await house.sign_in.by_password(ADDRESS, "", PASSWORD, HERE)
    of_the_first = await rows_of(house, first)
    assert of_the_first

    house.pbx.passwords[USER] = "the next owner's"
    await house.enrol(password="the next owner's", push="push-token-of-the-second")
    second = house.kernel.keyring.find(PROVIDER, IdentifierKind.SIP_ADDRESS, ADDRESS)
    assert second not in {None, first}
    done = await house.sign_in.by_password(ADDRESS, "", "the next owner's", HERE)
    assert done.session.subject == second
    ticket = await house.ask()
    by_pin = await house.sign_in.by_pin(ticket, house.texts.pin, HERE)
    assert by_pin.session.subject == second
    assert not set(await rows_of(house, done.session.subject)) & set(of_the_first)

    with pytest.raises(SignInRefused):  # and the first one no longer gets at the second one's
        await house.sign_in.by_password(ADDRESS, "", PASSWORD, HERE)
    seen_by_the_first = house.signed_in(session.id)
    assert seen_by_the_first in {None, first}

    await house.erasures.resume()  # the first one's erasure, which the second enrolment began
    assert house.signed_in(session.id) is None
    assert house.signed_in(done.id) == second
    assert await rows_of(house, first) == []
    assert await rows_of(house, done.session.subject)


@pytest.mark.promise("ACR-13")
@pytest.mark.promise("ACR-17")
@pytest.mark.parametrize("state", [State.UNAUTHORIZED, State.CONFLICT, State.ERROR, State.IDLE])
async def test_a_number_whose_registration_is_not_accepted_any_more_opens_nothing(house: House, state: State) -> None:
    await house.enrol()
    account = house.accounts.by_subject(house.holder())
    assert account is not None
    account.state = state  # the number has been given to somebody else; its next owner asks for a PIN and receives it
    ticket = await house.ask()
    with pytest.raises(ProviderDecides):
        await house.sign_in.by_pin(ticket, house.texts.pin, HERE)
    assert len(house.sessions) == 0


@pytest.mark.promise("ACR-17")
async def test_a_number_of_whose_registration_nothing_is_known_opens_nothing(house: House) -> None:
    enrolled = await house.enrol()
    await house.enrolment.departures.push_off(DeviceId(enrolled.device))
    ticket = await house.ask()
    with pytest.raises(ProviderDecides):
        await house.sign_in.by_pin(ticket, house.texts.pin, HERE)


async def test_a_pin_is_void_once_the_number_has_passed_to_somebody_else(house: House) -> None:
    await house.enrol()
    ticket = await house.ask()
    house.pbx.passwords[USER] = "the next owner's"
    await house.enrol(password="the next owner's", push="other")
    with pytest.raises(SignInRefused):
        await house.sign_in.by_pin(ticket, house.texts.pin, HERE)


async def test_a_pin_opens_nothing_where_the_number_leads_to_another_person_meanwhile(house: House) -> None:
    await house.enrol()
    ticket = await house.ask()
    keyring, kind = house.kernel.keyring, IdentifierKind.SIP_ADDRESS
    keyring.unbind(PROVIDER, kind, ADDRESS)
    keyring.bind(PROVIDER, kind, ADDRESS, SubjectId("somebody else"))
    with pytest.raises(SignInRefused):
        await house.sign_in.by_pin(ticket, house.texts.pin, HERE)
    assert len(house.sessions) == 0


async def test_whoever_is_being_erased_is_not_let_in(house: House) -> None:
    await house.enrol()
    subject = house.holder()
    before = await house.sign_in.by_password(ADDRESS, "", PASSWORD, HERE)
    await house.enrolment.departures.leave(PROVIDER, subject)
    with pytest.raises(SignInRefused):
        await house.sign_in.by_password(ADDRESS, "", PASSWORD, HERE)
    await house.erasures.resume()
    assert house.signed_in(before.id) is None
    with pytest.raises(SignInRefused):
        await house.sign_in.by_password(ADDRESS, "", PASSWORD, HERE)
