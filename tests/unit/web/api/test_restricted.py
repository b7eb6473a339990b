"""Restricted values come out of no route of the API but the person's own copy; every route is asked, as the person."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ringfence.demo.stage import DOMAIN
from ringfence.privacy.restriction import Ground, restrictable
from ringfence.privacy.rights import Reason
from tests.unit.web.api.building import ALICE, Building, Person, building
from tests.unit.web.api.conftest import body_of

NAME = "phone-canary-of-alice"
VALUES = (NAME, "push-token-canary-of-alice", f"alice@{DOMAIN}")
OWN_COPY = ("get", "/v1/account/data")
"""Here the person asks for their own data: their consent, which Art. 18(2) excepts."""
LAST = ("delete", "post")  # what ends something comes after what only asks


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Building]:
    async with building(tmp_path) as made:
        yield made


def operations(house: Building, device: str) -> list[tuple[str, str]]:
    """Each method and path of the description, with this device wherever a path wants an id."""
    found = []
    for path, methods in house.server.faces.app.openapi()["paths"].items():
        for parameter in {part for part in path.split("/") if part.startswith("{")}:
            path = path.replace(parameter, device)  # noqa: PLW2901 - filled in, one after the other
        found += [(method, path) for method in methods]
    return sorted(found, key=lambda each: LAST.index(each[0]) + 1 if each[0] in LAST else 0)


async def answers(house: Building, person: Person) -> dict[tuple[str, str], str]:
    told = {}
    for method, path in operations(house, person.device):
        body = body_of(name="other", push_token="other") if method in {"post", "put", "patch"} else None
        answer = await house.ask(method.upper(), path, person.headers, json=body)
        assert answer.status_code < 500, (method, path)
        told[method, path] = answer.text
    return told


@pytest.mark.promise("ZOI-17")
async def test_nothing_but_the_persons_own_copy_opens_what_is_restricted(house: Building) -> None:
    alice = await house.enrol("alice", ALICE)
    assert NAME in (await house.ask("GET", "/v1/devices", alice.headers)).text
    assert {"device", "sip_account", "push_instance"} <= set(restrictable())
    await house.server.rights.restrictions.restrict(house.provider, alice.subject, ground=Ground.CONTESTED)
    told = await answers(house, alice)
    assert len(told) > 30
    assert NAME in told.pop(OWN_COPY)
    for (method, path), text in told.items():
        for value in VALUES:
            assert value not in text, (method, path)


@pytest.mark.promise("ZOI-17")
@pytest.mark.parametrize("restricted", [True, False])
async def test_no_answer_is_repeated_to_whoever_was_restricted_or_erased_meanwhile(
    house: Building, restricted: bool
) -> None:
    alice = await house.enrol("alice", ALICE)
    headers = {**alice.headers, "idempotency-key": "one"}
    asking = {"kind": "complaint", "text": "canary-complaint-of-alice"}
    first = await house.ask("POST", "/v1/requests", headers, json=asking)
    assert first.status_code < 300, first.text
    assert (await house.ask("POST", "/v1/requests", headers, json=asking)).content == first.content
    assert len(house.server.repeats) == 1
    if restricted:
        await house.server.rights.restrictions.restrict(house.provider, alice.subject, ground=Ground.CONTESTED)
        assert len(house.server.repeats) == 0
        return
    erasure = await house.server.erasures.request(house.provider, alice.subject, Reason.ASKED)
    await house.server.erasures.run(erasure)
    assert len(house.server.repeats) == 0
    assert (await house.ask("POST", "/v1/requests", headers, json=asking)).status_code == 401
