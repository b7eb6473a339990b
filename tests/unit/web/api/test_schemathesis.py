"""Whatever comes, no route fails on our side: requests are generated from the description, wrong ones most of all."""

from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from ringfence.services.staff import Scope
from tests.unit.web.api.building import ALICE, Building, building

pytestmark = pytest.mark.usefixtures("each_database")
EXAMPLES = 12  # of each operation and mode, with each token
ENDS = {"/v1/account", "/v1/device/sign-out", "/v1/device/push"}
"""After these the token is worth nothing, so that nothing behind it would be reached any more."""
DESIGNED = {"too_many_requests_open", "upstream_unavailable"}
"""Answers of 5xx that say what to wait for; nothing failed."""


@schemathesis.serializer("text/csv", "message/rfc822")
def as_it_is(context: Any, value: Any) -> bytes:
    """A file is sent as it was generated."""
    return value if isinstance(value, bytes) else bytes(str(value), "utf-8", "surrogatepass")


@pytest.fixture
async def house(each_database: str, tmp_path: Path) -> AsyncIterator[Building]:
    async with building(tmp_path) as made:
        yield made


def cases(document: dict[str, Any]) -> list[Any]:
    """Some requests of each operation: those that fit the description, and those that don't."""
    found: list[Any] = []
    schema = schemathesis.openapi.from_dict(document)
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), "an operation that nobody can read"
        operation = result.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            found += drawn(operation.as_strategy(generation_mode=mode))
    return found


def drawn(strategy: st.SearchStrategy[Any]) -> list[Any]:
    found: list[Any] = []

    @hypothesis.settings(
        max_examples=EXAMPLES, database=None, derandomize=True, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @hypothesis.given(strategy)
    def collect(case: Any) -> None:
        found.append(case)

    with suppress(hypothesis.errors.Unsatisfiable):  # nothing about the operation can be wrong
        collect()
    return found


async def test_no_route_fails_whatever_comes(house: Building) -> None:
    alice = await house.enrol("alice", ALICE)
    system = await house.system(*Scope)
    made = cases(house.server.faces.app.openapi())
    made.sort(key=lambda case: case.operation.path in ENDS)
    statuses = set()
    async with house.client() as client:
        for case in made:
            for headers in (alice.headers, system, {}):
                keywords = case.as_transport_kwargs(base_url="https://ring.example")
                sent = {name: value for name, value in (keywords.pop("headers") or {}).items() if _sendable(value)}
                sent = {name: value for name, value in sent.items() if name.lower() != "authorization"}
                keywords["headers"] = {**sent, **headers}
                if isinstance(keywords.get("data"), bytes | str):
                    keywords["content"] = keywords.pop("data")
                answer = await client.request(**{k: v for k, v in keywords.items() if k in KNOWN})
                statuses.add(answer.status_code)
                fine = answer.status_code < 500 or answer.json().get("code") in DESIGNED
                assert fine, (case.operation.label, answer.status_code, keywords)
    assert {200, 401, 404, 422} <= statuses
    assert (await house.ask("GET", "/readyz")).status_code == 200


KNOWN = {"method", "url", "headers", "params", "json", "data", "content"}


def _sendable(value: str) -> bool:
    return value.isascii() and value.isprintable()
