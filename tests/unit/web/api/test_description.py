"""The description is true: what a route answers, with this status, media type and fields, stands in the document."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from ringfence.web.problem import MEDIA_TYPE
from tests.unit.web.api.conftest import Api, bearer, body_of


@dataclass
class Reader:
    """Compares answers with the document, and notes which operations gave which statuses."""

    document: dict[str, Any]
    seen: dict[tuple[str, str], set[int]] = field(default_factory=dict)

    def compare(self, answer: httpx.Response) -> httpx.Response:
        method, path = answer.request.method.lower(), self._path(answer.request.url.path)
        self.seen.setdefault((method, path), set()).add(answer.status_code)
        responses = self.document["paths"][path][method]["responses"]
        exact, group = str(answer.status_code), f"{answer.status_code // 100}XX"
        content = responses.get(exact, responses.get(group))["content"] if answer.content else {}
        kind = answer.headers.get("content-type", "").partition(";")[0]
        assert kind in content or not answer.content, (method, path, exact, kind)
        if kind in {"application/json", MEDIA_TYPE}:
            self._fits(answer.json(), content[kind]["schema"])
        return answer

    def operations(self) -> Iterator[tuple[str, str]]:
        for path, item in self.document["paths"].items():
            for method in item:
                yield method, path

    def _path(self, path: str) -> str:
        """The template that leads to a path."""
        parts = path.split("/")
        for template in self.document["paths"]:
            names = template.split("/")
            if len(names) == len(parts) and all(n == p or n[:1] == "{" for n, p in zip(names, parts, strict=True)):
                return str(template)
        raise AssertionError(path)

    def _fits(self, value: Any, schema: dict[str, Any]) -> None:
        """Objects have the fields that are named, and no other ones where the schema names all."""
        assert schema, "an answer without a schema"
        if "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        if schema.get("type") != "object" or "properties" not in schema:
            return
        assert set(schema.get("required", ())) <= set(value)
        assert set(value) <= set(schema["properties"]) or schema.get("additionalProperties")
        for name, inner in schema["properties"].items():
            if name in value:
                self._fits(value[name], inner)


@pytest.fixture
async def reader(served: Api) -> Reader:
    async with served.client() as client:
        return Reader((await client.get("/v1/openapi.json")).json())


async def test_every_route_answers_as_it_is_described(served: Api, reader: Reader) -> None:
    enrolled = await served.enrol()
    async with served.client() as client:
        for method, path in reader.operations():
            device = enrolled["device_id"]
            url = path.format(
                ref="no-call", erasure="erasure-1", key="none", code="too_young", app="phone", device_id=device
            )
            body = _BODIES.get((method, path), lambda: None)()
            shown = bearer(enrolled) if path != "/v1/enrolments" else {}
            answer = await client.request(method, url, json=body, headers=shown)
            assert reader.compare(answer).status_code < 300, (method, path, answer.text)
            if path in _ENDS:
                enrolled = await served.enrol()
    assert set(reader.seen) == set(reader.operations())


async def test_every_refusal_is_as_it_is_described(served: Api, reader: Reader) -> None:
    served.readiness.lacks.append("starting")
    async with served.client() as client, served.client(peer="203.0.113.9") as far:
        for method, path in reader.operations():
            if {} in reader.document["paths"][path][method].get("security", [{}]):
                continue
            url = path.format(ref="no-call", device_id="none")
            answer = await client.request(method, url, json=_BODIES.get((method, path), lambda: None)())
            assert reader.compare(answer).status_code == 401
        for refused, status in (
            (await client.get("/readyz"), 503),
            (await far.get("/metrics"), 404),
            (await client.get("/v1/erasures/none"), 404),
            (await client.get("/problems/none"), 404),
            (await client.get("/v1/notice", params={"domain": "nobody.example"}), 422),
            (await client.get("/v1/notice", params={"lang": "English"}), 422),
            (await client.post("/v1/enrolments", json={}), 422),
            (await client.post("/v1/enrolments", json=body_of(old_enough=False)), 403),
            (await client.post("/v1/enrolments", json=body_of(terms_agreed="")), 403),
            (await client.post("/v1/enrolments", json=body_of(password="wrong")), 403),
        ):
            assert reader.compare(refused).status_code == status


def test_a_route_says_whether_it_needs_a_token(reader: Reader) -> None:
    needed = {
        path
        for method, path in reader.operations()
        if {} not in reader.document["paths"][path][method].get("security", [{}])
    }
    assert {path.split("/")[2] for path in needed} == {"device", "devices", "calls", "account"}


def test_every_post_may_be_repeated_with_its_key(reader: Reader) -> None:
    for method, path in reader.operations():
        names = [each["name"].lower() for each in reader.document["paths"][path][method].get("parameters", ())]
        assert names.count("idempotency-key") == (method == "post")


_BODIES = {
    ("post", "/v1/enrolments"): body_of,
    ("put", "/v1/device/push-token"): lambda: {"push_token": "another-token"},
}
_ENDS = {"/v1/device/push", "/v1/device/sign-out", "/v1/account"}
"""After these the device's token is worth nothing, or push is off."""
