"""No token opens anybody else's: every operation of the description is asked with everything of another person's."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ringfence.app.api import billing_of
from ringfence.identifiers import RowId
from ringfence.privacy.packages import Kind as PackageKind
from ringfence.services.staff import Scope
from tests.unit.web.api.building import ALICE, BOB, Building, Person, building
from tests.unit.web.api.test_rooms import INVOICE, SHEET

pytestmark = pytest.mark.usefixtures("each_database")

ADDRESS, WORDS = "canary-alice@mail.example", "canary-words-of-alice"
OPEN = {
    ("get", "/v1/erasures/{erasure}"), ("get", "/problems/{code}"), ("get", "/p/{key}"),
    ("get", "/v1/apps/{app}/push-key"),
}  # fmt: skip
"""What whoever knows the id may ask, which says nothing of a person."""
BODIES = {
    ("put", "/v1/account/mail"): {"address": "bob@mail.example"},
    ("patch", "/v1/devices/{device_id}"): {"name": "renamed-by-bob"},
    ("put", "/v1/device/push-token"): {"push_token": "token-of-bob"},
    ("post", "/v1/requests"): {"kind": "complaint"},
    ("post", "/v1/requests/{case}/answer"): {"text": "an answer by bob"},
}


@pytest.fixture
async def house(each_database: str, tmp_path: Path) -> AsyncIterator[Building]:
    async with building(tmp_path) as made:
        yield made


async def belongings(house: Building, alice: Person) -> dict[str, list[str]]:
    """Everything of Alice's that has an id, by the name of the parameter that takes it."""
    await house.ask("PUT", "/v1/account/mail", alice.headers, json={"address": ADDRESS})
    asked = await house.ask("POST", "/v1/requests", alice.headers, json={"kind": "complaint", "text": WORDS})
    offers = (await house.ask("GET", "/v1/consents", alice.headers)).json()["offers"]
    yes = {"version": offers[0]["version"], "old_enough": True}
    given = await house.ask("PUT", f"/v1/consents/{offers[0]['key']}", alice.headers, json=yes)
    package = await packed(house, alice)
    goes = {"package": package, "url": "https://canary-host.example/take"}
    proposed = await house.ask("POST", "/v1/transmissions", alice.headers, json=goes)
    (publication,) = house.server.editions.publications(house.provider)
    return {
        "device_id": [alice.device],
        "case": [asked.json()["id"]],
        "key": [offers[0]["key"]],
        "receipt": [given.json()["receipt"]],
        "package": [package],
        "transmission": [proposed.json()["id"]],
        "publication": [publication.id],
        "ref": ["abc"],
    }


async def packed(house: Building, person: Person) -> RowId:
    packages = house.server.rights.packages
    package = await packages.prepare(house.provider, person.subject, kind=PackageKind.PORTABILITY)
    for _ in range(600):
        if (await packages.status(package, subject=person.subject)).ready is not None:
            return package
        await asyncio.sleep(0.05)
    raise AssertionError


def operations(house: Building) -> list[tuple[str, str]]:
    """What ends the asking token stands last."""
    found = [
        (method, path)
        for path, item in house.server.faces.app.openapi()["paths"].items()
        for method in item
        if (method, path) not in OPEN
    ]
    last = {"/v1/device/push", "/v1/device/sign-out", "/v1/account"}
    return sorted(found, key=lambda each: (each[1] in last, each[1] == "/v1/account", each))


@pytest.mark.promise("ZOI-16")
@pytest.mark.promise("ZOI-17")
async def test_no_token_opens_or_changes_what_is_somebody_elses(house: Building) -> None:
    alice, bob = await house.enrol("alice", ALICE), await house.enrol("bob", BOB)
    owned = await belongings(house, alice)
    secrets = [alice.subject, alice.device, ADDRESS, WORDS, "phone-canary-of-alice", "canary-host", *owned["case"]]
    secrets += [owned[name][0] for name in ("receipt", "package", "transmission")]
    before = await everything(house, alice)
    system = await house.system(*Scope)
    asked = 0
    for headers, (method, path) in itertools.product((system, {}, bob.headers), operations(house)):
        url = path
        for name, values in owned.items():
            url = url.replace(f"{{{name}}}", values[0])
        assert "{" not in url, path
        answer = await house.ask(method.upper(), url, headers, json=BODIES.get((method, path)))
        assert answer.status_code < 500, (method, path)
        asked += 1
        for secret in secrets:
            assert secret not in answer.text, (method, path, secret)
    assert asked > 90
    assert await everything(house, alice) == before


async def everything(house: Building, person: Person) -> list[object]:
    """What a person has at the API, as it was before, if nobody touched it."""
    paths = ("account/mail", "devices", "consents", "requests", "packages", "transmissions", "announcements", "looks")
    return [(await house.ask("GET", f"/v1/{path}", person.headers)).json() for path in paths]


@pytest.mark.promise("ZOI-16")
async def test_a_system_hands_in_nothing_for_people_of_another_provider(house: Building) -> None:
    """The provider of the token left the installation; its token is not over yet."""
    alice = await house.enrol("alice", ALICE)
    stranger = await house.system(*Scope, provider="another")
    mail = b"From: carol@mail.example\r\nMessage-ID: <1@mail.example>\r\n\r\nWhat do you hold?\r\n"
    for path, sent in (
        ("invoices", {"json": INVOICE}),
        ("invoices/import", {"content": SHEET}),
        ("mail-intake", {"content": mail}),
    ):
        answer = await house.ask("POST", f"/v1/{path}", stranger, **sent)
        assert (answer.status_code, answer.json()["code"]) == (401, "token_refused")
    assert await billing_of(house.server.kernel, house.server.rights).of(house.provider, alice.subject) == []
    assert await house.server.rights.requests.inbox(house.provider) == []
