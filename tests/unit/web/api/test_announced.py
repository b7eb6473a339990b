"""What is coming reaches the app at its next start: on a server that began anew with another notice."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ringfence.clock import DAY
from tests.unit.web.api.building import ALICE, BOB, Building, Person, grounds, opened

pytestmark = pytest.mark.usefixtures("each_database")


@pytest.fixture
async def changed(each_database: str, tmp_path: Path) -> AsyncIterator[tuple[Building, Person, Person]]:
    """Two people agreed to a notice; their provider then moved its privacy officer and its controller."""
    async with grounds(tmp_path) as config:
        async with opened(config) as before:
            alice, bob = await before.enrol("alice", ALICE), await before.enrol("bob", BOB)
            assert (await before.ask("GET", "/v1/announcements", alice.headers)).json() == []
        config.write_text(config.read_text().replace("Loopback Street 127, Sofia", "Another Street 1, Varna"))
        async with opened(config) as after:
            yield after, alice, bob


@pytest.mark.promise("APP-10")
@pytest.mark.promise("ZOI-23")
async def test_an_app_is_told_at_its_next_start_and_the_month_begins_once_it_was_shown(
    changed: tuple[Building, Person, Person],
) -> None:
    house, alice, bob = changed
    (coming,) = (await house.ask("GET", "/v1/announcements", alice.headers)).json()
    assert [each["material"] for each in coming["changes"]].count(True) >= 1
    assert not coming["told"]
    now = house.server.kernel.clock.time()
    assert coming["holds_from"] >= now + 28 * DAY
    assert (await house.ask("GET", "/v1/announcements", alice.headers)).json()[0]["told"] is False
    shown = await house.ask("POST", f"/v1/announcements/{coming['id']}/shown", alice.headers)
    assert shown.status_code == 204, shown.text
    (told,) = (await house.ask("GET", "/v1/announcements", alice.headers)).json()
    assert told["told"]
    assert told["holds_from"] >= now + 28 * DAY
    (others,) = (await house.ask("GET", "/v1/announcements", bob.headers)).json()
    assert not others["told"]


@pytest.mark.promise("ZOI-23")
async def test_who_objects_leaves_before_it_holds(changed: tuple[Building, Person, Person]) -> None:
    house, alice, bob = changed
    (coming,) = (await house.ask("GET", "/v1/announcements", alice.headers)).json()
    wrong = await house.ask("POST", f"/v1/announcements/{alice.device}/objection", alice.headers)
    assert (wrong.status_code, wrong.json()["code"]) == (409, "nothing_to_object")
    left = await house.ask("POST", f"/v1/announcements/{coming['id']}/objection", alice.headers)
    assert left.status_code == 202, left.text
    status = await house.ask("GET", f"/v1/erasures/{left.json()['erasure_id']}")
    assert status.status_code == 200
    for _ in range(200):
        if (await house.ask("GET", "/v1/devices", alice.headers)).status_code == 401:
            break
        await asyncio.sleep(0.05)
    assert (await house.ask("GET", "/v1/devices", alice.headers)).status_code == 401
    assert (await house.ask("GET", "/v1/devices", bob.headers)).status_code == 200


async def test_what_was_never_published_can_not_have_been_shown(changed: tuple[Building, Person, Person]) -> None:
    house, alice, _ = changed
    answer = await house.ask("POST", f"/v1/announcements/{alice.device}/shown", alice.headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_edition")
