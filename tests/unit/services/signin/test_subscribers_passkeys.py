"""Passkeys of subscribers: added behind another proof, good for that person alone, gone with them."""

import json

import pytest

from ringfence.declarations import IdentifierKind
from ringfence.identifiers import RowId
from ringfence.privacy.access import Means, Passkeys, PasskeyUnusable, Place, Session, TooManyTries
from ringfence.randomness import SystemRandomness
from ringfence.services.signin import Passkey, SignInRefused, SubscriberPasskeys
from ringfence.services.signin.passkeys import spelled
from tests.doubles.authenticator import Authenticator
from tests.unit.privacy.installation import PROVIDER
from tests.unit.services.signin.world import ADDRESS, HERE, PASSWORD, House

PLACE = Place.of("https://ring.example", "Ringfence")


def passkeys_of(house: House) -> SubscriberPasskeys:
    return SubscriberPasskeys(
        db=house.kernel.db,
        identities=house.kernel.keyring,
        passkeys=Passkeys(PLACE),
        sign_in=house.sign_in,
        clock=house.clock,
        randomness=SystemRandomness(),
    )


async def signed_in(house: House) -> Session:
    return (await house.sign_in.by_password(ADDRESS, "", PASSWORD, HERE)).session


async def added(passkeys: SubscriberPasskeys, session: Session, authenticator: Authenticator) -> RowId:
    ticket, options = await passkeys.begin(session, "my phone")
    return await passkeys.add(session, ticket, authenticator.register(options), "my phone")


async def shown(passkeys: SubscriberPasskeys, authenticator: Authenticator, source: str = HERE) -> Session:
    ticket, options = passkeys.ask(PROVIDER)
    return (await passkeys.sign_in(ticket, authenticator.sign_in(options), source)).session


@pytest.mark.promise("ACR-13")
async def test_a_passkey_that_was_added_behind_another_proof_opens_the_same_persons_data(house: House) -> None:
    await house.enrol()
    passkeys, mine, session = passkeys_of(house), Authenticator(PLACE.origin), await signed_in(house)
    row = await added(passkeys, session, mine)
    assert [(each.id, each.name) for each in await passkeys.of(session)] == [(row, "my phone")]
    again = await shown(passkeys, mine)
    assert (again.subject, again.by) == (session.subject, Means.PASSKEY)


async def test_what_an_authenticator_is_told_of_a_person_names_nobody(house: House) -> None:
    await house.enrol()
    _, options = await passkeys_of(house).begin(await signed_in(house), "my phone")
    assert ADDRESS.partition("@")[0] not in json.dumps(options)


async def test_a_challenge_is_good_once_and_for_whoever_asked(house: House) -> None:
    await house.enrol()
    house.pbx.passwords["201"] = PASSWORD
    await house.enrol("201", push="other")
    passkeys, mine, session = passkeys_of(house), Authenticator(PLACE.origin), await signed_in(house)
    other = (await house.sign_in.by_password("201@pbx.example", "", PASSWORD, HERE)).session
    ticket, options = await passkeys.begin(session, "my phone")
    with pytest.raises(PasskeyUnusable):
        await passkeys.add(other, ticket, mine.register(options), "not theirs")
    with pytest.raises(PasskeyUnusable):
        await passkeys.add(session, ticket, mine.register(options), "used up")
    await added(passkeys, session, mine)
    asked, options = passkeys.ask(PROVIDER)
    answer = mine.sign_in(options)
    await passkeys.sign_in(asked, answer, HERE)
    with pytest.raises(SignInRefused):
        await passkeys.sign_in(asked, answer, HERE)


async def test_an_unknown_passkey_and_a_forged_signature_sound_alike(house: House) -> None:
    await house.enrol()
    passkeys, mine = passkeys_of(house), Authenticator(PLACE.origin)
    await added(passkeys, await signed_in(house), mine)
    forged = Authenticator(PLACE.origin, credential=mine.credential)
    for stranger in (Authenticator(PLACE.origin), forged, Authenticator("https://evil.test", key=mine.key)):
        with pytest.raises(SignInRefused):
            await shown(passkeys, stranger)


async def test_failed_answers_from_one_source_stop(house: House) -> None:
    passkeys = passkeys_of(house)
    for _ in range(30):
        with pytest.raises(SignInRefused):
            await passkeys.sign_in("no such ticket", "{}", HERE)
    with pytest.raises(TooManyTries):
        await passkeys.sign_in("no such ticket", "{}", HERE)


async def test_a_passkey_that_was_removed_opens_nothing(house: House) -> None:
    await house.enrol()
    passkeys, mine, session = passkeys_of(house), Authenticator(PLACE.origin), await signed_in(house)
    row = await added(passkeys, session, mine)
    await passkeys.remove(session, RowId("\x00"))
    await passkeys.remove(session, row)
    await passkeys.remove(session, row)
    assert await passkeys.of(session) == []
    with pytest.raises(SignInRefused):
        await shown(passkeys, mine)
    await added(passkeys, session, mine)  # and may be added again


@pytest.mark.promise("ACR-13")
async def test_the_passkey_of_an_earlier_holder_does_not_open_the_next_ones_data_and_ends_with_them(
    house: House,
) -> None:
    await house.enrol()
    passkeys, mine, session = passkeys_of(house), Authenticator(PLACE.origin), await signed_in(house)
    await added(passkeys, session, mine)
    house.pbx.passwords[ADDRESS.partition("@")[0]] = "the next owner's"
    await house.enrol(password="the next owner's", push="other")
    await house.erasures.resume()
    with pytest.raises(SignInRefused):
        await shown(passkeys, mine)
    async with house.kernel.db.reading() as unit:
        assert await unit.count(Passkey) == 0
    name = spelled(mine.credential)
    assert house.kernel.keyring.find(PROVIDER, IdentifierKind.PASSKEY, name) is None
