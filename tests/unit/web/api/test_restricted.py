"""Restricted values come out of no route of the API but the person's own copy; every route is asked, as the person."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

from ringfence.identifiers import ProviderId, RowId, SubjectId
from ringfence.privacy.ledger import SIGNING, Ledger, Signer
from ringfence.privacy.restriction import Ground, Restrictions, Standing, restrictable
from ringfence.randomness import SystemRandomness
from ringfence.services.enrolment import Device
from tests.unit.web.api.conftest import Api, bearer, body_of

VALUES = ("device-name-canary", "push-token-canary", "alice@pbx.example")
OWN_COPY = ("get", "/v1/account/data")
"""Here the person asks for their own data: their consent, which Art. 18(2) excepts."""
LAST = ("delete", "post")  # what ends something comes after what only asks


class Nobody:
    """Tells nobody of anything."""

    async def lifting(self, provider: ProviderId, subject: SubjectId, restriction: RowId) -> None: ...

    async def restricted(self, subject: SubjectId, tables: Collection[str]) -> None: ...

    async def lifted(self, subject: SubjectId, tables: Collection[str]) -> None: ...


def operations(description: dict[str, Any], device: str) -> list[tuple[str, str]]:
    """Each method and path of the description, with this device wherever a path wants an id."""
    found = []
    for path, methods in description["paths"].items():
        for parameter in {part for part in path.split("/") if part.startswith("{")}:
            path = path.replace(parameter, device)  # noqa: PLW2901 - filled in, one after the other
        found += [(method, path) for method in methods]
    return sorted(found, key=lambda each: LAST.index(each[0]) + 1 if each[0] in LAST else 0)


async def answers(served: Api, enrolled: dict[str, Any], device: str) -> dict[tuple[str, str], str]:
    async with served.client() as client:
        told = {}
        for method, path in operations(served.app.openapi(), device):
            body = json.dumps(body_of(name="other", push_token="other")) if method in {"post", "put", "patch"} else None
            headers = {**bearer(enrolled), "content-type": "application/json"}
            answer = await client.request(method.upper(), path, headers=headers, content=body)
            assert answer.status_code < 500, (method, path)
            told[method, path] = answer.text
        return told


@pytest.mark.promise("ZOI-17")
async def test_nothing_but_the_persons_own_copy_opens_what_is_restricted(served: Api, tmp_path: Path) -> None:
    enrolled = await served.enrol()
    async with served.house.db.reading() as unit:
        (device,) = await unit.select(Device)
    async with served.client() as client:
        before = (await client.get("/v1/devices", headers=bearer(enrolled))).text
    assert "device-name-canary" in before
    house = served.house
    ledger = Ledger(house.db, house.keyring, Signer(house.keyring.derive(SIGNING)), house.clock)
    restrictions = Restrictions(
        db=served.house.db, keyring=served.house.keyring, ledger=ledger, informer=Nobody(),
        standing=Standing(tmp_path / "restrictions", house.keyring, SystemRandomness()), observers=[Nobody()],
        clock=served.house.clock, randomness=SystemRandomness(),
    )  # fmt: skip
    assert {"device", "sip_account", "push_instance"} <= set(restrictable())
    await restrictions.restrict(device.provider, device.subject, ground=Ground.CONTESTED)
    told = await answers(served, enrolled, device.id)
    assert len(told) > 5
    assert VALUES[0] in told.pop(OWN_COPY)
    for (method, path), text in told.items():
        for value in VALUES:
            assert value not in text, (method, path)
