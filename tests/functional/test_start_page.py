"""The start page and its neighbours in a real browser."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import websockets.sync.client

from ringfence.services.reachability import State
from ringfence.web.start import LiveDevice, StepState, StoryStep
from tests.functional.browser import CHROMIUM, Page, browser, new_page
from tests.functional.site import OFFICER, Now, busy, pages, served

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")

PATHS = ["/", "/notice", "/data-map", "/api"]
WIDTHS = [360, 1280]
FIRST_DEVICE = "document.querySelector('[data-list=devices] [data-key=k7q2]')"


@pytest.fixture(scope="module")
def chromium() -> Iterator[websockets.sync.client.ClientConnection]:
    with browser() as running:
        yield running


@pytest.fixture
def page(chromium: websockets.sync.client.ClientConnection) -> Page:
    return new_page(chromium)


@pytest.fixture
def now() -> Now:
    return busy()


@pytest.fixture
def origin(now: Now) -> Iterator[str]:
    with served(pages(now)) as address:
        yield address


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Where pictures go: RINGFENCE_SCREENSHOTS keeps them for somebody to look at."""
    return Path(os.environ.get("RINGFENCE_SCREENSHOTS", tmp_path))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", PATHS)
def test_a_page_fits_its_window_complains_about_nothing_and_asks_nobody_else(
    page: Page, origin: str, album: Path, path: str, width: int
) -> None:
    page.open(origin + path, width=width)
    page.picture(album / f"{path.strip('/') or 'start'}-{width}.png")
    assert page.value("document.documentElement.scrollWidth") <= width
    assert page.complaints == []
    assert page.foreign(origin) == []


@pytest.mark.parametrize("path", ["/", "/data-map"])
def test_a_page_is_as_good_in_the_dark_and_in_german(page: Page, origin: str, album: Path, path: str) -> None:
    page.open(f"{origin}{path}?lang=de", width=360, dark=True)
    page.picture(album / f"{path.strip('/') or 'start'}-dark-de.png")
    assert page.value("document.documentElement.lang") == "de"
    assert page.value("document.documentElement.scrollWidth") <= 360
    assert page.value("getComputedStyle(document.documentElement).backgroundColor") == "rgb(18, 24, 23)"


@pytest.mark.promise("CTP-14")
@pytest.mark.parametrize("path", PATHS)
def test_the_privacy_officer_can_be_read_on_every_page(page: Page, origin: str, path: str) -> None:
    page.open(origin + path, width=360)
    assert OFFICER in page.value("document.querySelector('footer').innerText")


@pytest.mark.parametrize("path", PATHS)
def test_links_and_payloads_are_reached_by_the_tabulator_in_order_and_show_it(
    page: Page, origin: str, path: str
) -> None:
    page.open(origin + path, width=1280)
    name = "(element => element.href || element.textContent)"
    stops = page.value(f"[...document.querySelectorAll('a, [tabindex=\"0\"]')].map({name})")
    reached = []
    for _ in stops:
        page.press("Tab")
        reached.append(page.value(f"{name}(document.activeElement)"))
        assert page.value("getComputedStyle(document.activeElement).outlineStyle") != "none"
    assert reached == stops


def test_the_first_tab_offers_to_skip_to_the_content(page: Page, origin: str) -> None:
    page.open(origin + "/", width=360)
    page.press("Tab")
    assert page.value("document.activeElement.getBoundingClientRect().top") >= 0
    page.press("Enter")
    assert page.value("document.activeElement.id") == "content"


def test_a_row_changes_where_it_stands_and_the_reader_is_not_moved(page: Page, origin: str, now: Now) -> None:
    page.open(origin + "/", width=360)
    page.value(f"{FIRST_DEVICE}.scrollIntoView()")
    before = page.value(f"{FIRST_DEVICE}.getBoundingClientRect().top")
    now.listed = [LiveDevice("k7q2", False, State.CONFLICT), LiveDevice("new1", True, State.IDLE)]
    now.told.append(StoryStep(5, "And another", StepState.HELD, 5.0, ["It came later."]))
    page.value(
        "new Promise(seen => new MutationObserver(() => document.querySelector('[data-key=new1]') && seen())"
        ".observe(document.getElementById('live'), {childList: true, subtree: true}))"
    )
    rows = page.value("[...document.querySelectorAll('[data-list=devices] tr:not(.empty)')].map(row => row.innerText)")
    assert [row.split()[:2] for row in rows] == [["k7q2", "asleep"], ["p9x4", "gone"], ["new1", "connected"]]
    assert "And another" in page.value("document.querySelector('.timeline').innerText")
    assert page.value(f"{FIRST_DEVICE}.getBoundingClientRect().top") == pytest.approx(before, abs=2)


def test_without_its_script_the_page_says_the_same(page: Page, origin: str) -> None:
    with_script = page.open(origin + "/", width=360).value("document.body.innerText")
    page.open(origin + "/", width=360, scripts=False)
    assert page.value("document.body.innerText") == with_script


def test_an_empty_server_says_what_will_appear(page: Page, album: Path) -> None:
    with served(pages(Now())) as origin:
        page.open(origin + "/", width=1280)
        page.picture(album / "empty.png")
        text = page.value("document.querySelector('main').innerText")
    assert "No device is enrolled" in text
    assert "No call is held" in text
    assert "has not begun" in text


def test_a_server_that_went_away_is_told_and_the_last_state_stays(page: Page) -> None:
    with served(pages(busy())) as origin:
        page.open(origin + "/", width=360)
    page.value(
        "new Promise(seen => new MutationObserver(seen)"
        ".observe(document.querySelector('.stale span'), {attributes: true}))"
    )
    assert "does not answer" in page.value("document.querySelector('.stale').innerText")
    assert page.value(f"!!{FIRST_DEVICE}")
