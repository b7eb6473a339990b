"""What staff may, before and after they have accepted confidentiality, and their end."""

import pytest

from ringfence.declarations import REGISTRY, IdentifierKind
from ringfence.identifiers import ProviderId, StaffId, SubjectId
from ringfence.privacy.ledger import Event
from ringfence.services.staff import (
    ConfidentialityNotAccepted,
    InvitationUnusable,
    MailTaken,
    MailUnusable,
    NotAllowed,
    Permission,
    Role,
    Scope,
    StaffRefused,
    Standing,
    TokenRefused,
    confidentiality,
    invitable,
    permitted,
)
from tests.unit.privacy.installation import PROVIDER
from tests.unit.services.staff.world import HERE, MAIL, PASSWORD, Office, token_of

OF_PEOPLE = {
    Permission.SEE_CASES, Permission.ENTER_CASES, Permission.DECIDE_CASES, Permission.FIND_PEOPLE, Permission.LOOK,
    Permission.ERASE, Permission.EXPORT, Permission.HOLD, Permission.RESTRICT, Permission.RECTIFY,
    Permission.KEEP_SECRET, Permission.READ_LEDGER,
}  # fmt: skip
"""What shows or touches something about a person."""

# Confidentiality


@pytest.mark.promise("ZOI-27")
async def test_nobody_may_do_anything_before_they_have_accepted_confidentiality(office: Office) -> None:
    joined = await office.join(*Role)
    actor = await office.staff.actor(joined.first.id)
    assert actor is not None
    assert not actor.bound
    for permission in Permission:
        assert not actor.may(permission)
        with pytest.raises(ConfidentialityNotAccepted):
            actor.need(permission)
    with pytest.raises(ConfidentialityNotAccepted):
        await office.staff.check(PROVIDER, joined.staff)
    with pytest.raises(ConfidentialityNotAccepted):
        await office.invite(Role.SUPPORT, mail="new@provider.example", by=actor)
    await office.staff.accept_confidentiality(joined.first.id, confidentiality("en").version)
    actor = await office.staff.actor(joined.first.id)
    assert actor is not None
    for permission in Permission:
        actor.need(permission)
    await office.staff.check(PROVIDER, joined.staff)


@pytest.mark.promise("ZOI-27")
async def test_that_it_was_accepted_is_in_the_ledger_with_its_version(office: Office) -> None:
    actor = await office.working(Role.SUPPORT)
    entry = next(body for body in await office.ledger() if Event.CONFIDENTIALITY_ACCEPTED.value.encode() in body)
    assert confidentiality("en").version.encode() in entry
    assert actor.staff.encode() in entry
    (colleague,) = await office.staff.members(PROVIDER)
    assert colleague.accepted_on is not None


@pytest.mark.promise("ZOI-27")
async def test_a_changed_text_is_accepted_anew(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    joined = await office.join(Role.SUPPORT)
    await office.staff.accept_confidentiality(joined.first.id, confidentiality("en").version)
    changed = type(confidentiality("en"))("Confidentiality", ("Another text.",), "f" * 64)
    for module in ("actor", "service"):
        monkeypatch.setattr(f"ringfence.services.staff.{module}.confidentiality", lambda _: changed)
    actor = await office.staff.actor(joined.first.id)
    assert actor is not None
    with pytest.raises(ConfidentialityNotAccepted):
        actor.need(Permission.LOOK)
    with pytest.raises(ConfidentialityNotAccepted):
        await office.staff.accept_confidentiality(joined.first.id, confidentiality("en").version)


async def test_only_somebody_who_is_signed_in_accepts(office: Office) -> None:
    with pytest.raises(ConfidentialityNotAccepted):
        await office.staff.accept_confidentiality("nobody's session", confidentiality("en").version)


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "bg", "cs"])
def test_the_text_is_there_in_each_language_and_one_version_holds_for_all(language: str) -> None:
    text = confidentiality(language)
    assert len(text.text) == len(confidentiality("en").text)
    assert text.version == confidentiality("en").version
    assert len(text.version) == 64
    assert language == "en" or text.text != confidentiality("en").text


# Roles


@pytest.mark.promise("ZOI-11")
def test_the_operator_of_the_installation_sees_no_subscribers_data() -> None:
    assert permitted([Role.OPERATOR]).isdisjoint(OF_PEOPLE)
    assert not permitted([Role.AUDITOR]) & {
        Permission.LOOK,
        Permission.FIND_PEOPLE,
        Permission.ERASE,
        Permission.EXPORT,
    }
    assert permitted([]) == frozenset()


def test_each_permission_is_somebodys_and_support_decides_nothing() -> None:
    assert permitted(Role) == frozenset(Permission)
    assert permitted([Role.SUPPORT]).isdisjoint(
        {Permission.DECIDE_CASES, Permission.ERASE, Permission.EXPORT, Permission.HOLD, Permission.KEEP_SECRET}
    )


def test_nobody_invites_into_what_they_may_not_do_themselves_but_officers_their_auditors() -> None:
    for role in Role:
        for invited in invitable([role]):
            gained = permitted([invited]) - permitted([role])
            assert gained.isdisjoint({Permission.LOOK, Permission.FIND_PEOPLE, Permission.ERASE, Permission.EXPORT})


@pytest.mark.parametrize(
    ("role", "invited", "allowed"),
    [
        (Role.OFFICER, Role.SUPPORT, True),
        (Role.OFFICER, Role.OFFICER, True),
        (Role.OFFICER, Role.OPERATOR, False),
        (Role.OPERATOR, Role.OPERATOR, True),
        (Role.OPERATOR, Role.OFFICER, False),
        (Role.OPERATOR, Role.SUPPORT, False),
        (Role.SUPPORT, Role.SUPPORT, False),
        (Role.AUDITOR, Role.AUDITOR, False),
    ],
)
async def test_who_may_invite_whom(office: Office, role: Role, invited: Role, allowed: bool) -> None:
    actor = await office.working(role)
    if allowed:
        await office.invite(invited, mail="new@provider.example", by=actor)
    else:
        with pytest.raises(NotAllowed):
            await office.invite(invited, mail="new@provider.example", by=actor)


async def test_a_change_of_roles_holds_from_the_next_request_on(office: Office) -> None:
    officer = await office.working(Role.OFFICER)
    other = await office.join(Role.SUPPORT, mail="sam@provider.example")
    await office.staff.accept_confidentiality(other.first.id, confidentiality("en").version)
    await office.staff.check(PROVIDER, other.staff)
    await office.staff.change_roles(other.staff, [Role.AUDITOR], by=officer)
    with pytest.raises(NotAllowed):
        await office.staff.check(PROVIDER, other.staff)
    actor = await office.staff.actor(other.first.id)
    assert actor is not None
    assert actor.roles == (Role.AUDITOR,)


async def test_nobody_changes_their_own_roles_or_those_beyond_their_power_or_of_another_provider(
    office: Office,
) -> None:
    officer = await office.working(Role.OFFICER)
    operator = await office.join(Role.OPERATOR, mail="otto@provider.example")
    for staff, roles in (
        (officer.staff, [Role.AUDITOR]),
        (operator.staff, [Role.AUDITOR]),
        (StaffId("nobody"), [Role.AUDITOR]),
    ):
        with pytest.raises(NotAllowed):
            await office.staff.change_roles(staff, roles, by=officer)
    elsewhere = await office.staff.invite(
        ProviderId("other"), [Role.SUPPORT], name="Elsa", mail="elsa@other.example", by=None
    )
    with pytest.raises(NotAllowed):
        await office.staff.change_roles(elsewhere.staff, [Role.AUDITOR], by=officer)
    assert not await office.staff.leave(PROVIDER, elsewhere.staff, by=officer)
    assert len(await office.staff.members(PROVIDER)) == 2


@pytest.mark.parametrize(
    ("name", "mail", "roles"),
    [("", MAIL, [Role.SUPPORT]), ("Olga", "no mail", [Role.SUPPORT]), ("Olga", "a@b\r\nBcc: c@d", [Role.SUPPORT]),
     ("Olga", "x" * 300 + "@b", [Role.SUPPORT]), ("Olga", MAIL, [])],
)  # fmt: skip
async def test_an_invitation_needs_a_name_an_address_and_a_role(
    office: Office, name: str, mail: str, roles: list[Role]
) -> None:
    with pytest.raises(MailUnusable):
        await office.staff.invite(PROVIDER, roles, name=name, mail=mail, by=None)


async def test_one_mail_address_is_one_member_and_a_pending_invitation_is_replaced(office: Office) -> None:
    first = await office.invite()
    second = await office.invite()
    with pytest.raises(InvitationUnusable):
        await office.staff.entrance.open_invitation(token_of(first))
    await office.staff.entrance.open_invitation(token_of(second))
    await office.join()
    with pytest.raises(MailTaken):
        await office.invite()


async def test_an_invitation_that_was_swept_away_leaves_the_address_free(office: Office) -> None:
    first = await office.invite()
    async with office.kernel.db.transaction() as unit:
        for kind in REGISTRY.about_people():
            await unit.delete(kind, subject=SubjectId(first.staff))
    await office.join()


# The end


@pytest.mark.promise("ZOI-11")
async def test_whoever_leaves_is_out_at_once_everywhere_and_is_erased(office: Office) -> None:
    officer = await office.working(Role.OFFICER)
    member = await office.join(Role.SUPPORT, mail="sam@provider.example")
    second = await office.sign_in(member)
    half = await office.staff.entrance.sign_in(PROVIDER, member.mail, PASSWORD, HERE)
    assert await office.staff.leave(PROVIDER, member.staff, by=officer)
    for session in (member.first.id, second.id):
        assert office.staff.sessions.get(session) is None
        assert await office.staff.actor(session) is None
    with pytest.raises(NotAllowed):
        await office.staff.check(PROVIDER, member.staff)
    office.clock.advance(30)
    with pytest.raises(StaffRefused):
        await office.staff.entrance.by_code(half.ticket, office.code(member.totp), HERE)
    with pytest.raises(StaffRefused):
        await office.staff.entrance.sign_in(PROVIDER, member.mail, PASSWORD, HERE)
    await office.erasures.resume()
    assert not office.kernel.keyring.knows(SubjectId(member.staff))
    assert office.kernel.keyring.find(PROVIDER, IdentifierKind.STAFF_MAIL, member.mail) is None
    bodies = await office.ledger()
    assert any(Event.STAFF_LEFT.value.encode() in body and member.staff.encode() in body for body in bodies)
    await office.join(Role.SUPPORT, mail="sam@provider.example")  # and may come back as somebody new
    assert not await office.staff.leave(PROVIDER, member.staff, by=officer)


async def test_anybody_may_leave_and_nobody_may_remove_whom_they_have_no_power_over(office: Office) -> None:
    support = await office.working(Role.SUPPORT)
    officer = await office.join(Role.OFFICER, mail="olaf@provider.example")
    with pytest.raises(NotAllowed):
        await office.staff.leave(PROVIDER, officer.staff, by=support)
    assert await office.staff.leave(PROVIDER, support.staff, by=support)
    assert [each.staff for each in await office.staff.members(PROVIDER)] == [officer.staff]
    assert await office.staff.leave(PROVIDER, officer.staff, by=None)


async def test_everything_about_staff_is_in_the_ledger_and_names_nobody(office: Office) -> None:
    actor = await office.working(Role.OFFICER)
    await office.staff.tokens.make(PROVIDER, "billing", [Scope.BILLING_WRITE], days=30, by=actor.staff)
    await office.staff.leave(PROVIDER, actor.staff, by=None)
    bodies = await office.ledger()
    said = [
        event
        for event in Event
        if any(f'"{event.value}"'.encode() in body or event.value.encode() in body for body in bodies)
    ]
    assert {
        Event.STAFF_INVITED, Event.STAFF_JOINED, Event.SIGNED_IN, Event.CONFIDENTIALITY_ACCEPTED, Event.API_TOKEN_MADE,
        Event.STAFF_LEFT,
    } <= set(said)  # fmt: skip
    assert not any(b"Olga" in body or MAIL.encode() in body for body in bodies)


async def test_what_is_kept_of_staff_lies_sealed(office: Office) -> None:
    member = await office.join()
    await office.kernel.db.checkpoint()
    written = b"".join(path.read_bytes() for path in office.kernel.folder.rglob("*") if path.is_file())
    for clear in (MAIL, "Olga Officer", PASSWORD, member.totp.secret, "$argon2id$"):
        assert clear.encode() not in written
    (colleague,) = await office.staff.members(PROVIDER)
    assert colleague.standing is Standing.ACTIVE
    assert MAIL not in repr(colleague)


# Tokens of a provider's systems


async def test_a_token_opens_its_scopes_for_its_provider_until_it_ends(office: Office) -> None:
    issued = await office.staff.tokens.make(PROVIDER, "billing", [Scope.BILLING_WRITE], days=30, by=None)
    granted = await office.staff.tokens.check(issued.token, Scope.BILLING_WRITE)
    assert (granted.provider, set(granted.scopes)) == (PROVIDER, {Scope.BILLING_WRITE})
    assert issued.token not in repr(issued)
    with pytest.raises(TokenRefused):
        await office.staff.tokens.check(issued.token, Scope.REQUESTS_READ)
    (listed,) = await office.staff.tokens.of(PROVIDER)
    assert (listed.label, listed.scopes) == ("billing", (Scope.BILLING_WRITE,))
    office.clock.advance(30 * 86_400)
    with pytest.raises(TokenRefused):
        await office.staff.tokens.check(issued.token, Scope.BILLING_WRITE)


async def test_a_token_that_was_revoked_opens_nothing_and_only_its_provider_revokes_it(office: Office) -> None:
    issued = await office.staff.tokens.make(PROVIDER, "billing", [Scope.BILLING_WRITE], days=30, by=None)
    assert not await office.staff.tokens.revoke(ProviderId("other"), issued.id, by=None)
    await office.staff.tokens.check(issued.token, Scope.BILLING_WRITE)
    assert await office.staff.tokens.revoke(PROVIDER, issued.id, by=None)
    with pytest.raises(TokenRefused):
        await office.staff.tokens.check(issued.token, Scope.BILLING_WRITE)


@pytest.mark.parametrize("token", ["", ".", "x", "x.y", "\x00.\x00", "a" * 26 + "." + "b" * 43, "a" * 100_000])
async def test_a_made_up_token_opens_nothing(office: Office, token: str) -> None:
    issued = await office.staff.tokens.make(PROVIDER, "billing", list(Scope), days=1, by=None)
    for made_up in (token, f"{issued.id}.{token}", f"{issued.id}."):
        with pytest.raises(TokenRefused):
            await office.staff.tokens.check(made_up, Scope.BILLING_READ)


@pytest.mark.parametrize(("label", "scopes", "days"), [
    ("", [Scope.BILLING_READ], 1), ("Frau Müller", [Scope.BILLING_READ], 1), ("ok", [], 1),
    ("ok", [Scope.BILLING_READ], 0), ("ok", [Scope.BILLING_READ], 731),
])  # fmt: skip
async def test_a_token_has_a_plain_name_a_scope_and_an_end(
    office: Office, label: str, scopes: list[Scope], days: int
) -> None:
    with pytest.raises(TokenRefused):
        await office.staff.tokens.make(PROVIDER, label, scopes, days=days, by=None)
