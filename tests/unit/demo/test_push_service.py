"""The push stand-in insists on what Google's service insists on."""

import asyncio
import http.client
import json
from collections.abc import AsyncIterator
from urllib.parse import urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from ringfence.clock import ManualClock
from ringfence.demo.push_service import PROJECT, PushService
from ringfence.randomness import SeededRandomness

CLOCK = ManualClock()
SEND = f"/v1/projects/{PROJECT}/messages:send"


@pytest.fixture
async def service() -> AsyncIterator[PushService]:
    made = PushService(clock=CLOCK, randomness=SeededRandomness(1))
    await made.open()
    yield made
    await made.close()


async def post(service: PushService, path: str, body: bytes, token: str = "") -> tuple[int, dict[str, object]]:
    def send() -> tuple[int, dict[str, object]]:
        connection = http.client.HTTPConnection(urlsplit(service.url).netloc, timeout=5)
        connection.request("POST", path, body, {"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        read = answer.status, json.loads(answer.read())
        connection.close()
        return read

    return await asyncio.to_thread(send)


def assertion(service: PushService, **changes: object) -> bytes:
    account = json.loads(service.service_account())
    now = int(CLOCK.time())
    claims: dict[str, object] = {
        "iss": account["client_email"],
        "scope": "https://www.googleapis.com/auth/firebase.messaging",
        "aud": account["token_uri"],
        "iat": now,
        "exp": now + 3600,
    }
    signed = jwt.encode({"alg": "RS256"}, claims | changes, RSAKey.import_key(account["private_key"]))
    return urlencode({"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": signed}).encode()


async def access(service: PushService) -> str:
    _, grant = await post(service, "/token", assertion(service))
    return str(grant["access_token"])


async def test_a_message_reaches_the_phone_that_holds_the_token(service: PushService) -> None:
    token, mailbox = service.install()
    body = json.dumps({"message": {"token": token, "data": {"v": "1"}, "android": {"priority": "HIGH"}}}).encode()
    status, _ = await post(service, SEND, body, await access(service))
    pushed = mailbox.get_nowait()
    assert (status, pushed.data, pushed.raw) == (200, {"v": "1"}, body)
    assert body in service.seen


@pytest.mark.parametrize(
    "changes", [{"exp": 0}, {"scope": "other"}, {"aud": "https://elsewhere.example"}, {"iat": int(CLOCK.time()) + 4000}]
)
async def test_an_assertion_for_something_else_grants_nothing(service: PushService, changes: dict[str, object]) -> None:
    status, answer = await post(service, "/token", assertion(service, **changes))
    assert (status, answer["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("body", [b"", b"grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=a.b.c"])
async def test_an_assertion_that_nobody_signed_grants_nothing(service: PushService, body: bytes) -> None:
    assert (await post(service, "/token", body))[0] == 400


async def test_without_access_nothing_is_delivered(service: PushService) -> None:
    token, mailbox = service.install()
    body = json.dumps({"message": {"token": token, "data": {"v": "1"}}}).encode()
    assert (await post(service, SEND, body, "guess"))[0] == 401
    assert mailbox.empty()


async def test_an_uninstalled_app_is_unregistered(service: PushService) -> None:
    token, _ = service.install()
    service.uninstall(token)
    status, answer = await post(
        service, SEND, json.dumps({"message": {"token": token, "data": {"v": "1"}}}).encode(), await access(service)
    )
    assert status == 404
    assert "UNREGISTERED" in json.dumps(answer)


@pytest.mark.parametrize(
    "message",
    [
        {"data": {"v": 1}},
        {"data": {}},
        {"data": {"v": "x" * 4096}},
        {"data": {"v": "1"}, "notification": {"title": "Alice calls"}},
    ],
)
async def test_what_fcm_would_not_take_is_refused_without_blaming_the_token(
    service: PushService, message: dict[str, object]
) -> None:
    token, mailbox = service.install()
    body = json.dumps({"message": {"token": token} | message}).encode()
    status, answer = await post(service, SEND, body, await access(service))
    assert status == 400
    assert "BadRequest" in json.dumps(answer)
    assert mailbox.empty()


async def test_anything_else_is_not_found_and_noise_ends_the_connection(service: PushService) -> None:
    assert (await post(service, "/elsewhere", b""))[0] == 404
    reader, writer = await asyncio.open_connection(*urlsplit(service.url).netloc.split(":"))
    writer.write(b"noise\r\n\r\n")
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()
