"""What each route answers."""

import asyncio
import base64
import json
from typing import Any

import httpx
import pytest

from ringfence.identifiers import CallRef, DeviceId
from ringfence.privacy.ledger import Event
from ringfence.privacy.rights import Reason, State
from ringfence.web.api.owners_data import WITHHELD
from tests.unit.services.enrolment.world import NOTICE, PASSWORD, TERMS
from tests.unit.web.api.conftest import Api, as_json, bearer, body_of

pytestmark = pytest.mark.usefixtures("each_database")


@pytest.mark.promise("ACR-01")
async def test_the_notice_comes_before_everything_and_needs_no_account(served: Api) -> None:
    async with served.client() as client:
        answer = await client.get("/v1/notice", params={"domain": "pbx.example", "lang": "de"})
    assert answer.status_code == 200
    assert (answer.json()["notice_version"], answer.json()["language"]) == (NOTICE, "de")


async def test_the_notice_of_an_installation_with_one_provider_needs_no_domain(served: Api) -> None:
    async with served.client() as client:
        assert (await client.get("/v1/notice")).json()["terms_version"] == TERMS
        unknown = await client.get("/v1/notice", params={"domain": "nobody.example"})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "domain_unknown")


@pytest.mark.promise("ACR-01")
@pytest.mark.parametrize("without", ["notice_seen", "terms_agreed"])
async def test_not_agreed_is_403_and_nothing_is_kept(served: Api, without: str) -> None:
    body = body_of()
    del body[without]
    async with served.client() as client:
        answer = await client.post("/v1/enrolments", json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "terms_not_agreed")
    assert answer.headers["content-type"] == "application/problem+json"
    assert await served.house.rows() == 0


@pytest.mark.promise("ZOI-25")
async def test_too_young_is_403_and_nothing_is_kept(served: Api) -> None:
    async with served.client() as client:
        answer = await client.post("/v1/enrolments", json=body_of(old_enough=False))
    assert (answer.status_code, answer.json()["code"]) == (403, "too_young")
    assert await served.house.rows() == 0


async def test_an_enrolment_is_answered_with_everything_that_a_phone_needs(served: Api) -> None:
    enrolled = await served.enrol()
    assert enrolled["sip"]["route"] == "sip:ring.example:5061;transport=tls"
    assert enrolled["provisioning"]["url"].startswith("https://ring.example/p/")
    assert enrolled["provisioning"]["qr_svg"].startswith("<svg")
    assert base64.b64decode(enrolled["provisioning"]["qr_png"]).startswith(b"\x89PNG")


async def test_half_a_character_in_a_password_is_a_fault_of_the_body(served: Api) -> None:
    async with served.client() as client:
        text = json.dumps(body_of(password="\ud800"))
        answer = await client.post("/v1/enrolments", content=text, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["fields"]) == (422, ["password"])


async def test_the_provisioning_link_gives_its_set_up_once_and_is_never_cached(served: Api) -> None:
    path = (await served.enrol())["provisioning"]["url"].removeprefix("https://ring.example")
    async with served.client() as client:
        first, second = await client.get(path), await client.get(path)
    assert (first.status_code, second.status_code) == (200, 200)
    assert b"alice" in first.content
    assert b"<section" not in second.content
    assert first.headers["content-type"].startswith("application/xml")
    assert first.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/v1/device/push-token"),
        ("POST", "/v1/device/heartbeat"),
        ("DELETE", "/v1/device/push"),
        ("POST", "/v1/device/sign-out"),
        ("DELETE", "/v1/account"),
        ("GET", "/v1/account/data"),
        ("GET", "/v1/calls/abc"),
    ],
)
async def test_what_concerns_a_device_needs_its_token(served: Api, method: str, path: str) -> None:
    await served.enrol()
    async with served.client() as client:
        for headers in ({}, {"authorization": "Bearer nonsense"}, {"authorization": "Basic YTpi"}):
            answer = await client.request(method, path, headers=headers, json={"push_token": "t"})
            assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
            assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_wrong_token_does_not_enrol_as_if_there_were_none(served: Api) -> None:
    async with served.client() as client:
        answer = await client.post("/v1/enrolments", json=body_of(), headers={"authorization": "Bearer wrong"})
    assert answer.status_code == 401


async def test_the_owner_sees_their_devices_by_name(served: Api) -> None:
    first = await served.enrol()
    second = await served.enrol(name="The one in the car")
    async with served.client() as client:
        answer = await client.get("/v1/devices", headers=bearer(second))
    shown = {device["id"]: device for device in answer.json()}
    assert shown.keys() == {first["device_id"], second["device_id"]}
    assert shown[second["device_id"]]["name"] == "The one in the car"
    assert [device["this"] for device in shown.values()].count(True) == 1
    assert shown[second["device_id"]]["this"]
    assert all(device["push"] for device in shown.values())


async def test_a_heartbeat_says_until_when_it_holds(served: Api) -> None:
    enrolled = await served.enrol()
    served.house.enrolment.registered(DeviceId(enrolled["device_id"]))
    async with served.client() as client:
        answer = await client.post("/v1/device/heartbeat", headers=bearer(enrolled))
    assert answer.json() == {"until": int(served.house.clock.time() + 3 * 86_400)}


async def test_a_new_push_token_is_taken(served: Api) -> None:
    enrolled = await served.enrol()
    async with served.client() as client:
        answer = await client.put(
            "/v1/device/push-token", json={"push_token": "newer"}, headers=bearer(enrolled)
        )  # fmt: skip
        assert answer.status_code == 200
        bad = await client.put("/v1/device/push-token", json={"push_token": "a b"}, headers=bearer(enrolled))
    assert (bad.status_code, bad.json()["code"]) == (422, "push_token_unusable")


@pytest.mark.promise("APP-03")
async def test_push_off_is_done_at_once_and_may_be_repeated(served: Api) -> None:
    enrolled = await served.enrol()
    async with served.client() as client:
        for _ in range(2):
            answer = await client.delete("/v1/device/push", headers=bearer(enrolled))
            assert (answer.status_code, answer.content) == (204, b"")
        after = await client.put("/v1/device/push-token", json={"push_token": "t"}, headers=bearer(enrolled))
    assert (after.status_code, after.json()["code"]) == (409, "push_ended")
    assert not served.house.wake.has(DeviceId(enrolled["device_id"]))


@pytest.mark.promise("APP-03")
async def test_after_signing_out_the_token_is_worth_nothing(served: Api) -> None:
    enrolled = await served.enrol()
    async with served.client() as client:
        assert (await client.post("/v1/device/sign-out", headers=bearer(enrolled))).status_code == 204
        assert (await client.post("/v1/device/heartbeat", headers=bearer(enrolled))).status_code == 401


@pytest.mark.promise("ACR-05")
async def test_leaving_names_where_the_certificate_will_be(served: Api) -> None:
    enrolled = await served.enrol()
    async with served.client() as client:
        answer = await client.delete("/v1/account", headers=bearer(enrolled))
        assert answer.status_code == 202
        assert answer.headers["location"] == "https://ring.example/v1/erasures/erasure-1"
        assert served.house.rights.asked[0][1] is Reason.ASKED
        path = answer.json()["status_url"].removeprefix("https://ring.example")
        assert (await client.get(path)).json()["state"] == "requested"
        served.erasures.state = State.CERTIFIED
        done = (await client.get(path)).json()
        other = await client.get("/v1/erasures/other")
    assert (done["state"], done["certificate"]) == ("certified", {"signature": "00"})
    assert (other.status_code, other.json()["code"]) == (404, "unknown_erasure")


@pytest.mark.pitfall(19)
async def test_a_late_device_is_told_that_the_call_is_gone(served: Api) -> None:
    enrolled = await served.enrol()
    served.calls.held[CallRef("held"), DeviceId(enrolled["device_id"])] = 1_800_000_030
    served.calls.held[CallRef("others"), DeviceId("other")] = 1_800_000_030
    async with served.client() as client:
        answers = {
            ref: (await client.get(f"/v1/calls/{ref}", headers=bearer(enrolled))).json()
            for ref in ("held", "others", "never")
        }
    gone = {"state": "gone", "until": None}
    assert answers == {"held": {"state": "held", "until": 1_800_000_030}, "others": gone, "never": gone}


@pytest.mark.promise("ZOI-07")
async def test_the_owner_gets_every_record_with_its_reason_and_source_but_no_secret(served: Api) -> None:
    enrolled = await served.enrol()
    await served.enrol(sip_address="sip:bob@pbx.example", name="bobs-canary")
    async with served.client() as client:
        answer = await client.get("/v1/account/data", headers=bearer(enrolled))
    tables = answer.json()["tables"]
    assert tables["sip_account"]["rows"][0]["address"] == "alice@pbx.example"
    assert tables["push_instance"]["rows"][0]["token"] == "push-token-canary"
    assert tables["device_token"]["rows"][0]["digest"] == WITHHELD
    assert all(about["source"] and about["why"] for table in tables.values() for about in table["fields"].values())
    assert "canary" in answer.text
    assert "bob" not in answer.text
    assert len(served.house.ledger.named(Event.EXPORT_MADE)) == 1


async def test_ready_is_said_only_when_calls_can_come_in(served: Api) -> None:
    served.readiness.lacks = ["accounts"]
    async with served.client() as client:
        waiting = await client.get("/readyz")
        served.readiness.lacks = []
        ready = await client.get("/readyz")
        alive = await client.get("/healthz")
    assert (waiting.status_code, waiting.json()) == (503, {"ready": False, "missing": ["accounts"]})
    assert (ready.status_code, alive.status_code) == (200, 200)


async def test_metrics_are_for_this_machine(served: Api) -> None:
    async with served.client() as near, served.client(peer="203.0.113.9") as far:
        assert (await near.get("/metrics")).content == b"ringfence_up 1\n"
        assert (await far.get("/metrics")).status_code == 404


async def test_a_repeated_enrolment_with_its_key_gets_the_first_answer_again(served: Api) -> None:
    body, headers = body_of(), {"idempotency-key": "one"}
    async with served.client() as client:
        first = await client.post("/v1/enrolments", json=body, headers=headers)
        again = await client.post("/v1/enrolments", json=body, headers=headers)
        other = await client.post("/v1/enrolments", json=body_of(), headers=headers)
        served.house.clock.advance(601)
        later = await client.post("/v1/enrolments", json=body, headers=headers)
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert later.json()["api_token"] != first.json()["api_token"]
    assert served.house.pbx.asked == 2


async def test_a_repeat_while_the_first_is_being_answered_is_told_so(
    served: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, going, prove = asyncio.Event(), asyncio.Event(), served.house.pbx.prove

    async def slowly(*arguments: str) -> object:
        asked.set()
        await going.wait()
        return await prove(*arguments)  # type: ignore[arg-type]  # ids are texts

    monkeypatch.setattr(served.house.pbx, "prove", slowly)
    body, headers = body_of(), {"idempotency-key": "one"}
    async with served.client() as client:
        first = asyncio.create_task(client.post("/v1/enrolments", json=body, headers=headers))
        await asked.wait()
        second = await client.post("/v1/enrolments", json=body, headers=headers)
        going.set()
        assert (await first).status_code == 201
    assert (second.status_code, second.json()["code"]) == (409, "idempotency_in_progress")


async def test_a_failure_of_ours_is_not_kept_for_repeats(served: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: str) -> object:
        raise OSError

    with monkeypatch.context() as broken:
        broken.setattr(served.house.pbx, "prove", fail)
        async with served.client() as client:
            body, headers = body_of(), {"idempotency-key": "one"}
            assert (await client.post("/v1/enrolments", json=body, headers=headers)).status_code == 500
    async with served.client() as client:
        assert (await client.post("/v1/enrolments", json=body, headers=headers)).status_code == 201


async def test_a_problem_says_what_to_do_in_the_readers_language_and_has_a_page(served: Api) -> None:
    async with served.client() as client:
        answer = await client.post(
            "/v1/enrolments", json=body_of(old_enough=False), headers={"accept-language": "de-AT,de;q=0.9"}
        )
        page = await client.get(answer.json()["type"])
        unknown = await client.get("/problems/none-such")
    assert answer.headers["content-language"] == "de"
    assert answer.json()["title"].startswith("Dieser Dienst")
    assert page.json()["code"] == "too_young"
    assert unknown.status_code == 404


async def test_unknown_addresses_and_methods_are_problems_too(served: Api) -> None:
    async with served.client() as client:
        lost, wrong = await client.get("/v1/nowhere"), await client.get("/v1/enrolments")
    assert (lost.status_code, lost.json()["code"]) == (404, "not_found")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")


async def test_the_description_names_every_route_and_no_page_loads_foreign_scripts(served: Api) -> None:
    async with served.client() as client:
        schema = (await client.get("/v1/openapi.json")).json()
        assert (await client.get("/docs")).status_code == 404
        assert (await client.get("/redoc")).status_code == 404
    assert {"/v1/notice", "/v1/enrolments", "/v1/account", "/v1/calls/{ref}", "/p/{key}"} <= set(schema["paths"])
    assert "HTTPBearer" in schema["components"]["securitySchemes"]


async def test_no_answer_shows_the_password(served: Api) -> None:
    async with served.client() as client:
        texts = [as_json(await served.enrol())]
        changes: list[dict[str, Any]] = [{"old_enough": "x"}, {"sip_address": "nonsense"}, {"auth_user": ""}]
        for change in changes:
            answer: httpx.Response = await client.post("/v1/enrolments", json=body_of(**change))
            assert answer.status_code == 422
            texts.append(answer.text)
    assert not any(PASSWORD in text for text in texts)
