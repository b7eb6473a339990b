"""Who may reach what: every route, with every role, and with the staff of another provider."""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from ringfence.identifiers import CaseId, SubjectId
from ringfence.privacy.requests import Kind
from ringfence.privacy.rights import HoldReason
from ringfence.privacy.secrecy import OrderKind
from ringfence.services.staff import Permission, Role, permitted
from ringfence.web.console import Gate, Measure, gates
from ringfence.web.console.routes import _visits
from ringfence.web.console.steps import READERS, needs
from tests.unit.web.console.office import HOSTILE, OURS, THEIRS, WORDS, Browser, Member, Office, opened_office

REVIEWED: Mapping[Permission | None, set[str]] = {
    Permission.HOLD: {
        "GET /console/holds",
        "POST /console/holds/release",
        "POST /console/people/{subject}/hold",
    },
    Permission.KEEP_SECRET: {
        "GET /console/secrecy",
        "POST /console/secrecy/release",
    },
    Permission.DECIDE_CASES: {
        "GET /console/recipients",
        "POST /console/recipients",
    },
    Permission.READ_RETENTION: {
        "GET /console/retention",
    },
    Permission.READ_LEDGER: {
        "GET /console/ledger",
    },
    Permission.READ_FIGURES: {
        "GET /console/figures",
    },
    Permission.SEE_SETTINGS: {
        "GET /console/notices",
    },
    Permission.PUBLISH_NOTICES: {
        "POST /console/notices/publish",
    },
    Permission.MANAGE_STAFF: {
        "GET /console/staff",
        "POST /console/staff/invite",
        "POST /console/staff/{staff}/roles",
        "POST /console/staff/{staff}/remove",
    },
    Permission.MANAGE_TOKENS: {
        "POST /console/staff/tokens",
        "POST /console/staff/tokens/{token}/revoke",
    },
    None: {
        "GET /console",
    },
    Permission.SEE_CASES: {
        "GET /console/find",
        "GET /console/closed",
        "GET /console/cases/{case}",
    },
    Permission.ENTER_CASES: {
        "GET /console/enter",
        "POST /console/enter",
        "POST /console/cases/{case}/{event}",
    },
    Permission.EXPORT: {
        "GET /console/exports",
        "POST /console/exports",
        "POST /console/exports/second",
        "POST /console/exports/make",
        "POST /console/cases/{case}/dossier",
    },
    Permission.LOOK: {
        "POST /console/cases/{case}/look",
        "POST /console/people/{subject}/look",
        "POST /console/people/{subject}/ring",
    },
    Permission.FIND_PEOPLE: {
        "GET /console/people",
        "POST /console/people",
        "GET /console/people/{subject}",
    },
    Permission.RESTRICT: {
        "POST /console/people/{subject}/restrict",
        "POST /console/people/{subject}/lift",
    },
    Permission.RECTIFY: {
        "POST /console/people/{subject}/correct",
    },
    Permission.ERASE: {
        "GET /console/people/{subject}/erase",
        "POST /console/people/{subject}/erase",
    },
}
"""Which permission stands before what, written down a second time: whoever changes a route looks at it twice."""


@dataclass
class Full:
    """An office with something in every room, of both providers."""

    office: Office
    person: SubjectId
    case: CaseId
    erasure: CaseId
    named: Mapping[str, str]
    of_role: Mapping[Role, Member]
    stranger: Member

    def path(self, gate: Gate, **values: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda found: {**self.named, **values}[found[1]], gate.path)


@pytest.fixture
async def full(tmp_path: Path) -> AsyncIterator[Full]:
    async with opened_office(tmp_path / "office") as office:
        of_role = {role: await office.member(role) for role in Role}
        officer = of_role[Role.OFFICER]
        person = await office.subscriber()
        case, erasure = await office.asked(person), await office.written(Kind.ERASURE)
        measure = Measure(OURS, officer.staff, person)
        place = office.console.room.holds.place
        await place(measure, reason=HoldReason.CLAIMS, tables=["missed_call"], until=None, reference="x", secret=None)
        await place(
            measure, reason=HoldReason.CLAIMS, tables=["missed_call"], until=None, reference="y", secret=OrderKind.COURT
        )
        issued = await office.staff.tokens.make(OURS, "billing", ["billing:read"], days=9, by=None)  # type: ignore[list-item]  # a Scope is its text
        colleague = await office.member(Role.AUDITOR)
        named = {"case": case, "subject": person, "staff": colleague.staff, "token": issued.id, "event": "clarified"}
        stranger = await office.member(Role.OFFICER, Role.OPERATOR, Role.SUPPORT, Role.AUDITOR, provider=THEIRS)
        yield Full(office, person, case, erasure, named, of_role, stranger)


def all_gates(office: Office) -> list[Gate]:
    return list(gates(_visits(office.console), office.console.room))


async def ask(browser: Browser, gate: Gate, path: str, token: str) -> int:
    if gate.method == "GET":
        return (await browser.get(path)).status_code
    return (await browser.post(path, {"form_token": token})).status_code


async def test_every_route_stands_behind_the_permission_that_was_reviewed(full: Full) -> None:
    found: dict[Permission | None, set[str]] = {}
    for gate in all_gates(full.office):
        found.setdefault(gate.need, set()).add(f"{gate.method} {gate.path}")
    assert found == REVIEWED


@pytest.mark.promise("ZOI-11")
@pytest.mark.parametrize("role", list(Role))
async def test_a_role_reaches_what_the_table_of_permissions_allows_and_nothing_else(full: Full, role: Role) -> None:
    browser = full.office.browser(full.of_role[role])
    token = await browser.token("/console/confidentiality")
    wrong = {}
    for gate in all_gates(full.office):
        status = await ask(browser, gate, full.path(gate), token)
        allowed = gate.need is None or gate.need in permitted([role])
        if (status == 403) is allowed and not (allowed and _power(gate)):
            wrong[gate.method, gate.path] = (status, allowed)
    assert not wrong


def _power(gate: Gate) -> bool:
    """Whether the service behind asks for more than the permission: power over that very colleague."""
    return gate.path.startswith("/console/staff/{staff}")


@pytest.mark.promise("ZOI-11")
async def test_an_operator_sees_no_subscribers_data(full: Full) -> None:
    browser = full.office.browser(full.of_role[Role.OPERATOR])
    shown = {Permission.SEE_SETTINGS, Permission.MANAGE_STAFF, Permission.READ_RETENTION, Permission.READ_FIGURES}
    for gate in all_gates(full.office):
        answer = await browser.get(full.path(gate)) if gate.method == "GET" else None
        if answer is not None and answer.status_code == 200:
            assert gate.need in shown
            assert full.person not in answer.text
            assert full.case not in answer.text


@pytest.mark.parametrize("role", list(Role))
async def test_each_step_of_a_request_is_for_the_roles_that_may_take_it(full: Full, role: Role) -> None:
    browser = full.office.browser(full.of_role[role])
    token = await browser.token("/console/confidentiality")
    may = permitted([role])
    for event in READERS:
        for case, kind in ((full.case, Kind.RECTIFICATION), (full.erasure, Kind.ERASURE)):
            before = len((await full.office.requests.case(OURS, case)).history)
            answer = await browser.post(f"/console/cases/{case}/{event}", {"form_token": token})
            if may.issuperset({Permission.ENTER_CASES, *needs(event, kind)}):
                assert answer.status_code in {303, 422}, event
            else:
                assert answer.status_code == 403, event
                assert len((await full.office.requests.case(OURS, case)).history) == before


async def test_the_staff_of_another_provider_find_nothing_of_ours_there(full: Full) -> None:
    browser = full.office.browser(full.stranger)
    token = await browser.token("/console/confidentiality")
    ours = (full.person, full.case, full.erasure, *full.named.values())
    for gate in all_gates(full.office):
        path = full.path(gate)
        if "{" in gate.path:
            status = await ask(browser, gate, path, token)
            assert status in {404, 403, 422}, (gate.path, status)
            assert gate.method == "POST" or status == 404, gate.path
        elif gate.method == "GET":
            page = (await browser.get(path)).text
            assert not [each for each in ours if len(each) > 8 and each in page], gate.path
    assert len((await full.office.requests.case(OURS, full.case)).history) == 2
    assert await full.office.staff.tokens.of(OURS)
    assert len(await full.office.holds.of(OURS, full.person)) == 2


async def test_a_request_of_another_provider_is_not_there(full: Full) -> None:
    browser = full.office.browser(full.stranger)
    answer = await browser.get(f"/console/cases/{full.case}")
    nothing = await browser.get("/console/cases/aaaaaaaaaaaaaaaaaaaaaaaaaa")
    assert (answer.status_code, nothing.status_code) == (404, 404)
    assert re.sub(full.case, "", answer.text) == re.sub("a{26}", "", nothing.text)


# Forms of others ------------------------------------------------------------------------------------------------------


async def test_no_form_is_taken_that_this_console_did_not_show_to_this_browser(full: Full) -> None:
    officer = full.office.browser(full.of_role[Role.OFFICER])
    other = full.office.browser(full.of_role[Role.SUPPORT])
    stolen = await other.token("/console/confidentiality")
    before = await full.office.ledger()
    for gate in all_gates(full.office):
        if gate.method == "POST" and gate.need in permitted([Role.OFFICER]):
            for sent in ({"form_token": ""}, {"form_token": stolen}, {"form_token": "1.x"}):
                answer = await officer.post(full.path(gate), sent)
                assert answer.status_code == 403, gate.path
                assert "did not come from our page" in answer.text
    assert await full.office.ledger() == before


@pytest.mark.parametrize("path", ["sign-in", "sign-in/second", "join/x", "sign-out"])
async def test_no_foreign_form_signs_anybody_in_or_out(full: Full, path: str) -> None:
    browser = full.office.browser(full.of_role[Role.OFFICER])
    assert (await browser.post(f"/console/{path}", {"mail": "x", "password": "y"})).status_code == 403


async def test_nothing_is_done_by_a_get(full: Full) -> None:
    browser = full.office.browser(full.of_role[Role.OFFICER])
    before = await full.office.ledger()
    for gate in all_gates(full.office):
        await browser.get(full.path(gate))
    assert await full.office.ledger() == before


# What strangers write -------------------------------------------------------------------------------------------------


async def test_what_a_stranger_writes_is_text_wherever_an_officer_reads_it(full: Full) -> None:
    office, browser = full.office, full.office.browser(full.of_role[Role.OFFICER])
    letter = {
        "kind": "access", "received": "2027-03-01", "words": HOSTILE, "name": HOSTILE, "contact": HOSTILE,
        "language": "en", "relation": "representative", "mandate": HOSTILE, "identifier_kind": "sip_address",
        "identifier": HOSTILE,
    }  # fmt: skip
    entered = await browser.send("/console/enter", "/console/enter", letter)
    path = entered.headers["location"].partition("?")[0]
    await browser.send(path, f"{path}/proof_asked", {"proof_asked_rung": "callback", "proof_asked_reason": HOSTILE})
    await browser.send(path, f"{path}/referred", {"referred_reason": HOSTILE})
    reason = {"look_reason": "answer_request", "look_note": HOSTILE}
    pages = [
        await browser.get(path),
        await browser.send(path, f"{path}/look", reason),
        await browser.send(path, f"{path}/settled", {"settled_reason": HOSTILE}),
        await browser.send("/console/enter", "/console/enter", letter | {"received": HOSTILE[:9]}),
        await browser.send("/console/people", "/console/people", {"identifier": HOSTILE}),
        await browser.get("/console/ledger?ref=" + HOSTILE.replace("#", "")),
        await browser.get("/console?kind=" + HOSTILE.replace("#", "")),
    ]
    assert "&lt;script&gt;" in pages[1].text
    for page in pages:
        assert page.status_code in {200, 422}
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "49}}" not in page.text
        assert "script-src 'self'" in page.headers["content-security-policy"]
        assert "unsafe" not in page.headers["content-security-policy"]
    case = await office.requests.inbox(OURS)
    assert case


async def test_names_that_staff_give_are_text_too(full: Full) -> None:
    browser = full.office.browser(full.of_role[Role.OFFICER])
    sent = {"name": HOSTILE, "mail": "eve@provider.example", "role_support": "yes"}
    answer = await browser.send("/console/staff", "/console/staff/invite", sent)
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert WORDS not in answer.text


async def test_no_address_and_no_file_name_says_anything_about_anybody(full: Full) -> None:
    browser = full.office.browser(full.of_role[Role.OFFICER])
    page = (await browser.get(f"/console/people/{full.person}")).text
    for address in re.findall(r'(?:href|action)="([^"]*)"', page):
        assert "@" not in address.removeprefix("mailto:privacy@provider.example")
