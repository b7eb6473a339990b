"""How staff come in, and who does not."""

import asyncio
import json
from pathlib import Path

import pytest

from ringfence.identifiers import StaffId
from ringfence.privacy.access import Means, PasskeyUnusable, TooManyTries
from ringfence.randomness import SystemRandomness
from ringfence.services.staff import (
    HashingSettings,
    InvitationUnusable,
    PasswordUnusable,
    Role,
    StaffCredential,
    StaffRefused,
    StaffSettings,
    Standing,
)
from ringfence.services.staff.password import Passwords
from tests.doubles.authenticator import Authenticator
from tests.unit.privacy.installation import PROVIDER
from tests.unit.services.staff.world import HERE, MAIL, PASSWORD, PLACE, SETTINGS, URL, Office, opened_office, token_of

# By invitation


async def test_an_invitation_leads_to_a_member_with_two_factors(office: Office) -> None:
    joined = await office.join(Role.OFFICER, Role.SUPPORT)
    (colleague,) = await office.staff.members(PROVIDER)
    assert (colleague.staff, colleague.mail, colleague.standing) == (joined.staff, MAIL, Standing.ACTIVE)
    assert colleague.roles == (Role.OFFICER, Role.SUPPORT)
    assert joined.first.session.by is Means.CODE
    again = await office.sign_in(joined)
    assert StaffId(again.session.subject) == joined.staff


async def test_the_link_says_nothing_about_anybody_and_the_codes_go_into_an_app(office: Office) -> None:
    invitation = await office.invite()
    assert invitation.link.startswith(f"{URL}/console/join/")
    assert "olga" not in invitation.link.lower()
    assert repr(token_of(invitation)) not in repr(invitation)
    opening = await office.staff.entrance.open_invitation(token_of(invitation))
    assert opening.code_uri.startswith("otpauth://totp/")
    assert opening.name == "Olga Officer"
    assert json.dumps(opening.passkey)


async def test_an_invitation_is_good_once_and_looking_at_it_uses_nothing_up(office: Office) -> None:
    invitation = await office.invite()
    token = token_of(invitation)
    await office.staff.entrance.open_invitation(token)
    opening = await office.staff.entrance.open_invitation(token)
    other = await office.staff.entrance.open_invitation(token)
    authenticator = Authenticator(PLACE.origin)
    answer = authenticator.register(opening.passkey)
    await office.staff.entrance.join_by_passkey(opening.ticket, PASSWORD, answer)
    with pytest.raises(InvitationUnusable):
        await office.staff.entrance.open_invitation(token)
    with pytest.raises(InvitationUnusable):
        await office.staff.entrance.join_by_passkey(other.ticket, PASSWORD, authenticator.register(other.passkey))
    with pytest.raises(InvitationUnusable):
        await office.staff.entrance.join_by_passkey(opening.ticket, PASSWORD, answer)


async def test_an_invitation_taken_up_twice_at_the_same_moment_makes_one_member(office: Office) -> None:
    token = token_of(await office.invite())
    openings = [await office.staff.entrance.open_invitation(token) for _ in range(4)]
    joins = [
        office.staff.entrance.join_by_passkey(each.ticket, PASSWORD, Authenticator(PLACE.origin).register(each.passkey))
        for each in openings
    ]
    done = await asyncio.gather(*joins, return_exceptions=True)
    assert sum(isinstance(each, InvitationUnusable) for each in done) == 3


async def test_an_invitation_ends_after_two_days(office: Office) -> None:
    invitation = await office.invite()
    opening = await office.staff.entrance.open_invitation(token_of(invitation))
    office.clock.advance(2 * 86_400)
    with pytest.raises(InvitationUnusable):
        await office.staff.entrance.open_invitation(token_of(invitation))
    with pytest.raises(InvitationUnusable):
        await office.staff.entrance.join_by_code(opening.ticket, PASSWORD, "000000")


@pytest.mark.parametrize("token", ["", ".", "x.y", "a" * 26 + "." + "b" * 43, "\x00", "." * 5_000])
async def test_a_made_up_link_opens_nothing(office: Office, token: str) -> None:
    await office.invite()
    with pytest.raises(InvitationUnusable):
        await office.staff.entrance.open_invitation(token)


async def test_a_guess_at_the_secret_of_a_link_opens_nothing(office: Office) -> None:
    invitation = await office.invite()
    with pytest.raises(InvitationUnusable):
        await office.staff.entrance.open_invitation(f"{invitation.staff}.")


@pytest.mark.parametrize("password", ["", "eleven char", "aaaaaaaaaaaaaaaa", "ababababababab", f"my {MAIL}", "x" * 300])
async def test_a_password_that_is_no_good_is_refused_and_the_invitation_stays(office: Office, password: str) -> None:
    opening = await office.staff.entrance.open_invitation(token_of(await office.invite()))
    answer = Authenticator(PLACE.origin).register(opening.passkey)
    with pytest.raises(PasswordUnusable):
        await office.staff.entrance.join_by_passkey(opening.ticket, password, answer)
    await office.staff.entrance.join_by_passkey(opening.ticket, PASSWORD, answer)


async def test_nobody_joins_without_a_second_factor(office: Office) -> None:
    opening = await office.staff.entrance.open_invitation(token_of(await office.invite()))
    with pytest.raises(StaffRefused):
        await office.staff.entrance.join_by_code(opening.ticket, PASSWORD, "not a code")
    with pytest.raises(PasskeyUnusable):
        await office.staff.entrance.join_by_passkey(opening.ticket, PASSWORD, "{}")
    unverified = Authenticator(PLACE.origin, verified=False)
    with pytest.raises(PasskeyUnusable):
        await office.staff.entrance.join_by_passkey(opening.ticket, PASSWORD, unverified.register(opening.passkey))


# By password and second factor


async def test_a_passkey_is_a_second_factor(office: Office) -> None:
    opening = await office.staff.entrance.open_invitation(token_of(await office.invite()))
    mine = Authenticator(PLACE.origin)
    await office.staff.entrance.join_by_passkey(opening.ticket, PASSWORD, mine.register(opening.passkey))
    half = await office.staff.entrance.sign_in(PROVIDER, f" {MAIL.upper()} ", PASSWORD, HERE)
    assert not half.code
    assert half.passkey is not None
    answer = mine.sign_in(half.passkey)
    done = await office.staff.entrance.by_passkey(half.ticket, answer, HERE)
    assert done.session.by is Means.PASSKEY
    with pytest.raises(StaffRefused):
        await office.staff.entrance.by_passkey(half.ticket, answer, HERE)


async def test_an_answer_shown_twice_at_the_same_moment_opens_one_session(office: Office) -> None:
    opening = await office.staff.entrance.open_invitation(token_of(await office.invite()))
    mine = Authenticator(PLACE.origin)
    await office.staff.entrance.join_by_passkey(opening.ticket, PASSWORD, mine.register(opening.passkey))
    half = await office.staff.entrance.sign_in(PROVIDER, MAIL, PASSWORD, HERE)
    assert half.passkey is not None
    mine.count = -1  # as authenticators do that count nothing: they always say 0
    answer = mine.sign_in(half.passkey)
    shown = [office.staff.entrance.by_passkey(half.ticket, answer, HERE) for _ in range(4)]
    done = await asyncio.gather(*shown, return_exceptions=True)
    assert sum(isinstance(each, StaffRefused) for each in done) == 3


async def test_a_code_is_good_once(office: Office) -> None:
    member = await office.join()
    code_of_joining = office.code(member.totp)
    half = await office.staff.entrance.sign_in(PROVIDER, MAIL, PASSWORD, HERE)
    with pytest.raises(StaffRefused):
        await office.staff.entrance.by_code(half.ticket, code_of_joining, HERE)
    office.clock.advance(30)
    code = office.code(member.totp)
    await office.staff.entrance.by_code(half.ticket, f"{code[:3]} {code[3:]}", HERE)
    half = await office.staff.entrance.sign_in(PROVIDER, MAIL, PASSWORD, HERE)
    with pytest.raises(StaffRefused):
        await office.staff.entrance.by_code(half.ticket, code, HERE)


@pytest.mark.parametrize(("off", "good"), [(-60, False), (-30, True), (30, True), (60, False)])
async def test_a_clock_may_be_wrong_by_half_a_minute(office: Office, off: int, good: bool) -> None:
    member = await office.join()
    office.clock.advance(300)
    half = await office.staff.entrance.sign_in(PROVIDER, MAIL, PASSWORD, HERE)
    code = member.totp.generate_otp(int((office.clock.time() + off) // 30))
    if good:
        await office.staff.entrance.by_code(half.ticket, code, HERE)
    else:
        with pytest.raises(StaffRefused):
            await office.staff.entrance.by_code(half.ticket, code, HERE)


async def test_a_recovery_code_is_good_once_and_kept_as_a_digest(office: Office) -> None:
    member = await office.join()
    assert len(set(member.recovery)) == 10
    async with office.kernel.db.reading() as unit:
        (credential,) = await unit.select(StaffCredential, subject=member.staff)
    assert not any(code.encode() in digest for code in member.recovery for digest in credential.recovery)
    for code, good in ((member.recovery[0].upper(), True), (member.recovery[0], False), (member.recovery[1], True)):
        half = await office.staff.entrance.sign_in(PROVIDER, MAIL, PASSWORD, HERE)
        if good:
            done = await office.staff.entrance.by_recovery(half.ticket, code, HERE)
            assert done.session.by is Means.RECOVERY
        else:
            with pytest.raises(StaffRefused):
                await office.staff.entrance.by_recovery(half.ticket, code, HERE)


@pytest.mark.parametrize(
    ("mail", "password"),
    [(MAIL, "another password"), ("nobody@provider.example", PASSWORD), ("", ""), (MAIL, "x" * 9_999)],
)
async def test_an_unknown_address_and_a_wrong_password_sound_alike(office: Office, mail: str, password: str) -> None:
    await office.join()
    with pytest.raises(StaffRefused) as refused:
        await office.staff.entrance.sign_in(PROVIDER, mail, password, HERE)
    assert str(refused.value) == "staff_refused"


async def test_an_unknown_address_costs_a_hash_as_a_known_one_does(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.join()
    made: list[str] = []
    verified = Passwords._verified

    def counted(self: Passwords, kept: str, plain: str) -> bool:
        made.append(kept)
        return verified(self, kept, plain)

    monkeypatch.setattr(Passwords, "_verified", counted)
    for mail in (MAIL, "nobody@provider.example"):
        with pytest.raises(StaffRefused):
            await office.staff.entrance.sign_in(PROVIDER, mail, "another password", HERE)
    assert [kept.startswith("$argon2id$") for kept in made] == [True, True]


async def test_whoever_was_invited_and_has_not_joined_does_not_sign_in(office: Office) -> None:
    await office.invite()
    with pytest.raises(StaffRefused):
        await office.staff.entrance.sign_in(PROVIDER, MAIL, "", HERE)


async def test_a_half_ends_after_five_wrong_codes_and_after_five_minutes(office: Office) -> None:
    member = await office.join()
    office.clock.advance(30)
    half = await office.staff.entrance.sign_in(PROVIDER, MAIL, PASSWORD, HERE)
    for _ in range(5):
        with pytest.raises(StaffRefused):
            await office.staff.entrance.by_code(half.ticket, "000000", HERE)
    with pytest.raises(StaffRefused):
        await office.staff.entrance.by_code(half.ticket, office.code(member.totp), HERE)
    half = await office.staff.entrance.sign_in(PROVIDER, MAIL, PASSWORD, HERE)
    office.clock.advance(300)
    with pytest.raises(StaffRefused):
        await office.staff.entrance.by_code(half.ticket, office.code(member.totp), HERE)


async def test_guesses_at_one_member_stop_wherever_they_come_from_and_hit_nobody_else(office: Office) -> None:
    await office.join()
    other = await office.join(Role.SUPPORT, mail="sam@provider.example")
    for guess in range(10):
        with pytest.raises(StaffRefused):
            await office.staff.entrance.sign_in(PROVIDER, MAIL, "another password", f"198.51.100.{guess}")
    with pytest.raises(TooManyTries):
        await office.staff.entrance.sign_in(PROVIDER, MAIL.upper(), PASSWORD, "203.0.113.9")
    await office.sign_in(other, "203.0.113.9")


async def test_guesses_at_codes_stop_even_with_the_right_password(office: Office) -> None:
    await office.join()
    refused = 0
    for _ in range(50):
        half = await office.staff.entrance.sign_in(PROVIDER, MAIL, PASSWORD, HERE)
        try:
            await office.staff.entrance.by_code(half.ticket, "000000", HERE)
        except StaffRefused:
            refused += 1
        except TooManyTries:
            break
    assert refused == 10


async def test_a_session_ends_after_fifteen_silent_minutes(office: Office) -> None:
    member = await office.join()
    office.clock.advance(899)
    assert await office.staff.actor(member.first.id) is not None
    office.clock.advance(900)
    assert await office.staff.actor(member.first.id) is None


async def test_a_storm_of_sign_ins_is_told_to_come_again(tmp_path: Path) -> None:
    settings = StaffSettings(public_url=URL, hashing=HashingSettings(passes=1, memory_kib=8, together=1, waiting=3))
    passwords = Passwords(settings, SystemRandomness())
    await passwords.verify("", "warm up")
    storm = [passwords.verify("", "another password") for _ in range(20)]
    done = await asyncio.gather(*storm, return_exceptions=True)
    assert sum(isinstance(each, TooManyTries) for each in done) == 17


async def test_old_hashes_are_made_anew_by_todays_settings(tmp_path: Path) -> None:
    folder = tmp_path / "office"
    async with opened_office(folder) as office:
        member = await office.join()
    stronger = StaffSettings(public_url=URL, hashing=HashingSettings(passes=2, memory_kib=16))
    async with opened_office(folder, stronger) as office:
        office.clock.advance(60)
        await office.sign_in(member)
        async with office.kernel.db.reading() as unit:
            (credential,) = await unit.select(StaffCredential)
        assert "m=16,t=2" in credential.password
        await office.sign_in(member)


def test_the_settings_of_a_server_are_those_that_rfc_9106_recommends() -> None:
    hashing = StaffSettings(public_url=URL).hashing
    assert (hashing.passes, hashing.memory_kib) == (3, 64 * 1024)
    assert SETTINGS.hashing != hashing
