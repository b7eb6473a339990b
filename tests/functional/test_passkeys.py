"""Passkeys with a real browser: its own authenticator is asked, over the real server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.functional.browser import CHROMIUM, Page, browser, new_page
from tests.functional.house import ADA, House, open_house

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")

_AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as opened:
        opened.enrol(ADA)
        yield opened


@pytest.fixture
def page(house: House) -> Iterator[Page]:
    with browser() as socket:
        page = new_page(socket)
        page.call("Security.enable")
        page.call("Security.setIgnoreCertificateErrors", ignore=True)  # the demo's authority is nobody's
        page.call("WebAuthn.enable")
        yield page


def go(page: Page, house: House, path: str) -> str:
    page.open(f"{house.origin}{path}?lang=en", width=1280)
    return page.text()


def press(page: Page, selector: str) -> str:
    """A button that asks the authenticator first: the next page comes when that has answered."""
    page.press_on(selector)
    return page.text()


def test_a_passkey_is_added_and_opens_the_page_until_it_is_removed(house: House, page: Page) -> None:
    authenticator = page.call("WebAuthn.addVirtualAuthenticator", options=_AUTHENTICATOR)["authenticatorId"]
    go(page, house, "/privacy/sign-in")
    for field, text in (("address", ADA), ("password", house.passwords[ADA])):
        page.focus(f"#{field}")
        page.type(text)
    press(page, "#password")
    go(page, house, "/privacy/devices")
    assert "The passkey is added" in press(page, "[data-passkey=create] button")
    (kept,) = page.call("WebAuthn.getCredentials", authenticatorId=authenticator)["credentials"]
    assert kept["rpId"] == "localhost"
    assert kept["isResidentCredential"]
    page.call("Network.clearBrowserCookies")
    go(page, house, "/privacy/sign-in")
    assert "What we hold about you" in press(page, "[data-passkey=get] button")
    go(page, house, "/privacy/devices")
    press(page, "form[action^='/privacy/passkeys/remove'] button")
    page.call("Network.clearBrowserCookies")
    go(page, house, "/privacy/sign-in")
    assert "That did not open anything" in press(page, "[data-passkey=get] button")


def test_at_an_address_without_a_name_no_passkey_is_offered(house: House, page: Page) -> None:
    page.open(f"{house.stage.doors.api}/privacy/sign-in?lang=en", width=1280)
    assert not page.value("document.querySelector('[data-passkey]').checkVisibility()")
