"""Coming in to the console: nobody learns who works here, and nobody sees anything before confidentiality."""

import html
import re

import httpx
import pyotp
import pytest

from ringfence.services.staff import Role
from tests.unit.web.console.office import OURS, PASSWORD, THEIRS, Browser, Member, Office

INSIDE = ["/console", "/console/people", "/console/ledger", "/console/staff", "/console/confidentiality"]


def hidden(answer: httpx.Response, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', answer.text)
    assert found, answer.text
    return html.unescape(found[1])


async def first_step(browser: Browser, member: Member, password: str = PASSWORD) -> httpx.Response:
    sent = {"provider": member.provider, "mail": member.mail, "password": password}
    return await browser.send("/console/sign-in", "/console/sign-in", sent)


async def second_step(browser: Browser, first: httpx.Response, way: str, given: str) -> httpx.Response:
    sent = {name: hidden(first, name) for name in ("form_token", "ticket", "offer")}
    return await browser.post("/console/sign-in/second", sent | {"way": way, way: given})


@pytest.mark.parametrize("path", INSIDE)
async def test_nobody_sees_a_page_without_signing_in(office: Office, path: str) -> None:
    answer = await office.browser().get(path)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/console/sign-in"


async def test_password_and_code_open_and_the_cookie_of_before_counts_no_more(office: Office) -> None:
    member, browser = await office.member(Role.OFFICER), office.browser()
    office.clock.advance(60)
    first = await first_step(browser, member)
    before = dict(browser.cookies)
    answer = await second_step(browser, first, "code", office.code(member.totp))
    assert answer.headers["location"] == "/console"
    assert dict(browser.cookies) != before
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-ringfence-console=")
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"))
    assert (await browser.get("/console")).status_code == 200


async def test_a_recovery_code_opens_once(office: Office) -> None:
    member = await office.member(Role.OFFICER)
    for expected in (303, 422):
        browser = office.browser()
        first = await first_step(browser, member)
        assert (await second_step(browser, first, "recovery", member.recovery[0])).status_code == expected


async def test_every_failure_sounds_the_same(office: Office) -> None:
    member = await office.member(Role.OFFICER)
    nobody = Member(member.staff, OURS, "nobody@example.example", member.totp, "", [])
    elsewhere = Member(member.staff, THEIRS, member.mail, member.totp, "", [])
    said = set()
    for who, password in ((member, "wrong password"), (nobody, PASSWORD), (elsewhere, PASSWORD)):
        answer = await first_step(office.browser(), who, password)
        assert answer.status_code == 422
        assert PASSWORD not in answer.text
        said.add(re.sub(r' value="[^"]*"| selected', "", answer.text).replace(who.mail, ""))
    assert len(said) == 1


async def test_a_wrong_code_gets_another_try_and_a_right_one_is_good_once(office: Office) -> None:
    member, browser = await office.member(Role.OFFICER), office.browser()
    office.clock.advance(60)
    first = await first_step(browser, member)
    wrong = await second_step(browser, first, "code", "000000")
    assert wrong.status_code == 422
    code = office.code(member.totp)
    assert (await second_step(browser, wrong, "code", code)).status_code == 303
    again = office.browser()
    assert (await second_step(again, await first_step(again, member), "code", code)).status_code == 422


async def test_guessing_is_stopped_with_a_time_to_come_back(office: Office) -> None:
    member = await office.member(Role.OFFICER)
    browser = office.browser()
    answers = [await first_step(browser, member, "wrong password") for _ in range(11)]
    assert [answer.status_code for answer in answers] == [422] * 10 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert (await first_step(office.browser(host="198.51.100.7"), member)).status_code == 429


async def test_signing_out_ends_the_session_and_drops_the_cookie(office: Office) -> None:
    browser = office.browser(await office.member(Role.OFFICER))
    session = browser.cookies["__Host-ringfence-console"]
    await browser.send("/console", "/console/sign-out")
    assert office.staff.sessions.get(session) is None
    assert (await browser.get("/console")).status_code == 303


# By invitation --------------------------------------------------------------------------------------------------------


async def invited(office: Office) -> str:
    invitation = await office.staff.invite(OURS, [Role.SUPPORT], name="Dana", mail="dana@example.example", by=None)
    return "/console/join/" + invitation.link.rpartition("/")[2]


@pytest.mark.promise("ZOI-27")
async def test_an_invitation_leads_by_password_and_app_to_recovery_codes_and_then_to_confidentiality(
    office: Office,
) -> None:
    path, browser = await invited(office), office.browser()
    page = await browser.get(path)
    assert "Welcome, Dana" in page.text
    assert 'role="img"' in page.text
    secret = re.search(r'<code class="secret">([^<]*)</code>', page.text)
    assert secret
    code = office.code(pyotp.TOTP(secret[1].replace(" ", "")))
    sent = {name: hidden(page, name) for name in ("form_token", "ticket")}
    sent |= {"password": PASSWORD, "again": PASSWORD, "code": code}
    joined = await browser.post(path, sent)
    assert joined.status_code == 200
    assert len(re.findall(r"<li><code>[a-z0-9-]{19}</code></li>", joined.text)) == 10
    for inside in INSIDE[:-1]:
        answer = await browser.get(inside)
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/confidentiality")
    refused = await browser.send("/console/confidentiality", "/console/confidentiality", {"version": "0" * 64})
    assert refused.status_code == 422
    text = await browser.get("/console/confidentiality")
    accept = {"version": hidden(text, "version"), "accept": "yes"}
    assert (await browser.send("/console/confidentiality", "/console/confidentiality", accept)).status_code == 303
    assert (await browser.get("/console")).status_code == 200
    assert (await office.browser().get(path)).status_code == 410


async def test_different_passwords_and_short_ones_get_the_form_back_with_a_new_secret(office: Office) -> None:
    path, browser = await invited(office), office.browser()
    page = await browser.get(path)
    sent = {name: hidden(page, name) for name in ("form_token", "ticket")} | {"code": "000000"}
    differs = await browser.post(path, sent | {"password": PASSWORD, "again": "another one here"})
    assert "The two passwords differ" in differs.text
    assert PASSWORD not in differs.text
    assert hidden(differs, "ticket") != sent["ticket"]


async def test_a_link_that_nobody_sent_opens_nothing(office: Office) -> None:
    for token in ("x", "a.b", "z" * 26 + "." + "y" * 43):
        assert (await office.browser().get(f"/console/join/{token}")).status_code == 410


@pytest.mark.promise("ZOI-27")
async def test_who_has_not_accepted_confidentiality_can_do_nothing_at_all(office: Office) -> None:
    browser = office.browser(await office.member(Role.OFFICER, bound=False))
    case = await office.written()
    token = await browser.token("/console/confidentiality")
    for path in (f"/console/cases/{case}/granted", f"/console/cases/{case}/look", "/console/people", "/console/enter"):
        answer = await browser.post(path, {"form_token": token})
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/confidentiality")
    assert len((await office.requests.case(OURS, case)).history) == 1
