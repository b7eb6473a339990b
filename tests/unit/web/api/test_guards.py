"""What stands before the routes: encryption, size, pace, silence about what was sent."""

import asyncio
import logging
from collections.abc import AsyncIterator
from ipaddress import ip_network
from typing import Any

import httpx
import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ringfence.clock import ManualClock
from ringfence.protocols.source import source_of
from ringfence.web.api import ApiSettings, Rate
from ringfence.web.api.bodies import FIELDS
from ringfence.web.api.guard import Bounded
from ringfence.web.api.rates import RateLimit
from ringfence.web.problem import LANGUAGES, known_codes, texts
from tests.unit.services.enrolment.world import Installation
from tests.unit.web.api.conftest import Api, as_json, bearer, body_of, open_api

PROXY = "10.0.0.7"


@pytest.fixture
def proxied(house: Installation) -> Api:
    return open_api(house, ApiSettings(trusted_proxies=(ip_network("10.0.0.0/24"),)))


@pytest.mark.promise("APP-02")
async def test_plain_http_from_elsewhere_is_refused_before_anything_is_read(served: Api) -> None:
    async with served.client(peer="203.0.113.9", scheme="http") as client:
        answer = await client.post("/v1/enrolments", json=body_of())
    assert (answer.status_code, answer.json()["code"]) == (403, "encryption_required")
    assert served.house.pbx.asked == 0


@pytest.mark.promise("APP-02")
async def test_plain_http_on_loopback_is_for_this_machine(served: Api) -> None:
    async with served.client(scheme="http") as client:
        assert (await client.get("/healthz")).status_code == 200


@pytest.mark.promise("APP-02")
@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded"])
async def test_a_proxy_on_this_machine_that_nobody_declared_is_refused(served: Api, header: str) -> None:
    async with served.client(scheme="http") as client:
        answer = await client.get("/healthz", headers={header: "203.0.113.9"})
    assert (answer.status_code, answer.json()["code"]) == (403, "proxy_not_trusted")


@pytest.mark.promise("APP-02")
@pytest.mark.parametrize(("proto", "status"), [("https", 200), ("http", 403)])
async def test_a_declared_proxy_vouches_for_the_encryption(proxied: Api, proto: str, status: int) -> None:
    headers = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": proto}
    async with proxied.client(peer=PROXY, scheme="http") as client:
        assert (await client.get("/healthz", headers=headers)).status_code == status


async def test_nobody_else_may_say_that_he_is_somebody_else(proxied: Api) -> None:
    headers = {"x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "https"}
    async with proxied.client(peer="203.0.113.9") as client:
        assert (await client.get("/metrics", headers=headers)).status_code == 404
    async with proxied.client(peer="203.0.113.9", scheme="http") as client:
        assert (await client.get("/healthz", headers=headers)).status_code == 403


@pytest.mark.parametrize("peer", ["127.0.0.1", "10.0.0.7"])
@pytest.mark.parametrize("named", [{}, {"x-forwarded-for": ""}, {"x-forwarded-for": "127.0.0.1"}])
async def test_nobody_is_on_this_machine_because_a_proxy_is(
    house: Installation, peer: str, named: dict[str, str]
) -> None:
    served = open_api(house, ApiSettings(trusted_proxies=(ip_network(peer),)))
    async with served.client(peer=peer, scheme="http") as client:
        assert (await client.get("/metrics", headers={"x-forwarded-proto": "https", **named})).status_code == 404
        assert (await client.get("/healthz", headers={"x-forwarded-proto": "https", **named})).status_code == 200
    async with served.client(scheme="http") as local:
        assert (await local.get("/metrics")).status_code == 200


async def test_whoever_a_proxy_does_not_name_shares_one_pace(house: Installation) -> None:
    served = open_api(house, ApiSettings(trusted_proxies=(ip_network("127.0.0.1"),), enrolments=Rate(1, 60.0)))
    headers = {"x-forwarded-proto": "https"}
    async with served.client(scheme="http") as client:
        tries = [await client.post("/v1/enrolments", json={}, headers=headers) for _ in range(2)]
    assert [one.status_code for one in tries] == [422, 429]


async def test_a_device_may_change_its_push_token_only_so_often_and_others_are_not_held_up(
    house: Installation,
) -> None:
    served = open_api(house, ApiSettings(push_tokens=Rate(2, 60.0)))
    busy, calm = bearer(await served.enrol()), bearer(await served.enrol())

    async def change(client: httpx.AsyncClient, who: dict[str, str]) -> httpx.Response:
        return await client.put("/v1/device/push-token", headers=who, json={"push_token": "another-token"})

    async with served.client() as client:
        answers = [await change(client, busy) for _ in range(3)]
        assert [one.status_code for one in answers] == [200, 200, 429]
        assert answers[2].json()["code"] == "too_many_requests"
        assert answers[2].headers["retry-after"] == "60"
        assert (await change(client, calm)).status_code == 200
        house.clock.advance(60.0)
        assert (await change(client, busy)).status_code == 200


async def test_behind_a_proxy_the_pace_is_counted_by_whom_it_names(house: Installation) -> None:
    slow = ApiSettings(trusted_proxies=(ip_network(PROXY),), enrolments=Rate(1, 60.0))
    served = open_api(house, slow)
    async with served.client(peer=PROXY, scheme="http") as client:
        statuses = []
        for source in ("203.0.113.1", "203.0.113.1", "203.0.113.2", "198.51.100.1, 203.0.113.1"):
            headers = {"x-forwarded-for": source, "x-forwarded-proto": "https"}
            statuses.append((await client.post("/v1/enrolments", json={}, headers=headers)).status_code)
    assert statuses == [422, 429, 422, 429]


async def test_a_body_that_is_too_large_is_not_read_to_its_end(served: Api) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(10_000):
            yield b"x" * 1000

    async with served.client() as client:
        answer = await client.post("/v1/enrolments", content=endless())
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


class Reader:
    """An application that says how much it was given; it answers when it is let."""

    def __init__(self) -> None:
        self.may, self.came = asyncio.Event(), asyncio.Event()
        self.may.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.came.set()
        await self.may.wait()
        body = (await receive())["body"]
        await Response(str(len(body)))(scope, receive, send)


async def posted(guard: Bounded, path: str, size: int, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(guard), base_url="https://test") as client:
        return await client.post(path, content=bytes(size), headers=headers)


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/v1/x", 101, 413),
        ("/pages/x", 101, 200),
        ("/pages/x", 1_001, 413),
        ("/pages/write", 300_000, 200),
        ("/pages/write", 400_001, 413),
        ("/page", 101, 413),
    ],
)
async def test_only_forms_that_were_named_may_be_larger(path: str, size: int, status: int) -> None:
    guard = Bounded(Reader(), most=100, seconds=5, larger={"/pages/": 1_000, "/pages/write": 400_000})
    assert (await posted(guard, path, size)).status_code == status


async def test_of_very_large_bodies_only_so_many_are_in_memory_and_letters_never_wait_for_them() -> None:
    reader = Reader()
    reader.may.clear()
    guard = Bounded(reader, most=100, seconds=5, larger={"/write": 400_000}, crowd=1)
    first = asyncio.create_task(posted(guard, "/write", 300_000))
    await reader.came.wait()
    assert (await posted(guard, "/write", 300_000)).status_code == 429
    letter = asyncio.create_task(posted(guard, "/write", 5_000))
    reader.may.set()
    assert (await letter).status_code == 200
    assert (await first).status_code == 200
    assert (await posted(guard, "/write", 300_000)).status_code == 200


async def test_guessing_tokens_is_slowed_down(house: Installation) -> None:
    served = open_api(house, ApiSettings(failed_tokens=Rate(3, 60.0)))
    wrong = {"authorization": f"Bearer {'a' * 26}.{'b' * 43}"}
    async with served.client() as client:
        for _ in range(3):
            assert (await client.post("/v1/device/heartbeat", headers=wrong)).status_code == 401
        blocked = await client.post("/v1/device/heartbeat", headers=wrong)
        assert (blocked.status_code, blocked.json()["code"]) == (429, "too_many_requests")
        house.clock.advance(int(blocked.headers["retry-after"]))
        assert (await client.post("/v1/device/heartbeat", headers=wrong)).status_code == 401


async def test_whoever_guesses_does_not_keep_their_neighbours_from_leaving(house: Installation) -> None:
    served = open_api(house, ApiSettings(failed_tokens=Rate(3, 60.0)))
    enrolled = await served.enrol()
    async with served.client() as client:
        for _ in range(5):
            await client.post("/v1/device/heartbeat", headers={"authorization": "Bearer guess"})
        assert (await client.post("/v1/device/heartbeat", headers=bearer(enrolled))).status_code == 200
        assert (await client.delete("/v1/account", headers=bearer(enrolled))).status_code == 202


async def test_right_tokens_are_never_slowed_down(house: Installation) -> None:
    served = open_api(house, ApiSettings(failed_tokens=Rate(3, 60.0)))
    enrolled = await served.enrol()
    async with served.client() as client:
        for _ in range(10):
            assert (await client.post("/v1/device/heartbeat", headers=bearer(enrolled))).status_code == 200


def test_a_bucket_fills_again_with_time() -> None:
    clock = ManualClock()
    limit = RateLimit(Rate(2, 10.0), clock, sources=10)
    assert [limit.take("a") for _ in range(3)] == [0.0, 0.0, 10.0]
    assert limit.take("b") == 0.0
    clock.advance(10)
    assert [limit.take("a") for _ in range(2)] == [0.0, 10.0]


def test_many_sources_do_not_fill_the_memory() -> None:
    clock = ManualClock()
    limit = RateLimit(Rate(2, 10.0), clock, sources=100)
    for number in range(10_000):
        limit.take(str(number))
    assert len(limit._full_at) <= 100


def test_one_ipv6_network_is_one_source() -> None:
    assert source_of("2001:db8::1") == source_of("2001:db8::ffff:1")
    assert source_of("2001:db8::1") != source_of("2001:db8:0:1::1")
    assert source_of("::ffff:203.0.113.1") == "203.0.113.1"
    assert source_of("") == ""


async def test_what_breaks_inside_is_a_problem_and_its_text_stays_out_of_the_log(
    served: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_: str) -> object:
        raise RuntimeError("exception-canary")

    monkeypatch.setattr(served.house.pbx, "prove", fail)
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as logged:
        async with served.client() as client:
            answer = await client.post("/v1/enrolments", json=body_of())
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert logged[0]["error"] == "RuntimeError"
    assert "canary" not in f"{answer.text} {logged} {caplog.text}"


CANARY = "value-canary"
_names = st.text(max_size=5) | st.just(CANARY)
_junk = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.just(CANARY)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=3),
    max_leaves=8,
)


def _loose(house: Installation) -> Api:
    return open_api(house, ApiSettings(enrolments=Rate(10**6, 1.0), failed_tokens=Rate(10**6, 1.0)))


_patient = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@_patient
@given(field=st.sampled_from(sorted(FIELDS | {CANARY})), value=_junk)
async def test_no_body_makes_us_fail_and_no_answer_repeats_a_value(
    house: Installation, field: str, value: object
) -> None:
    body: dict[str, Any] = body_of()
    target = body["device"] if field in body["device"] else body
    target[field] = value
    async with _loose(house).client() as client:
        answer = await client.post("/v1/enrolments", json=_finite(body))
    assert answer.status_code in {201, 403, 422}
    assert answer.status_code == 201 or "canary" not in answer.text


@_patient
@given(
    content=st.binary(max_size=300), kind=st.sampled_from(["application/json", "text/plain", "", "multipart/form-data"])
)
async def test_no_bytes_make_us_fail(house: Installation, content: bytes, kind: str) -> None:
    async with _loose(house).client() as client:
        answer = await client.post("/v1/enrolments", content=content, headers={"content-type": kind})
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("field", ["sip_address", "auth_user", "password", "name", "push_token", "notice_seen", "app"])
async def test_half_a_character_does_not_make_us_fail(house: Installation, field: str) -> None:
    whole: dict[str, Any] = {field: "HALF"}
    text = as_json(body_of(**whole)).replace("HALF", "\\ud800a@pbx.example")
    async with _loose(house).client() as client:
        answer = await client.post("/v1/enrolments", content=text, headers={"content-type": "application/json"})
    assert answer.status_code in {403, 422}


@_patient
@given(token=st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=120))
async def test_no_token_makes_us_fail(house: Installation, token: str) -> None:
    async with _loose(house).client() as client:
        answer = await client.get("/v1/calls/abc", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 401


def _finite(value: Any) -> Any:
    """JSON knows no NaN."""
    if isinstance(value, float):
        return 0.5 if value != value or value in {float("inf"), float("-inf")} else value  # noqa: PLR0124
    if isinstance(value, list):
        return [_finite(one) for one in value]
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    return value


@pytest.mark.parametrize("code", sorted(known_codes()))
def test_every_problem_has_a_title_and_a_next_step_in_every_language(code: str) -> None:
    for language in LANGUAGES:
        said = texts(code, language)
        assert set(said) == {"title", "todo"}
        assert all(text[0].isupper() for text in said.values())
