"""PINs: what they open, and that nobody learns or breaks anything by asking for them."""

import asyncio
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ringfence.app.signin import spellings_of
from ringfence.clock import ManualClock
from ringfence.identifiers import ProviderId, SubjectId
from ringfence.privacy.access import Means, TooManyTries
from ringfence.randomness import SeededRandomness
from ringfence.services.signin import Pins, SignInRefused
from ringfence.services.signin.pins import draw
from ringfence.services.signin.text import languages, pin_text
from tests.unit.privacy.installation import PROVIDER
from tests.unit.services.signin.world import ADDRESS, HERE, USER, House


@pytest.mark.promise("ACR-13")
@pytest.mark.parametrize("number", [USER, "+49 30 901820", "0049 30 901820", "(030) 90-1820", ADDRESS])
async def test_a_pin_sent_to_the_number_lets_its_owner_in_however_they_write_it(house: House, number: str) -> None:
    await house.enrol()
    ticket = await house.ask(number)
    done = await house.sign_in.by_pin(ticket, f" {house.texts.pin} ", HERE)
    assert house.signed_in(done.id) == house.holder()
    assert done.session.by is Means.PIN
    ((subject, _, text),) = house.texts.sent
    assert subject == house.holder()
    assert re.fullmatch(r"[0-9]{6} is your code to see your data at Example Telephone\. .*", text)


@pytest.mark.promise("ACR-13")
@pytest.mark.parametrize(
    "number", ["+49 30 11111", "201", "", "nobody", "nobody@elsewhere.example", "\x00", "9" * 5_000]
)
async def test_a_number_that_nobody_has_gets_the_same_answer_after_the_same_time_and_no_message(
    house: House, number: str
) -> None:
    await house.enrol()
    of_somebody = await house.sign_in.ask_pin(PROVIDER, USER, HERE)
    of_nobody = await house.sign_in.ask_pin(PROVIDER, number, HERE)
    await house.sign_in.drain()
    assert house.slept == [0.5, 0.5]
    assert of_somebody.seconds == of_nobody.seconds == 600
    assert len(of_somebody.ticket) == len(of_nobody.ticket)
    assert repr(of_nobody) == repr(of_somebody)
    assert len(house.texts.sent) == 1
    with pytest.raises(SignInRefused):
        await house.sign_in.by_pin(of_nobody.ticket, house.texts.pin, HERE)


async def test_a_pin_is_good_once(house: House) -> None:
    await house.enrol()
    ticket = await house.ask()
    await house.sign_in.by_pin(ticket, house.texts.pin, HERE)
    with pytest.raises(SignInRefused):
        await house.sign_in.by_pin(ticket, house.texts.pin, HERE)


async def test_a_pin_is_good_for_ten_minutes(house: House) -> None:
    await house.enrol()
    in_time, late = await house.ask(), await house.ask()
    pin_of_late = house.texts.pin
    house.clock.advance(599)
    await house.sign_in.by_pin(in_time, house.texts.sent[0][2][:6], HERE)
    house.clock.advance(1)
    with pytest.raises(SignInRefused):
        await house.sign_in.by_pin(late, pin_of_late, HERE)


@pytest.mark.promise("ACR-13")
async def test_a_pin_is_good_for_five_tries(house: House) -> None:
    await house.enrol()
    for wrong_tries, opens in ((4, True), (5, False)):
        ticket = await house.ask()
        pin = house.texts.pin
        for _ in range(wrong_tries):
            with pytest.raises(SignInRefused):
                await house.sign_in.by_pin(ticket, "not it", HERE)
        if opens:
            await house.sign_in.by_pin(ticket, pin, HERE)
        else:
            with pytest.raises(SignInRefused):
                await house.sign_in.by_pin(ticket, pin, HERE)


async def test_nobody_else_can_use_up_the_tries_of_a_pin(house: House) -> None:
    await house.enrol()
    mine = await house.ask()
    my_pin = house.texts.pin
    theirs = await house.ask(source="203.0.113.5")
    for _ in range(5):
        with pytest.raises(SignInRefused):
            await house.sign_in.by_pin(theirs, "000000", "203.0.113.5")
    await house.sign_in.by_pin(mine, my_pin, HERE)


async def test_a_storm_sends_three_messages_an_hour_and_six_a_day_to_one_number(house: House) -> None:
    await house.enrol()
    refused = 0
    for storm in range(24):
        for spelling, number in enumerate((USER, "030 901820", "004930901820", ADDRESS) * 2):
            try:
                await house.ask(number, f"198.51.{storm}.{spelling}")
            except TooManyTries:
                refused += 1
        assert len(house.texts.sent) == min(6, 3 * (storm + 1))
        house.clock.advance(3_600)
    assert refused > 100


async def test_one_source_gets_ten_pins_an_hour_whichever_numbers_it_asks_for(house: House) -> None:
    for number in range(10):
        await house.ask(f"+4930{number:05}")
    with pytest.raises(TooManyTries):
        await house.ask("+493077777")
    await house.ask("+493077777", "203.0.113.5")


async def test_a_limit_is_the_same_for_numbers_that_somebody_has_and_that_nobody_has(house: House) -> None:
    await house.enrol()
    for number in (USER, "+4930111111"):
        for _ in range(3):
            await house.ask(number)
        with pytest.raises(TooManyTries) as refused:
            await house.ask(number)
        assert refused.value.facts == {"retry_after": 3600}


async def test_guesses_spread_over_many_numbers_and_places_stop_at_a_hundred_an_hour(house: House) -> None:
    await house.enrol()
    tries = 0
    for guesser in range(30):
        ticket = await house.ask(f"+4940{guesser:05}", f"203.0.{guesser}.1")
        for _ in range(5):
            try:
                await house.sign_in.by_pin(ticket, "123456", f"203.0.{guesser}.1")
            except SignInRefused:
                tries += 1
            except TooManyTries:
                break
    assert tries == 100


async def test_when_all_places_are_taken_new_pins_are_refused_and_none_is_pushed_out(house: House) -> None:
    await house.enrol()
    mine = await house.ask()
    refused = 0
    for stranger in range(700):
        try:
            await house.ask(f"+4950{stranger:06}", f"10.{stranger // 250}.{stranger % 250}.1")
        except TooManyTries:
            refused += 1
    assert refused == 101  # 600 an hour, mine among them
    assert len(house.texts.sent) == 1
    await house.sign_in.by_pin(mine, house.texts.pin, HERE)


async def test_a_message_that_can_not_be_sent_is_not_heard_of(house: House) -> None:
    await house.enrol()
    house.texts.broken = True
    await house.ask()
    assert house.texts.sent == []


async def test_a_person_who_goes_takes_their_pins_along(house: House) -> None:
    await house.enrol()
    ticket = await house.ask()
    await house.sign_in.depart(house.holder())
    with pytest.raises(SignInRefused):
        await house.sign_in.by_pin(ticket, house.texts.pin, HERE)


async def test_the_same_pin_shown_many_times_at_once_opens_one_session(house: House) -> None:
    await house.enrol()
    ticket = await house.ask()
    shown = [house.sign_in.by_pin(ticket, house.texts.pin, HERE) for _ in range(10)]
    done = await asyncio.gather(*shown, return_exceptions=True)
    assert sum(isinstance(each, SignInRefused) for each in done) == 9
    assert len(house.sessions) == 1


def test_no_pin_rests_in_memory() -> None:
    pins = Pins(ManualClock(), SeededRandomness(3), seconds=600, tries=5, limit=10)
    ticket, pin = pins.begin(ProviderId("p"), "+4930", SubjectId("s"))
    waiting = pins._tickets.look(ticket)
    assert waiting is not None
    assert pin.encode() not in waiting.mac
    assert pin not in repr(waiting)
    assert len(waiting.mac) == 32


@given(st.integers(0, 2**32))
def test_a_pin_is_six_digits(seed: int) -> None:
    assert re.fullmatch(r"[0-9]{6}", draw(SeededRandomness(seed)))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=300), st.sampled_from(["DE", "", "CH", "??"]))
def test_whatever_is_typed_as_a_number_is_looked_for_in_five_spellings(number: str, country: str) -> None:
    assert len(spellings_of(number, country)) == 5


@pytest.mark.parametrize("language", sorted(languages()))
def test_the_message_says_the_code_whose_it_is_and_to_keep_it(language: str) -> None:
    text = pin_text("Example", "012345", language)
    assert text.startswith("012345")
    assert "Example" in text
    assert "{" not in text
    assert len(text) <= 160


def test_a_language_without_a_message_gets_the_english_one() -> None:
    assert pin_text("Example", "012345", "xx") == pin_text("Example", "012345", "en")
