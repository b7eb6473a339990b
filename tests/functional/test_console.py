"""The staff's pages in a real browser: how they look, for eyes, ears and fingers."""

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn
import websockets.sync.client

from ringfence.identifiers import CaseId, SubjectId
from ringfence.privacy.requests import AskMeaning, Assign, Grant, Kind, Refuse
from ringfence.privacy.rights import HoldReason
from ringfence.privacy.secrecy import OrderKind
from ringfence.services.staff import Role
from ringfence.web.console import Measure
from tests.functional.axe import complaints
from tests.functional.browser import CHROMIUM, Page, browser, new_page
from tests.unit.web.console.office import OURS, PASSWORD, Member, Office, opened_office

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")

WIDTHS = [360, 1280]


@dataclass
class Site:
    """A console that is served, with people and requests in it."""

    origin: str = ""
    officer: Member | None = None
    cases: dict[str, CaseId] = field(default_factory=dict)
    person: SubjectId | None = None
    invitation: str = ""

    @property
    def paths(self) -> list[str]:
        cases = [f"/console/cases/{case}" for case in self.cases.values()]
        return [
            "/console", "/console/closed", *cases, "/console/enter", "/console/people",
            f"/console/people/{self.person}", f"/console/people/{self.person}/erase", "/console/holds",
            "/console/secrecy", "/console/retention", "/console/ledger?verify=yes", "/console/figures",
            "/console/notices", "/console/notices?text=bg", "/console/staff", "/console/exports",
            "/console/confidentiality", "/console/nowhere",
        ]  # fmt: skip


@pytest.fixture(scope="module")
def chromium() -> Iterator[websockets.sync.client.ClientConnection]:
    with browser() as running:
        yield running


@pytest.fixture
def page(chromium: websockets.sync.client.ClientConnection) -> Page:
    return new_page(chromium)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with served(tmp_path_factory.mktemp("console") / "office") as made:
        yield made


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Where pictures go: RINGFENCE_SCREENSHOTS keeps them for somebody to look at."""
    return Path(os.environ.get("RINGFENCE_SCREENSHOTS", tmp_path))


@contextmanager
def served(folder: Path) -> Iterator[Site]:
    """Open an office in a thread of its own, fill it, and serve it on loopback."""
    site, ready, ended = Site(), threading.Event(), threading.Event()

    async def run() -> None:
        async with opened_office(folder) as office:
            await _lived_in(office, site)
            server = uvicorn.Server(uvicorn.Config(office.app, port=0, log_level="error", ws="none", lifespan="off"))
            serving = asyncio.create_task(server.serve())
            while not server.started:  # noqa: ASYNC110 - uvicorn tells by this alone
                await asyncio.sleep(0.01)
            site.origin = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
            ready.set()
            await asyncio.to_thread(ended.wait)
            server.should_exit = True
            await serving

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    assert ready.wait(60)
    try:
        yield site
    finally:
        ended.set()
        thread.join()


async def _lived_in(office: Office, site: Site) -> None:
    """Three weeks of a provider's life."""
    ann = await office.member(Role.OFFICER, name="Ann Marek")
    bob = await office.member(Role.OFFICER, Role.SUPPORT, name="Bob Lindqvist")
    await office.member(Role.AUDITOR, name="Aisha Novak", bound=False)
    await office.staff.invite(OURS, [Role.SUPPORT], name="Cem Aydin", mail="cem@provider.example", by=None)
    site.person = await office.subscriber()
    cases = site.cases
    await office.editions.publish(OURS, office.drafts.draft(OURS))
    cases["late"] = await office.written(Kind.ERASURE, text="Please erase everything that you keep about me.")
    office.clock.advance(9 * 86_400)
    cases["refused"] = await office.asked(site.person, Kind.ERASURE, text="I want to be forgotten.")
    cases["asked"] = await office.asked(site.person, Kind.RECTIFICATION)
    office.clock.advance(13 * 86_400)
    cases["clarifying"] = await office.asked(await office.subscriber("2000@pbx.provider.example"), Kind.RESTRICTION)
    office.clock.advance(8 * 86_400)
    cases["ready"] = await office.asked(site.person, Kind.OBJECTION, text="Not for marketing.")
    cases["complaint"] = await office.written(Kind.COMPLAINT, text="Nobody answered the phone.")
    await office.step(cases["clarifying"], AskMeaning("Which data do you mean?"), ann)
    await office.step(cases["clarifying"], Assign(ann.staff, bob.staff), ann)
    await office.step(cases["ready"], Assign(bob.staff), ann)
    await office.step(
        cases["refused"], Refuse("17-3-e", "A claim about your last bill is before the court.", "6-1-f"), ann
    )
    await office.step(cases["complaint"], Grant("You were right, and we are sorry."), bob)
    await office.requests.resume()
    measure = Measure(OURS, ann.staff, site.person)
    hold = office.console.room.holds
    await hold.place(
        measure, reason=HoldReason.CLAIMS, tables=["missed_call"], until=None, reference="12 O 44/27", secret=None
    )
    await hold.place(
        measure,
        reason=HoldReason.PRESERVATION,
        tables=["missed_call"],
        until=None,
        reference="Amtsgericht Berlin, 5 Gs 12/27",
        secret=OrderKind.COURT,
    )
    office.drafts.changes = {"minimum_age": 14, "hosted_in": "FR"}
    invitation = await office.staff.invite(
        OURS, [Role.OFFICER], name="Dana Popescu", mail="dana@provider.example", by=None
    )
    site.officer = office.again(ann)
    site.invitation = invitation.link.rpartition("/")[2]


def enter(page: Page, site: Site) -> None:
    """With the session of somebody who has signed in."""
    assert site.officer
    page.call(
        "Network.setCookie", name="ringfence-console-loopback", value=site.officer.session, url=site.origin, path="/"
    )


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_fits_is_accessible_and_asks_nobody_else(page: Page, site: Site, album: Path, width: int) -> None:
    enter(page, site)
    found = {}
    names = {path: case for case, path in ((c, f"/console/cases/{i}") for c, i in site.cases.items())}
    for path in site.paths:
        page.open(site.origin + path, width=width)
        name = names.get(path, path.replace(str(site.person), "person")).strip("/").replace("/", "-").replace("?", "-")
        page.picture(album / f"console-{name}-{width}.png")
        found[path] = complaints(page)
        if page.value("document.documentElement.scrollWidth") > width:
            found[path].append("too wide")
    assert {path: said for path, said in found.items() if said} == {}
    assert [said for said in page.complaints if "404" not in said] == []
    assert [
        url for url in page.foreign(site.origin) if not url.startswith("data:")
    ] == []  # Chromium draws its own calendar


def fill(page: Page, field: str, text: str) -> None:
    """Focus a field and type, as somebody does."""
    page.focus(f"#{field}")
    page.type(text)


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_before_signing_in_fit_are_accessible_and_ask_nobody_else(
    page: Page, site: Site, album: Path, width: int
) -> None:
    page.call("Network.clearBrowserCookies")
    found = {}
    for name, path in (("sign-in", "/console/sign-in"), ("join", f"/console/join/{site.invitation}")):
        page.open(site.origin + path, width=width)
        page.picture(album / f"console-{name}-{width}.png")
        found[path] = complaints(page)
        assert page.value("document.documentElement.scrollWidth") <= width, path
    page.open(f"{site.origin}/console/sign-in?lang=en", width=width)
    assert site.officer
    if page.value("!!document.querySelector('#provider')"):
        page.value("document.querySelector('#provider').value = 'example'")
    fill(page, "mail", site.officer.mail)
    fill(page, "password", PASSWORD)
    page.press_on("#password")
    page.picture(album / f"console-second-{width}.png")
    assert "Second step" in page.text()
    found["second"] = complaints(page)
    assert {path: said for path, said in found.items() if said} == {}
    assert page.foreign(site.origin) == []


@pytest.mark.parametrize("path", ["/console", "/console/people", "/console/ledger"])
def test_pages_are_as_good_in_the_dark_and_in_german(page: Page, site: Site, album: Path, path: str) -> None:
    enter(page, site)
    page.open(f"{site.origin}{path}?lang=de", width=360, dark=True)
    page.picture(album / f"{path.strip('/').replace('/', '-')}-dark-de.png")
    assert page.value("document.documentElement.lang") == "de"
    assert page.value("document.documentElement.scrollWidth") <= 360
    assert complaints(page) == []


def test_everything_that_can_be_used_is_reached_by_the_tabulator_and_shows_it(page: Page, site: Site) -> None:
    enter(page, site)
    for path in ("/console", f"/console/cases/{site.cases['late']}", "/console/people"):
        page.open(site.origin + path, width=1280)
        usable = (
            "[...document.querySelectorAll('a[href], button, input:not([type=hidden]), textarea, select, summary')]"
        )
        stops = page.value(f"{usable}.filter(e => e.checkVisibility()).length")
        seen = set()
        for _ in range(stops):
            page.press("Tab")
            assert page.value("getComputedStyle(document.activeElement).outlineStyle") != "none", path
            seen.add(page.value("[...document.querySelectorAll('*')].indexOf(document.activeElement)"))
        assert len(seen) == stops, path


def test_what_an_officer_files_is_printed_without_what_can_be_pressed(page: Page, site: Site) -> None:
    enter(page, site)
    page.open(f"{site.origin}/console/cases/{site.cases['refused']}", width=1280)
    page.call("Emulation.setEmulatedMedia", media="print")
    printed = page.text()
    page.call("Emulation.setEmulatedMedia", media="")
    assert "Refused" in printed
    assert "Dossier for an authority" not in printed
    assert "Sign out" not in printed


def test_an_officer_comes_in_decides_and_signs_out_by_keyboard_and_without_a_script(page: Page, site: Site) -> None:
    enter(page, site)
    page.open(f"{site.origin}/console?lang=en", width=1280, scripts=False)
    page.press_on("a[href^='/console/cases/" + site.cases["ready"] + "']")
    assert "Request: Objection" in page.text()
    page.press_on("button.main")
    assert "Decided." in page.text()
    page.press_on("form[action^='/console/sign-out'] button")
    assert page.path() == "/console/sign-in"
