"""One life with one provider, in a real browser over the real server: a subscriber, two officers, and a second person.

Ada signs in, reads, chooses, takes a copy, asks; Ann answers; Bob agrees where two have to; Ada leaves, and what the
law demands stays.
"""

import base64
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pyotp
import pytest
import websockets.sync.client

from ringfence.declarations import IdentifierKind
from ringfence.demo.stage import PROVIDER
from ringfence.identifiers import ProviderId
from ringfence.services.enrolment import Device
from tests.functional.axe import complaints
from tests.functional.browser import CHROMIUM, Page, browser, new_page
from tests.functional.house import ADA, CHARLES, INVOICE, House, open_house

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")

OURS: Final = ProviderId(PROVIDER)
ANN: Final = "Ann Marek"
BOB: Final = "Bob Lindqvist"
SECRET: Final = "a long enough password"
REASONS: Final = "You told us on the phone that nothing is wrong with it."
ANSWERED: Final = "Our answer has left"
PATIENCE: Final = 30.0  # seconds for what a child process makes, or what an erasure scans
WIDTHS: Final = (360, 1280)
ENVIRONMENT: Final = os.environ | {"PYTHONPATH": "src"}


class Visitor:
    """Somebody at a computer of their own."""

    def __init__(self, page: Page, house: House, album: Path) -> None:
        self.page, self.house, self._album = page, house, album
        page.call("Security.enable")
        page.call("Security.setIgnoreCertificateErrors", ignore=True)  # the demo's authority is nobody's

    def go(self, path: str, *, width: int = 1280) -> str:
        """Open a page and read it."""
        separator = "&" if "?" in path else "?"
        self.page.open(f"{self.house.origin}{path}{separator}lang=en", width=width)
        return self.page.text()

    def write(self, **fields: str) -> None:
        """Into fields by their ids, as somebody types."""
        for name, text in fields.items():
            self.page.value(f"document.getElementById('{name}').value = ''")
            self.page.focus(f"#{name}")
            self.page.type(text)

    def choose(self, field: str, value: str) -> None:
        """One of a list; by its value."""
        chosen = f"(f => {{ f.value = {json.dumps(value)}; return f.value }})(document.getElementById('{field}'))"
        assert self.page.value(chosen) == value, field

    def tick(self, field: str) -> None:
        self.page.focus(f"#{field}")
        self.page.press(" ")

    def unfold(self, act: str) -> None:
        """Open one of the console's folded forms."""
        self.page.focus(f"#act-{act} summary")
        self.page.press("Enter")

    def press(self, selector: str) -> str:
        """A button or a link, by keyboard; what is to be read afterwards."""
        self.page.press_on(selector)
        return self.page.text()

    def until(self, path: str, there: Callable[[str], bool]) -> str:
        """Look again and again until a page says it."""
        end = time.monotonic() + PATIENCE
        while not there(text := self.go(path)):
            assert time.monotonic() < end, text
            time.sleep(0.3)
        return text

    def offers(self, selector: str) -> bool:
        return bool(self.page.value(f"!!document.querySelector({json.dumps(selector)})"))

    def here(self) -> str:
        return self.page.path()

    def fetched(self, selector: str) -> bytes:
        """What the browser would save from that link."""
        spelled = self.page.value(
            f"fetch(document.querySelector({json.dumps(selector)}).href).then(r => r.arrayBuffer())"
            ".then(b => btoa(Array.from(new Uint8Array(b), c => String.fromCharCode(c)).join('')))"
        )
        return base64.b64decode(spelled)

    def status(self, path: str) -> int:
        return int(self.page.value(f"fetch({json.dumps(path)}).then(r => r.status)"))

    def picture(self, name: str) -> None:
        """The page at both widths; it fits, and nobody is kept out."""
        address = str(self.page.value("location.href"))
        for width in WIDTHS:
            self.page.open(address, width=width)
            self.page.picture(self._album / f"story-{name}-{width}.png")
            assert self.page.value("document.documentElement.scrollWidth") <= width, name
            assert complaints(self.page) == [], name


class Subscriber(Visitor):
    def sign_in(self, address: str) -> str:
        self.go("/privacy/sign-in")
        self.write(address=address, password=self.house.passwords[address])
        return self.press("#password")

    def ask(self, kind: str, **words: str) -> str:
        """Ask for something; the id of the request."""
        self.go(f"/privacy/ask/{kind}")
        if self.offers("#ground"):
            self.tick("ground")  # the first: it is wrong, and has yet to be checked
        self.write(**words)
        assert "We have it" in self.press("button.main")
        return self.here().rpartition("/")[2]

    def switch(self) -> bool:
        """Turn the first choice the other way; what it stands at then."""
        self.go("/privacy")
        self.press("button[role=switch]")
        if self.offers("#old_enough"):
            self.tick("old_enough")
            self.press("button.main")
        return bool(self.page.value("document.querySelector('button[role=switch]').ariaChecked == 'true'"))


class Officer(Visitor):
    def join(self, link: str) -> None:
        """By the link of the invitation: a password, and a code from an app that knows the secret on the page."""
        self.page.open(f"{link}?lang=en", width=1280)
        secret = str(self.page.value("document.querySelector('code.secret').innerText")).replace(" ", "")
        self.write(password=SECRET, again=SECRET, code=pyotp.TOTP(secret).now())
        recovery = self.press("#code")
        assert re.search(r"[a-z0-9]{4}", recovery)
        assert "/console/confidentiality" in str(self.page.value("document.querySelector('a.main').href"))

    def accept_confidentiality(self) -> str:
        """Before it nothing else opens."""
        self.go("/console")
        assert self.here() == "/console/confidentiality"
        self.tick("accept")
        return self.press("button.main")

    def find(self, address: str) -> str:
        """Somebody by their address, with a reason; their id."""
        self.go("/console/people")
        self.choose("identifier_kind", IdentifierKind.SIP_ADDRESS.value)
        self.choose("look_reason", "question_of_person")
        self.write(identifier=address, look_note="They called.")
        self.press("button.main")
        return self.here().rpartition("/")[2]

    def look(self, person: str, table: str) -> str:
        """At one table's values; what is shown then."""
        self.go(f"/console/people/{person}")
        self.unfold("look")
        self.choose("look_table", table)
        self.choose("look_reason", "answer_request")
        self.write(look_note="To answer.")
        return self.press("#act-look button")

    def correct(self, person: str, what: str, value: str, case: str) -> str:
        """For a request that asks for it."""
        self.go(f"/console/people/{person}")
        self.unfold("correct")
        datum = f"[...document.getElementById('datum').options].find(o => o.text.includes({json.dumps(what)})).value"
        self.choose("datum", str(self.page.value(datum)))
        self.choose("correct_case", case)
        self.write(value=value)
        return self.press("#act-correct button")

    def grant(self, case: str) -> str:
        """One press."""
        shown = self.go(f"/console/cases/{case}")
        assert self.offers("button.main"), shown
        return self.press("button.main")

    def refuse(self, case: str) -> str:
        self.go(f"/console/cases/{case}")
        self.unfold("refused")
        first = self.page.value("[...document.getElementById('refused_exception').options].find(o => o.value).value")
        self.choose("refused_exception", str(first))
        self.write(refused_reason=REASONS)
        return self.press("#act-refused button")


class Cast:
    """Who takes part, each with cookies of their own."""

    def __init__(self, socket: websockets.sync.client.ClientConnection, house: House, album: Path) -> None:
        self.house = house
        self.pages = [new_page(socket, apart=True) for _ in range(4)]
        ada, charles, ann, bob = self.pages
        self.ada, self.charles = Subscriber(ada, house, album), Subscriber(charles, house, album)
        self.ann, self.bob = Officer(ann, house, album), Officer(bob, house, album)


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Where pictures go: RINGFENCE_SCREENSHOTS keeps them for somebody to look at."""
    return Path(os.environ.get("RINGFENCE_SCREENSHOTS", tmp_path))


@pytest.fixture
def cast(tmp_path: Path, album: Path) -> Iterator[Cast]:
    (tmp_path / "house").mkdir()
    with open_house(tmp_path / "house") as house, browser() as socket:
        for address in (ADA, CHARLES):
            house.enrol(address)
        house.invoice(ADA)
        yield Cast(socket, house, album)


@pytest.mark.promise("ACR-05")
@pytest.mark.promise("ACR-13")
@pytest.mark.promise("ZOI-11")
@pytest.mark.promise("ZOI-16")
@pytest.mark.promise("ZOI-17")
@pytest.mark.promise("ZOI-20")
@pytest.mark.promise("ZOI-22")
@pytest.mark.promise("CTP-08")
@pytest.mark.timeout(300)
def test_every_right_is_answered_from_signing_in_to_leaving(cast: Cast, tmp_path: Path) -> None:
    _ada_reads_and_chooses(cast)
    _ada_takes_a_copy(cast, tmp_path / "my-data.zip")
    _officers_join(cast)
    _ada_asks_and_ann_answers(cast)
    _two_officers_erase_charles(cast)
    _ada_leaves(cast)
    for page in cast.pages:
        foreign = page.foreign(cast.house.origin)
        assert [url for url in foreign if not url.startswith("data:")] == []  # Chromium draws its own calendar
    assert cast.house.server.upkeep.failures == {}


def _ada_reads_and_chooses(cast: Cast) -> None:
    ada = cast.ada
    home = ada.sign_in(ADA)
    assert ada.here() == "/privacy"
    assert ADA in home
    assert "Nobody has looked" in home
    ada.picture("home")
    shown = ada.press("article.kept .links a")
    assert ada.here().startswith("/privacy/kept/"), shown
    assert not ada.offers("button[role=switch]")
    assert ada.switch()  # off until now
    assert not ada.switch()


def _ada_takes_a_copy(cast: Cast, file: Path) -> None:
    """Made by a child process, downloaded by the browser, checked by somebody who knows nothing but the key."""
    ada = cast.ada
    case = ada.ask("access", words="All of it, please.")
    ada.until("/privacy/downloads", lambda _: ada.offers("a[download]"))
    ada.picture("downloads")
    file.write_bytes(ada.fetched("a[download]"))
    link = str(ada.page.value("document.querySelector('a[download]').pathname"))
    command = [sys.executable, "-m", "ringfence", "verify-package", str(file), "--key", cast.house.server.public_key]
    told = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, check=False)
    assert told.returncode == 0, told.stdout
    assert ada.status(link) == 200
    letter = ada.until(f"/privacy/requests/{case}", lambda text: ANSWERED in text)
    assert "Whom you can ask" in str(ada.page.value("document.querySelector('.written').innerText"))
    assert ada.offers(".written h3")
    assert "----" not in letter  # a page, not a plain text
    ada.picture("letter")
    assert "privacy@" in letter
    charles = cast.charles
    charles.sign_in(CHARLES)
    assert charles.status(link) == 404
    assert charles.status(f"/privacy/requests/{case}") == 404


def _officers_join(cast: Cast) -> None:
    for officer, name in ((cast.ann, ANN), (cast.bob, BOB)):
        link = cast.house.invited(name, f"{name.split()[0].lower()}@provider.example")
        officer.join(link)
        officer.accept_confidentiality()
        assert officer.here() == "/console"


def _ada_asks_and_ann_answers(cast: Cast) -> None:
    ada, ann = cast.ada, cast.ann
    correction = ada.ask("rectification", wrong="Encore", right="Second engine")
    restriction = ada.ask("restriction", what="The name of my phone", words="It is wrong.")
    inbox = ann.go("/console")
    assert "29 days" in inbox or "28 days" in inbox
    assert ADA not in inbox
    ann.picture("inbox")
    person = ann.find(ADA)
    masked = ann.go(f"/console/people/{person}")
    assert ADA not in masked
    assert "Encore" not in masked
    assert "Encore" in ann.look(person, Device.declaration.name)
    ann.correct(person, "name", "Second engine", correction)
    assert "Decided" in ann.grant(correction)
    assert "Decided" in ann.refuse(restriction)
    ann.go(f"/console/cases/{restriction}")
    ann.picture("refused")
    _ada_reads_what_they_wrote(ada, correction, restriction)


def _ada_reads_what_they_wrote(ada: Subscriber, correction: str, restriction: str) -> None:
    seen = ada.go("/privacy")
    assert "Nobody has looked" not in seen
    assert ANN not in seen  # the day and the reason, not who
    refused = ada.until(f"/privacy/requests/{restriction}", lambda text: REASONS in text)
    assert "www.cpdp.bg" in refused
    ada.picture("refusal")
    ada.until(f"/privacy/requests/{correction}", lambda text: ANSWERED in text)
    assert "Second engine" in str(ada.page.value("document.body.innerText")) or "Second engine" in _phones(ada)


def _phones(ada: Subscriber) -> str:
    ada.go("/privacy/devices")
    return str(ada.page.value("[...document.querySelectorAll('input')].map(f => f.value).join(' ')"))


def _two_officers_erase_charles(cast: Cast) -> None:
    """What staff begin takes two of them; nothing goes before the second has agreed."""
    ann, bob, house = cast.ann, cast.bob, cast.house
    person = ann.find(CHARLES)
    ann.go(f"/console/people/{person}/erase")
    ann.picture("erase")
    ann.write(reason="The contract has ended.")
    ann.tick("proof")  # the first of them: called back
    ann.tick("sure")
    begun = ann.press("button.grave")
    assert "/console/cases/" in ann.here(), begun
    case = ann.here().rpartition("/")[2]
    ann.grant(case)
    alone = ann.go(f"/console/cases/{case}")
    assert not ann.offers("button.main"), alone
    assert house.phone_is_known(CHARLES)
    bob.go(f"/console/cases/{case}")
    bob.press("button.main")
    _until(lambda: not house.phone_is_known(CHARLES))
    cast.charles.go("/privacy")
    assert cast.charles.here() == "/privacy/sign-in"


def _ada_leaves(cast: Cast) -> None:
    ada, house = cast.ada, cast.house
    subject = house.subject(ADA)
    assert subject
    assert all(house.rows(subject).values())
    plan = ada.go("/privacy/leave")
    assert "What stops" in plan
    ada.picture("leave")
    ada.write(confirmation="erase")
    ada.press("button.grave")
    gone = ada.here()
    assert gone.startswith("/privacy/gone/")
    ada.until(gone, lambda _: ada.offers("a[download]"))
    assert "Your data is erased" in ada.page.text()
    ada.picture("gone")
    certificate = json.loads(ada.fetched("a[download]"))
    assert ADA not in json.dumps(certificate)
    assert not house.phone_is_known(ADA)
    assert not any(house.rows(subject).values())
    kept = house.do(house.billing.by_number(OURS, INVOICE))
    assert kept
    assert kept.name == "Ada Lovelace"
    ada.sign_in(ADA)
    assert ada.here() == "/privacy/sign-in"
    _only_outlines_are_left(cast.ann)


def _only_outlines_are_left(ann: Officer) -> None:
    """The requests are counted for the year's figures; of whom they were nothing is there any more."""
    closed = ann.go("/console/closed")
    assert closed.count("person erased") >= 3, closed
    assert ADA not in closed
    figures = ann.go("/console/figures")
    for kind, received in (("Rectification", 1), ("Restriction", 1), ("Erasure", 2)):  # Ada left, and Charles asked
        assert re.search(rf"{kind}\W+{received}\b", figures), figures
    assert ADA not in figures
    ann.picture("figures")


def _until(there: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not there():
        assert time.monotonic() < end
        time.sleep(0.3)
