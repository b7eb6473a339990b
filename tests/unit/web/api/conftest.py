"""The API before a real enrolment service, asked by a real ASGI client."""

import base64
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from fastapi import FastAPI

from ringfence.app.joints import RingTestsOfDevices
from ringfence.identifiers import CallRef, DeviceId, ProviderId, RowId
from ringfence.privacy.packages import Holdings
from ringfence.privacy.rights import ErasureStatus, State, UnknownErasure
from ringfence.privacy.vault import Vault
from ringfence.randomness import SystemRandomness
from ringfence.web.api import ApiSettings, NoticeText, RecordedData, Services, api
from tests.unit.services.enrolment.world import NOTICE, PASSWORD, TERMS, Installation, installation

__all__ = ["Api", "FakeCalls", "body_of", "open_api"]


class FakeNotices:
    def current(self, provider: ProviderId, language: str) -> NoticeText:
        return NoticeText(language, NOTICE, TERMS, "Notice", ["We keep your push token."], ["Be kind."])


@dataclass
class FakeCalls:
    held: dict[tuple[CallRef, DeviceId], int] = field(default_factory=dict)

    def held_until(self, ref: CallRef, device: DeviceId) -> int | None:
        return self.held.get((ref, device))


@dataclass
class FakeErasures:
    state: State = State.REQUESTED

    async def status(self, erasure: RowId) -> ErasureStatus:
        if erasure != "erasure-1":
            raise UnknownErasure
        certificate = b'{"signature":"00"}' if self.state is State.CERTIFIED else None
        return ErasureStatus(erasure, self.state, 1.0, 2.0, (), certificate)


@dataclass
class FakeReadiness:
    lacks: list[str] = field(default_factory=list)

    def missing(self) -> Sequence[str]:
        return self.lacks


class FakeMetrics:
    def render(self) -> bytes:
        return b"ringfence_up 1\n"


@dataclass
class Api:
    """The application and what stands behind it."""

    house: Installation
    app: FastAPI
    calls: FakeCalls
    erasures: FakeErasures
    readiness: FakeReadiness

    def client(self, *, peer: str = "127.0.0.1", scheme: str = "https") -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, client=(peer, 50_000), raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=f"{scheme}://ring.example")

    async def enrol(self, **changes: Any) -> dict[str, Any]:
        async with self.client() as client:
            answer = await client.post("/v1/enrolments", json=body_of(**changes))
        assert answer.status_code == 201, answer.text
        enrolled: dict[str, Any] = answer.json()
        return enrolled


def body_of(*, key: X25519PrivateKey | None = None, **changes: Any) -> dict[str, Any]:
    """A body that enrols; `changes` replace fields, those of the device too."""
    public = (key or X25519PrivateKey.generate()).public_key().public_bytes_raw()
    device = {
        "name": "device-name-canary",
        "app": "phone",
        "public_key": base64.urlsafe_b64encode(public).rstrip(b"=").decode(),
        "push_token": "push-token-canary",
    }
    device |= {name: changes.pop(name) for name in list(changes) if name in device}
    body = {
        "sip_address": "sip:alice@pbx.example",
        "password": PASSWORD,
        "device": device,
        "notice_seen": NOTICE,
        "terms_agreed": TERMS,
        "old_enough": True,
    }
    return body | changes


def open_api(house: Installation, settings: ApiSettings) -> Api:
    calls, erasures, readiness = FakeCalls(), FakeErasures(), FakeReadiness()
    services = Services(
        enrolment=house.enrolment,
        notices=FakeNotices(),
        calls=calls,
        ring_tests=RingTestsOfDevices(house.wake, SystemRandomness()),
        erasures=erasures,
        data=RecordedData(Holdings(house.db, Vault(house.keyring, SystemRandomness())), house.db, house.ledger),
        readiness=readiness,
        metrics=FakeMetrics(),
    )
    return Api(house, api(services, settings, house.clock), calls, erasures, readiness)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Installation]:
    async with installation(tmp_path) as made:
        yield made


@pytest.fixture
def served(house: Installation) -> Api:
    return open_api(house, ApiSettings())


def bearer(enrolled: Mapping[str, Any]) -> dict[str, str]:
    return {"authorization": f"Bearer {enrolled['api_token']}"}


def as_json(value: object) -> str:
    return json.dumps(value)
