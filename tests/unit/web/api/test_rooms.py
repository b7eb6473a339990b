"""What people ask of the API besides enrolling, over the whole server on both databases."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from ringfence.app.api import billing_of
from ringfence.demo.stage import DOMAIN
from ringfence.identifiers import CaseId, RowId
from ringfence.privacy.ledger import Event
from ringfence.privacy.ledger.records import LedgerEntry
from ringfence.privacy.packages import Kind as PackageKind
from ringfence.services.staff import Scope
from tests.unit.web.api.building import ALICE, BOB, Building, Person, building

pytestmark = pytest.mark.usefixtures("each_database")


@pytest.fixture
async def house(each_database: str, tmp_path: Path) -> AsyncIterator[Building]:
    async with building(tmp_path) as made:
        yield made


@pytest.fixture
async def alice(house: Building) -> Person:
    return await house.enrol("alice", ALICE)


async def test_a_person_gives_changes_and_takes_back_a_mail_address(house: Building, alice: Person) -> None:
    assert (await house.ask("GET", "/v1/account/mail", alice.headers)).json() == {"address": ""}
    body = {"address": "alice@mail.example"}
    assert (await house.ask("PUT", "/v1/account/mail", alice.headers, json=body)).json() == body
    refused = await house.ask("PUT", "/v1/account/mail", alice.headers, json={"address": "no address"})
    assert (refused.status_code, refused.json()["code"]) == (422, "mail_address_unusable")
    assert (await house.ask("DELETE", "/v1/account/mail", alice.headers)).status_code == 204
    assert (await house.ask("GET", "/v1/account/mail", alice.headers)).json() == {"address": ""}


@pytest.mark.promise("ACR-07")
async def test_a_person_renames_their_phone_and_nobody_elses(house: Building, alice: Person) -> None:
    bob = await house.enrol("bob", BOB)
    body = {"name": "The one in the car"}
    assert (await house.ask("PATCH", f"/v1/devices/{alice.device}", alice.headers, json=body)).status_code == 204
    (shown,) = (await house.ask("GET", "/v1/devices", alice.headers)).json()
    assert shown["name"] == "The one in the car"
    refused = await house.ask("PATCH", f"/v1/devices/{bob.device}", alice.headers, json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "rectification_refused")
    (others,) = (await house.ask("GET", "/v1/devices", bob.headers)).json()
    assert others["name"] == "phone-canary-of-bob"


async def offers(house: Building, person: Person, **headers: str) -> dict[str, Any]:
    answer = await house.ask("GET", "/v1/consents", {**person.headers, **headers})
    assert answer.status_code == 200, answer.text
    return {each["key"]: each for each in answer.json()["offers"]}


@pytest.mark.promise("ZOI-06")
async def test_each_consent_is_off_given_alone_and_withdrawn_with_a_receipt(house: Building, alice: Person) -> None:
    found = await offers(house, alice)
    assert set(found) == {"contacts", "analytics", "marketing.mail", "marketing.push.mail"}
    assert not any(each["given"] for each in found.values())
    yes = {"version": found["contacts"]["version"], "language": "en", "old_enough": True}
    given = await house.ask("PUT", "/v1/consents/contacts", alice.headers, json=yes)
    assert given.status_code == 200, given.text
    after = await offers(house, alice)
    assert [key for key, each in after.items() if each["given"]] == ["contacts"]
    path = f"/v1/consents/receipts/{given.json()['receipt']}"
    receipt = (await house.ask("GET", path, alice.headers)).json()
    assert receipt["schema_version"] == "ISO/IEC TS 27560:2023"
    assert receipt["pii_processing"]["privacy_notice"]["version"] == yes["version"]
    assert (await house.ask("DELETE", "/v1/consents/contacts", alice.headers)).json() == {"withdrawn": ["contacts"]}
    assert not (await offers(house, alice))["contacts"]["given"]
    assert (await house.ask("DELETE", "/v1/consents", alice.headers)).json() == {"withdrawn": []}


async def test_a_no_is_recorded_and_a_yes_to_other_words_is_not(house: Building, alice: Person) -> None:
    version = (await offers(house, alice))["analytics"]["version"]
    no = await house.ask("PUT", "/v1/consents/analytics/refusal", alice.headers, json={"version": version})
    assert no.status_code == 204, no.text
    assert (await offers(house, alice))["analytics"]["refused"]
    stale = {"version": "0" * 64, "old_enough": True}
    refused = await house.ask("PUT", "/v1/consents/analytics", alice.headers, json=stale)
    assert (refused.status_code, refused.json()["code"]) == (409, "consent_text_changed")


async def test_global_privacy_control_ends_marketing_and_asks_for_none(house: Building, alice: Person) -> None:
    found = await offers(house, alice)
    yes = {"version": found["marketing.mail"]["version"], "old_enough": True}
    assert (await house.ask("PUT", "/v1/consents/marketing.mail", alice.headers, json=yes)).status_code == 200
    assert set(await offers(house, alice, **{"sec-gpc": "1"})) == {"contacts", "analytics"}
    assert not (await offers(house, alice))["marketing.mail"]["given"]
    signal = {**alice.headers, "sec-gpc": "1"}
    refused = await house.ask("PUT", "/v1/consents/marketing.mail", signal, json=yes)
    assert (refused.status_code, refused.json()["code"]) == (409, "consent_opted_out")


@pytest.mark.promise("ZOI-17")
async def test_a_request_is_asked_shown_and_taken_back(house: Building, alice: Person) -> None:
    body = {"kind": "complaint", "text": "My data is late.", "language": "de"}
    asked = await house.ask("POST", "/v1/requests", alice.headers, json=body)
    assert asked.status_code == 201, asked.text
    case = asked.json()
    assert (case["kind"], case["text"]) == ("complaint", "My data is late.")
    assert case["promised"] <= case["legal"]
    assert asked.headers["location"] == f"/v1/requests/{case['id']}"
    (listed,) = (await house.ask("GET", "/v1/requests", alice.headers)).json()
    assert listed["id"] == case["id"]
    shown = (await house.ask("GET", f"/v1/requests/{case['id']}", alice.headers)).json()
    assert shown["steps"]
    refused = await house.ask("POST", f"/v1/requests/{case['id']}/answer", alice.headers, json={"text": "Yes."})
    assert (refused.status_code, refused.json()["code"]) == (409, "request_step_not_allowed")
    gone = await house.ask("DELETE", f"/v1/requests/{case['id']}", alice.headers)
    assert (gone.status_code, gone.json()["state"]) == (200, "taken_back")
    unknown = await house.ask("GET", "/v1/requests/nobodys", alice.headers)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_request")


async def packed(house: Building, person: Person, kind: PackageKind) -> RowId:
    packages = house.server.rights.packages
    package = await packages.prepare(house.provider, person.subject, kind=kind)
    for _ in range(600):
        if (await packages.status(package, subject=person.subject)).ready is not None:
            return package
        await asyncio.sleep(0.05)
    raise AssertionError


@pytest.mark.promise("ZOI-16")
async def test_a_copy_is_streamed_to_its_person(house: Building, alice: Person) -> None:
    package = await packed(house, alice, PackageKind.ACCESS)
    (listed,) = (await house.ask("GET", "/v1/packages", alice.headers)).json()
    assert (listed["id"], listed["state"]) == (package, "ready")
    answer = await house.ask("GET", f"/v1/packages/{package}", alice.headers)
    assert answer.headers["content-type"] == "application/zip"
    assert answer.content.startswith(b"PK")
    assert len(answer.content) == listed["size"]


async def transmitted(house: Building) -> bool:
    """Whether the ledger has it that something was sent, or tried to be."""
    async with house.server.kernel.db.reading() as unit:
        return any(Event.TRANSMITTED.encode() in entry.body for entry in await unit.select(LedgerEntry))


@pytest.mark.promise("ZOI-19")
async def test_a_copy_goes_to_another_controller_only_once_the_person_confirms(house: Building, alice: Person) -> None:
    package = await packed(house, alice, PackageKind.PORTABILITY)
    body = {"package": package, "url": "https://127.0.0.1:1/take", "token": "canary-token"}
    proposed = await house.ask("POST", "/v1/transmissions", alice.headers, json=body)
    assert (proposed.status_code, proposed.json()["phase"]) == (201, "proposed")
    assert proposed.json()["host"] == "127.0.0.1"
    assert "canary-token" not in proposed.text
    assert not await transmitted(house)
    path = f"/v1/transmissions/{proposed.json()['id']}/confirmation"
    done = (await house.ask("POST", path, alice.headers)).json()
    assert done["phase"] in {"refused", "failed"}  # nobody may be sent to inside this machine
    assert await transmitted(house)
    (listed,) = (await house.ask("GET", "/v1/transmissions", alice.headers)).json()
    assert listed["phase"] == done["phase"]
    again = await house.ask("POST", path, alice.headers)
    assert (again.status_code, again.json()["code"]) == (404, "unknown_transmission")


@pytest.mark.promise("ZOI-20")
async def test_leaving_is_tried_dry_before_it_is_done(house: Building, alice: Person) -> None:
    plan = (await house.ask("GET", "/v1/account/erasure", alice.headers)).json()
    assert plan["stops"]
    assert plan["goes"]
    assert plan["until"]
    german = (await house.ask("GET", "/v1/account/erasure?lang=de", alice.headers)).json()
    assert german["stops"] != plan["stops"]
    assert (await house.ask("GET", "/v1/devices", alice.headers)).status_code == 200


async def test_looks_are_told_by_day_and_purpose(house: Building, alice: Person) -> None:
    assert (await house.ask("GET", "/v1/looks", alice.headers)).json() == []


INVOICE = {
    "number": "2026-1", "issued": "2026-11-01", "name": "Alice", "what": "Telephony", "net": 1000, "tax": 200,
    "sip": f"alice@{DOMAIN}",
}  # fmt: skip
SHEET = f"number,issued,name,what,net,tax,sip\n2026-2,2026-11-01,Alice,Telephony,10.00,2.00,alice@{DOMAIN}\n"


async def test_billing_hands_in_invoices_one_by_one_and_as_a_file(house: Building, alice: Person) -> None:
    books = await house.system(Scope.BILLING_WRITE)
    first = await house.ask("POST", "/v1/invoices", books, json=INVOICE)
    assert first.status_code == 201, first.text
    assert (await house.ask("POST", "/v1/invoices", books, json=INVOICE)).json() == first.json()
    differs = await house.ask("POST", "/v1/invoices", books, json=INVOICE | {"net": 1})
    assert (differs.status_code, differs.json()["code"]) == (409, "invoice_differs")
    key = {**books, "idempotency-key": "one"}
    dry = (await house.ask("POST", "/v1/invoices/import?dry_run=true", key, content=SHEET)).json()
    assert (dry["written"], dry["new"]) == (False, 1)
    again = await house.ask("POST", "/v1/invoices/import", key, content=SHEET)
    assert (again.status_code, again.json()["code"]) == (422, "idempotency_key_reused")
    real = (await house.ask("POST", "/v1/invoices/import", books, content=SHEET)).json()
    assert (real["written"], real["new"]) == (True, 1)
    kept = billing_of(house.server.kernel, house.server.rights)
    assert {each.number for each in await kept.of(house.provider, alice.subject)} == {"2026-1", "2026-2"}


async def test_a_mail_becomes_a_request_and_the_same_mail_does_not_become_two(house: Building) -> None:
    post = await house.system(Scope.REQUESTS_WRITE)
    mail = b"From: carol@mail.example\r\nSubject: my data\r\nMessage-ID: <1@mail.example>\r\n\r\nWhat do you hold?\r\n"
    first = await house.ask("POST", "/v1/mail-intake", post, content=mail)
    assert first.status_code == 202, first.text
    assert (await house.ask("POST", "/v1/mail-intake", post, content=mail)).json() == first.json()
    view = await house.server.rights.requests.case(house.provider, CaseId(first.json()["request"]))
    assert view.summary.kind == "access"


@pytest.mark.parametrize("path", ["/v1/invoices", "/v1/invoices/import", "/v1/mail-intake"])
async def test_a_providers_token_opens_what_it_covers_and_nothing_else(
    house: Building, alice: Person, path: str
) -> None:
    narrow = await house.system(Scope.FIGURES_READ)
    for headers in ({}, narrow, alice.headers):
        refused = await house.ask("POST", path, headers, json=INVOICE)
        assert (refused.status_code, refused.json()["code"]) == (401, "token_refused")
    refused = await house.ask("GET", "/v1/requests", narrow)
    assert (refused.status_code, refused.json()["code"]) == (401, "not_authenticated")


async def test_who_guesses_tokens_of_providers_has_to_wait(house: Building) -> None:
    books = await house.system(Scope.BILLING_WRITE)
    statuses = [
        (await house.ask("POST", "/v1/invoices", {"authorization": f"Bearer {number}"}, json=INVOICE)).status_code
        for number in range(25)
    ]
    assert statuses[0] == 401
    assert statuses[-1] == 429
    assert (await house.ask("POST", "/v1/invoices", books, json=INVOICE)).status_code == 404  # of nobody, but let in
