"""The subscriber's pages in a real browser: how they look, for eyes, ears and fingers."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import websockets.sync.client

from ringfence.web.portal import portal_routes
from tests.functional.axe import complaints
from tests.functional.browser import CHROMIUM, Page, browser, new_page
from tests.functional.site import serving
from tests.unit.web.portal.doors import ADDRESS, World, lived_in, portal

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")

PATHS = [
    "/privacy",
    "/privacy/kept/sip_address",
    "/privacy/ask/access",
    "/privacy/ask/rectification",
    "/privacy/requests",
    "/privacy/requests/case1",
    "/privacy/requests/case2",
    "/privacy/devices",
    "/privacy/contact",
    "/privacy/notices",
    "/privacy/downloads",
    "/privacy/leave",
]
STRANGERS = ["/privacy/sign-in", "/privacy/write", "/privacy/write/received?case=abc", "/privacy/nowhere"]
WIDTHS = [360, 1280]


@pytest.fixture(scope="module")
def chromium() -> Iterator[websockets.sync.client.ClientConnection]:
    with browser() as running:
        yield running


@pytest.fixture
def world() -> World:
    return lived_in()


@pytest.fixture
def origin(world: World) -> Iterator[str]:
    with serving(portal_routes(portal(world))) as address:
        yield address


@pytest.fixture
def page(chromium: websockets.sync.client.ClientConnection) -> Page:
    return new_page(chromium)


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Where pictures go: RINGFENCE_SCREENSHOTS keeps them for somebody to look at."""
    return Path(os.environ.get("RINGFENCE_SCREENSHOTS", tmp_path))


def sign_in(page: Page, origin: str, width: int = 1280, *, scripts: bool = True) -> None:
    page.open(f"{origin}/privacy/sign-in?lang=en", width=width, scripts=scripts)
    fill(page, "address", ADDRESS)
    fill(page, "password", "correct horse")
    page.press_on("#password")
    assert page.path() == "/privacy"


def fill(page: Page, field: str, text: str) -> None:
    """Focus a field and type, as somebody does."""
    page.focus(f"#{field}")
    page.type(text)


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_fits_is_accessible_and_asks_nobody_else(page: Page, origin: str, album: Path, width: int) -> None:
    sign_in(page, origin, width)
    found = {}
    for path in PATHS:
        page.open(origin + path, width=width)
        name = path.strip("/").replace("/", "-")
        page.picture(album / f"{name}-{width}.png")
        found[path] = complaints(page)
        assert page.value("document.documentElement.scrollWidth") <= width, path
    assert {path: said for path, said in found.items() if said} == {}
    assert page.complaints == []
    assert page.foreign(origin) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_for_strangers_fit_are_accessible_and_ask_nobody_else(
    page: Page, origin: str, album: Path, width: int
) -> None:
    found = {}
    for path in STRANGERS:
        page.open(origin + path, width=width)
        name = path.partition("?")[0].strip("/").replace("/", "-")
        page.picture(album / f"{name}-{width}.png")
        found[path] = complaints(page)
        assert page.value("document.documentElement.scrollWidth") <= width, path
    assert {path: said for path, said in found.items() if said} == {}
    assert page.foreign(origin) == []


@pytest.mark.parametrize("path", ["/privacy", "/privacy/leave", "/privacy/devices"])
def test_pages_are_as_good_in_the_dark_and_in_german(page: Page, origin: str, album: Path, path: str) -> None:
    sign_in(page, origin, 360)
    page.open(f"{origin}{path}?lang=de", width=360, dark=True)
    page.picture(album / f"{path.strip('/').replace('/', '-')}-dark-de.png")
    assert page.value("document.documentElement.lang") == "de"
    assert page.value("document.documentElement.scrollWidth") <= 360
    assert complaints(page) == []


@pytest.mark.parametrize("path", PATHS + STRANGERS)
def test_everything_that_can_be_used_is_reached_by_the_tabulator_and_shows_it(
    page: Page, origin: str, path: str
) -> None:
    if path in PATHS:
        sign_in(page, origin)
    page.open(origin + path, width=1280)
    usable = (
        "[...document.querySelectorAll('a[href], button, input:not([type=hidden]), textarea, select, summary')]"
        ".filter(e => e.checkVisibility() && !(e.type == 'radio' && e.previousRadio))"
    )
    stops = page.value(f"{usable}.length")
    radios = page.value("document.querySelectorAll('input[type=radio]').length")
    groups = page.value("new Set([...document.querySelectorAll('input[type=radio]')].map(e => e.name)).size")
    seen = set()
    for _ in range(stops - radios + groups):
        page.press("Tab")
        assert page.value("getComputedStyle(document.activeElement).outlineStyle") != "none", path
        seen.add(page.value("[...document.querySelectorAll('*')].indexOf(document.activeElement)"))
    assert len(seen) == stops - radios + groups


@pytest.mark.promise("ZOI-16")
def test_without_a_script_somebody_asks_switches_renames_and_leaves_by_keyboard(
    page: Page, origin: str, world: World, album: Path
) -> None:
    sign_in(page, origin, 360, scripts=False)
    page.open(f"{origin}/privacy/ask/rectification?lang=en", width=360, scripts=False)
    page.press_on("button.main")
    assert page.value("document.querySelector('#errors h2').innerText") == "Please look at this again"
    page.picture(album / "errors-360.png")
    fill(page, "wrong", "Adda")
    fill(page, "right", "Ada")
    page.press_on("button.main")
    assert "We have it" in page.text()
    page.open(f"{origin}/privacy?lang=en", width=360, scripts=False)
    page.press_on("button[role=switch]")
    assert world.choices[0].given
    page.open(f"{origin}/privacy/devices?lang=en", width=360, scripts=False)
    fill(page, "name-1", "Hall ")
    page.press_on("form[action*=rename] button")
    assert next(iter(world.devices.values())).name.startswith("Hall")
    page.open(f"{origin}/privacy/leave?lang=en", width=360, scripts=False)
    fill(page, "confirmation", "erase")
    page.press_on("button.grave")
    assert "Your data is being erased" in page.text()
    page.picture(album / "gone-360.png")


def test_where_passkeys_are_known_they_are_offered_and_elsewhere_not(page: Page, origin: str) -> None:
    named = origin.replace("127.0.0.1", "localhost")  # a passkey belongs to a name
    page.open(f"{named}/privacy/sign-in", width=360)
    assert page.value("document.querySelector('[data-passkey]').checkVisibility()")
    page.open(f"{named}/privacy/sign-in", width=360, scripts=False)
    assert not page.value("document.querySelector('[data-passkey]').checkVisibility()")


def test_the_page_without_a_provider_of_its_own_says_the_same_everywhere(page: Page, origin: str) -> None:
    page.open(f"{origin}/privacy/write", width=360)
    with_script = page.text()
    page.open(f"{origin}/privacy/write", width=360, scripts=False)
    assert page.text() == with_script


@contextmanager
def emptied(world: World) -> Iterator[str]:
    with serving(portal_routes(portal(world))) as address:
        yield address


def test_an_empty_portal_says_what_will_appear(page: Page, album: Path) -> None:
    with emptied(World()) as origin:
        sign_in(page, origin)
        page.picture(album / "privacy-empty.png")
        assert "Nothing is kept about you at the moment" in page.text()
        assert complaints(page) == []
