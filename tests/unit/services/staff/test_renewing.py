"""How a member changes what they come in with."""

import pyotp
import pytest

from ringfence.privacy.access import Means, TooManyTries
from ringfence.privacy.ledger import Event
from ringfence.services.staff import PasswordUnusable, Role, StaffRefused
from tests.doubles.authenticator import Authenticator
from tests.unit.privacy.installation import PROVIDER
from tests.unit.services.staff.world import HERE, MAIL, PASSWORD, PLACE, Office

NEW = "other words, five of them"


async def test_whoever_came_in_by_a_recovery_code_takes_another_authenticator(office: Office) -> None:
    member = await office.join()
    half = await office.staff.entrance.sign_in(PROVIDER, MAIL, PASSWORD, HERE)
    session = (await office.staff.entrance.by_recovery(half.ticket, member.recovery[0], HERE)).id
    renewing = await office.staff.renewal.begin(session)
    totp = pyotp.TOTP(renewing.code_secret)
    codes = await office.staff.renewal.replace_code(session, renewing.ticket, PASSWORD, office.code(totp))
    assert not set(codes) & set(member.recovery)
    office.clock.advance(30)
    half = await office.staff.entrance.sign_in(PROVIDER, MAIL, PASSWORD, HERE)
    with pytest.raises(StaffRefused):
        await office.staff.entrance.by_code(half.ticket, office.code(member.totp), HERE)
    with pytest.raises(StaffRefused):
        await office.staff.entrance.by_recovery(half.ticket, member.recovery[1], HERE)
    await office.staff.entrance.by_code(half.ticket, office.code(totp), HERE)
    with pytest.raises(StaffRefused):  # good once
        await office.staff.renewal.replace_code(session, renewing.ticket, PASSWORD, office.code(totp))


async def test_a_passkey_is_added_to_the_code(office: Office) -> None:
    member = await office.join()
    renewing = await office.staff.renewal.begin(member.first.id)
    mine = Authenticator(PLACE.origin)
    await office.staff.renewal.add_passkey(member.first.id, renewing.ticket, PASSWORD, mine.register(renewing.passkey))
    half = await office.staff.entrance.sign_in(PROVIDER, MAIL, PASSWORD, HERE)
    assert half.code
    assert half.passkey is not None
    done = await office.staff.entrance.by_passkey(half.ticket, mine.sign_in(half.passkey), HERE)
    assert done.session.by is Means.PASSKEY
    assert len((await office.staff.renewal.begin(done.id)).passkey["excludeCredentials"]) == 1


async def test_a_changed_password_ends_other_sessions_and_the_former_one_opens_nothing(office: Office) -> None:
    member = await office.join()
    other = await office.sign_in(member)
    await office.staff.renewal.change_password(member.first.id, PASSWORD, NEW)
    assert await office.staff.actor(other.id) is None
    assert await office.staff.actor(member.first.id) is not None
    with pytest.raises(StaffRefused):
        await office.staff.entrance.sign_in(PROVIDER, MAIL, PASSWORD, HERE)
    await office.staff.entrance.sign_in(PROVIDER, MAIL, NEW, HERE)
    assert any(Event.STAFF_CREDENTIAL_CHANGED.value.encode() in body for body in await office.ledger())


async def test_at_an_open_console_nothing_is_changed_without_the_password(office: Office) -> None:
    member = await office.join()
    renewing = await office.staff.renewal.begin(member.first.id)
    code = office.code(pyotp.TOTP(renewing.code_secret))
    for _ in range(5):
        with pytest.raises(StaffRefused):
            await office.staff.renewal.replace_code(member.first.id, renewing.ticket, "a guess at it", code)
    with pytest.raises(TooManyTries):
        await office.staff.renewal.change_password(member.first.id, PASSWORD, NEW)


async def test_a_new_password_is_as_good_as_the_first_had_to_be(office: Office) -> None:
    member = await office.join()
    with pytest.raises(PasswordUnusable):
        await office.staff.renewal.change_password(member.first.id, PASSWORD, "too short")
    await office.staff.entrance.sign_in(PROVIDER, MAIL, PASSWORD, HERE)


async def test_nobody_finishes_what_another_has_begun_or_changes_anything_signed_out(office: Office) -> None:
    member = await office.join()
    other = await office.join(Role.SUPPORT, mail="sam@provider.example")
    renewing = await office.staff.renewal.begin(member.first.id)
    code = office.code(pyotp.TOTP(renewing.code_secret))
    with pytest.raises(StaffRefused):
        await office.staff.renewal.replace_code(other.first.id, renewing.ticket, PASSWORD, code)
    office.staff.sessions.end(member.first.id)
    with pytest.raises(StaffRefused):
        await office.staff.renewal.replace_code(member.first.id, renewing.ticket, PASSWORD, code)
    with pytest.raises(StaffRefused):
        await office.staff.renewal.begin("no session")


async def test_whoever_leaves_changes_nothing_any_more(office: Office) -> None:
    member = await office.join()
    renewing = await office.staff.renewal.begin(member.first.id)
    await office.staff.leave(PROVIDER, member.staff, by=None)
    assert office.staff.renewal._begun.look(renewing.ticket) is None
