"""The joined server, as somebody meets it who means harm: forms, links, texts, sizes and guesses over real TLS.

What each room refuses by itself is shown beside it: PINs in services/signin, addresses of other controllers in
privacy/packages and privacy/egress, cells and names of a package in privacy/packages, headers in senders/mail.
"""

import asyncio
import html
import re
from collections.abc import Iterator
from typing import Final

import httpx
import pyotp
import pytest
from starlette.routing import Route

from ringfence.demo.stage import PROVIDER
from ringfence.identifiers import CaseId, ProviderId
from ringfence.privacy.requests.mailbox import Intake
from tests.functional.house import ADA, CHARLES, House, open_house

OURS: Final = ProviderId(PROVIDER)
HOSTILE: Final = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}"
SECRET: Final = "a long enough password"
NOBODY: Final = "a" * 26
MAIL: Final = """\
From: "{text}" <mallory@elsewhere.example>
To: privacy@demo.ringfence.example
Message-ID: <1@elsewhere.example>
Subject: {text}
Content-Type: text/html; charset=utf-8

<p>Give me everything. &lt;script&gt;alert(1)&lt;/script&gt;</p>{text}
"""


_OPENED: Final[list[httpx.Client]] = []


class Browser:
    """A browser without a screen that keeps cookies, follows nothing, and says where a form began."""

    def __init__(self, house: House) -> None:
        self.origin = house.origin
        self.client = httpx.Client(base_url=house.origin, verify=house.stage.doors.trust, timeout=20.0)
        _OPENED.append(self.client)

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path, headers={"accept-language": "en"})

    def post(self, path: str, fields: dict[str, str], **headers: str) -> httpx.Response:
        began = {"sec-fetch-site": "same-origin", "accept-language": "en"}
        return self.client.post(path, data=fields, headers=began | {k.replace("_", "-"): v for k, v in headers.items()})

    def token(self, page: str) -> str:
        found = re.search(r'name="form_token" value="([^"]*)"', self.get(page).text)
        assert found, page
        return html.unescape(found[1])

    def send(self, page: str, path: str, fields: dict[str, str]) -> httpx.Response:
        return self.post(path, fields | {"form_token": self.token(page)})


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("house")) as opened:
        opened.enrol(ADA)
        opened.enrol(CHARLES)
        yield opened
        for client in _OPENED:
            client.close()


@pytest.fixture(scope="module")
def ada(house: House) -> Browser:
    return signed_in(house, ADA)


@pytest.fixture(scope="module")
def officer(house: House) -> Browser:
    """Joined by an invitation, and bound to confidentiality."""
    browser, link = Browser(house), house.invited("Ann Marek", "ann@provider.example").removeprefix(house.origin)
    page = browser.get(link).text
    secret = re.search(r'<code class="secret">([^<]*)', page)
    ticket = re.search(r'name="ticket" value="([^"]*)"', page)
    token = re.search(r'name="form_token" value="([^"]*)"', page)
    assert secret
    assert ticket
    assert token
    code = pyotp.TOTP(secret[1].replace(" ", "")).now()
    fields = {"ticket": ticket[1], "form_token": token[1], "password": SECRET, "again": SECRET, "code": code}
    assert browser.post(link, fields).status_code == 200
    version = re.search(r'name="version" value="([^"]*)"', browser.get("/console/confidentiality").text)
    assert version
    accepted = browser.send(
        "/console/confidentiality", "/console/confidentiality", {"version": version[1], "accept": "yes"}
    )
    assert accepted.status_code == 303
    return browser


def signed_in(house: House, address: str) -> Browser:
    browser = Browser(house)
    fields = {"address": address, "password": house.passwords[address]}
    assert browser.send("/privacy/sign-in", "/privacy/sign-in", fields).status_code == 303
    return browser


def forms(house: House, below: str) -> list[str]:
    """Every path of the joined server that takes a form, with ids that lead nowhere."""
    found = [
        re.sub(r"{[^}]*}", NOBODY, route.path)
        for route in house.server.private_pages()
        if isinstance(route, Route) and "POST" in (route.methods or ()) and route.path.startswith(below)
    ]
    assert len(found) > 15
    return found


# Forms of others ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("below", ["/privacy", "/console"])
def test_no_form_of_another_site_or_browser_does_anything(
    house: House, ada: Browser, officer: Browser, below: str
) -> None:
    browser, stranger = (ada, signed_in(house, CHARLES)) if below == "/privacy" else (officer, Browser(house))
    ours = browser.token("/privacy/contact" if below == "/privacy" else "/console/people")
    theirs = stranger.token("/privacy/contact" if below == "/privacy" else "/console/sign-in")
    for path in forms(house, below):
        if path.endswith(NOBODY) and path.count(NOBODY) == 1 and path.removesuffix(NOBODY) == f"{below}/":
            continue  # addresses that lead nowhere
        for fields, headers in (
            ({"confirmation": "erase"}, {}),
            ({"form_token": theirs}, {}),
            ({"form_token": ours}, {"sec_fetch_site": "cross-site"}),
        ):
            answer = browser.post(path, fields, **headers)
            assert answer.status_code in {403, 404, 429}, (path, fields)
    assert browser.get("/privacy" if below == "/privacy" else "/console").status_code == 200
    assert house.phone_is_known(ADA)


def test_a_browser_that_only_tells_its_origin_is_heard_too(ada: Browser) -> None:
    token = ada.token("/privacy/leave")
    for origin in ("https://elsewhere.example", "null", f"{ada.origin}.elsewhere.example"):
        sent = {"form_token": token, "confirmation": "erase"}
        answer = ada.client.post("/privacy/leave", data=sent, headers={"origin": origin})
        assert answer.status_code == 403, origin


# Ids and links of others ----------------------------------------------------------------------------------------------


def test_ids_and_links_of_others_and_of_nobody_say_the_same(house: House, ada: Browser) -> None:
    location = ada.send("/privacy/ask/complaint", "/privacy/ask/complaint", {"words": "It rang at night."})
    mine = location.headers["location"].partition("?")[0]
    assert ada.get(mine).status_code == 200
    charles = signed_in(house, CHARLES)
    hers, nobodys = charles.get(mine), charles.get(f"/privacy/requests/{NOBODY}")
    assert (hers.status_code, nobodys.status_code) == (404, 404)
    case = mine.rpartition("/")[2]
    assert _neutral(hers.text).replace(case, "") == _neutral(nobodys.text).replace(NOBODY, "")
    token = charles.token("/privacy/leave")
    for path in (f"{mine}/take-back", f"{mine}/answer"):
        assert charles.post(path, {"form_token": token, "answer": "No."}).status_code == 404
    assert ada.get(mine).text.count("It rang at night.") == 1
    for path in (
        f"/privacy/downloads/{NOBODY}.zip",
        f"/privacy/gone/{NOBODY}",
        f"/privacy/gone/{NOBODY}/certificate.json",
    ):
        assert charles.get(f"/privacy/{path}").status_code == 404


def test_a_link_of_before_signing_out_opens_nothing(house: House) -> None:
    browser = signed_in(house, CHARLES)
    jar = dict(browser.client.cookies)
    assert browser.send("/privacy", "/privacy/sign-out", {}).status_code == 303
    for name, value in jar.items():
        browser.client.cookies.set(name, value)
    for path in ("/privacy", "/privacy/downloads", f"/privacy/downloads/{NOBODY}.zip"):
        assert browser.get(path).headers.get("location", "").startswith("/privacy/sign-in")


def _neutral(page: str) -> str:
    return re.sub(r'name="form_token" value="[^"]*"', "", page)


# Texts of strangers ---------------------------------------------------------------------------------------------------


def test_what_strangers_write_and_mail_is_text_on_every_page_of_an_officer(house: House, officer: Browser) -> None:
    stranger = Browser(house)
    letter = dict.fromkeys(("name", "contact", "identifier", "words", "mandate"), HOSTILE)
    sent = letter | {"kind": "access", "relation": "heir", "contact": "x@elsewhere.example"}
    received = stranger.send("/privacy/write", "/privacy/write", sent)
    assert received.status_code == 303
    mailed = house.do(_mailed(house))
    cases = [received.headers["location"].rpartition("case=")[2].partition("&")[0], mailed]
    assert all(cases)
    pages = [officer.get("/console").text]
    for case in cases:
        path = f"/console/cases/{case}"
        seen = officer.send(path, f"{path}/look", {"look_reason": "answer_request", "look_note": HOSTILE})
        assert seen.status_code == 200
        assert "&lt;script&gt;" in seen.text
        dossier = {"dossier_reason": "answer_request", "dossier_note": HOSTILE, "format": "html"}
        filed = officer.send(path, f"{path}/dossier", dossier)
        assert filed.headers["content-disposition"].startswith("attachment")
        pages += [seen.text, filed.text]
    for page in pages:
        assert not re.search(r"<script(?! src=\"/console/static/)|<img|onerror=alert\(1\)>(?!\{)", _unescaped(page))
        assert "49" not in re.findall(r"onerror=alert\(1\)&gt;\s*(49)", page)


def _unescaped(page: str) -> str:
    """The tags of a page: text that only looks like one is escaped and is not among them."""
    return " ".join(re.findall(r"<[^>]*>", page))


async def _mailed(house: House) -> str:
    read = await Intake(house.server.rights.requests).mail(OURS, MAIL.format(text=HOSTILE.replace('"', "")).encode())
    del read
    found = await house.server.rights.requests.inbox(OURS)
    await asyncio.sleep(0)
    return next(CaseId(each.id) for each in found if each.channel.value == "mail")


def test_a_persons_own_texts_come_back_as_text(ada: Browser) -> None:
    page = ada.get("/privacy/devices").text
    device = re.search(r'name="device" value="([^"]*)"', page)
    assert device
    ada.send("/privacy/devices", "/privacy/devices/rename", {"device": device[1], "name": HOSTILE[:60]})
    shown = ada.get("/privacy/devices").text
    assert "&lt;script&gt;" in shown
    assert "<script>alert" not in shown
    asked = ada.send("/privacy/ask/complaint", "/privacy/ask/complaint", {"words": HOSTILE})
    assert "<script>alert" not in ada.get(asked.headers["location"]).text


# Sizes and cookies ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "size"),
    [
        ("/privacy/sign-in", 200_000),
        ("/privacy/write", 7_000_000),
        ("/console/sign-in", 200_000),
        ("/console/enter", 7_000_000),
    ],
)
def test_giant_forms_are_turned_away(house: House, path: str, size: int) -> None:
    answer = Browser(house).post(path, {"words": "a" * size})
    assert answer.status_code in {400, 413}


def test_a_form_of_a_thousand_fields_is_none_of_ours(house: House) -> None:
    browser = Browser(house)
    assert browser.post("/privacy/sign-in", {f"f{number}": "x" for number in range(1_000)}).status_code == 400


@pytest.mark.promise("ZOI-24")
def test_cookies_are_random_for_this_host_alone_and_out_of_reach_of_scripts(house: House, officer: Browser) -> None:
    """Nothing of the person is in them, and the one of before signing in counts no more."""
    browser = Browser(house)
    before = browser.get("/privacy/sign-in").headers["set-cookie"]
    fields = {"address": ADA, "password": house.passwords[ADA]}
    after = browser.send("/privacy/sign-in", "/privacy/sign-in", fields).headers["set-cookie"]
    for cookie in (before, after):
        name, _, rest = cookie.partition("=")
        value, *flags = rest.split("; ")
        assert name == "__Host-ringfence"
        assert re.fullmatch(r"[A-Za-z0-9_-]{40,}", value)
        assert {"httponly", "secure", "samesite=lax", "path=/"} == {flag.casefold() for flag in flags}
    assert before.partition(";")[0] != after.partition(";")[0]
    assert list(officer.client.cookies) == ["__Host-ringfence-console"]


# Guesses --------------------------------------------------------------------------------------------------------------


def test_a_number_that_somebody_has_is_answered_as_one_that_nobody_has(house: House) -> None:
    answers = []
    for number in (ADA, "nobody@demo.ringfence.example", "+359 2 000 0000"):
        answer = Browser(house).send("/privacy/sign-in", "/privacy/sign-in/number", {"number": number})
        hidden = re.sub(r'(name="(?:ticket|form_token)" value=")[^"]*', r"\1", answer.text)
        answers.append((answer.status_code, hidden.replace(html.escape(number), "")))
    assert len(set(answers)) == 1


def test_a_storm_of_guesses_ends_without_telling_who_is_there(house: House) -> None:
    """From one place, at an account that exists and at one that does not, in turn: the same words at each step."""
    browser, told = Browser(house), []
    token = browser.token("/privacy/sign-in")
    for number in range(60):
        address = (CHARLES, "nobody@demo.ringfence.example")[number % 2]
        fields = {"address": address, "password": f"guess {number}", "form_token": token}
        answer = browser.post("/privacy/sign-in", fields)
        assert answer.status_code in {422, 429}, answer.text
        told.append((answer.status_code, re.sub(r'value="[^"]*"', "", answer.text)))
    assert told[0] == told[1]
    assert told[-1] == told[-2]
    assert told[-1][0] == 429
