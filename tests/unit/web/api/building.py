"""The whole server behind the API, without a network of its own but to a PBX that knows two people."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
from starlette.routing import BaseRoute

from ringfence.app import Server, serving
from ringfence.clock import SystemClock
from ringfence.demo.owner import APP
from ringfence.demo.stage import DOMAIN, PROVIDER, set_stage
from ringfence.identifiers import ProviderId, SubjectId
from ringfence.randomness import SystemRandomness
from ringfence.services.staff import Scope
from ringfence.web.start import Pages
from tests.doubles.databases import Elsewhere, fresh_file, main_database
from tests.unit.web.api.conftest import body_of

__all__ = ["ALICE", "BOB", "Building", "Person", "building", "grounds", "opened"]

ALICE, BOB = "canary-password-of-alice", "canary-password-of-bob"
FEATURES = """
features = ["contacts", "analytics"]

[providers.marketing]
channels = ["mail"]
partners = ["push"]

[[providers.upstreams]]"""


class NotYet:
    """In the place of the server, which starts once the configuration says what the test needs."""

    public_key = ""

    @property
    def pages(self) -> Pages:
        raise NotImplementedError

    def private_pages(self) -> Sequence[BaseRoute]:
        raise NotImplementedError

    async def invite_officer(self, provider: str, name: str, mail: str) -> str:
        raise NotImplementedError


@dataclass(frozen=True)
class Person:
    subject: SubjectId
    device: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Building:
    server: Server
    config: Path

    @property
    def provider(self) -> ProviderId:
        return ProviderId(PROVIDER)

    def client(self) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.server.faces.app, client=("127.0.0.1", 50_000), raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="https://ring.example", timeout=60.0)

    async def ask(self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        async with self.client() as client:
            return await client.request(method, path, headers=headers, **more)

    async def enrol(self, user: str, password: str) -> Person:
        notice = (await self.ask("GET", "/v1/notice")).json()
        body = body_of(
            sip_address=f"{user}@{DOMAIN}",
            password=password,
            app=APP,
            push_token=f"push-token-canary-of-{user}",
            name=f"phone-canary-of-{user}",
            notice_seen=notice["notice_version"],
            terms_agreed=notice["terms_version"],
        )
        answer = await self.ask("POST", "/v1/enrolments", json=body)
        assert answer.status_code == 201, answer.text
        token = answer.json()["api_token"]
        known = await self.server.enrolment.authenticate(token)
        return Person(known.subject, answer.json()["device_id"], {"authorization": f"Bearer {token}"})

    async def system(self, *scopes: Scope, provider: str = PROVIDER) -> dict[str, str]:
        made = await self.server.rights.staff.tokens.make(ProviderId(provider), "books", scopes, days=30, by=None)
        return {"authorization": f"Bearer {made.token}"}


@asynccontextmanager
async def grounds(folder: Path) -> AsyncIterator[Path]:
    """All that a server needs around it; gives its configuration."""

    @asynccontextmanager
    async def later(config: Path) -> AsyncIterator[NotYet]:
        yield NotYet()

    clock, randomness = SystemClock(), SystemRandomness()
    async with set_stage(folder, {"alice": ALICE, "bob": BOB}, later, clock=clock, randomness=randomness) as stage:
        text = stage.config.read_text().replace("\n[[providers.upstreams]]", FEATURES, 1)
        if Elsewhere.server is not None:
            url = main_database(folder, "unused")
            text = text.replace('data = "data"', f'data = "data"\ndatabase = "{url}"', 1)
        else:
            fresh_file(stage.config.parent / "data" / "ringfence.db")
        stage.config.write_text(text)
        yield stage.config


@asynccontextmanager
async def opened(config: Path) -> AsyncIterator[Building]:
    """The server of a configuration, as often as one likes.

    It does not walk the heap of all tests once more before it serves: that is `test_collector`'s to show.
    """
    with patch("ringfence.app.server.spare_the_loop"):
        async with serving(config, SystemClock(), SystemRandomness()) as server:
            yield Building(server, config)


@asynccontextmanager
async def building(folder: Path) -> AsyncIterator[Building]:
    async with grounds(folder) as config, opened(config) as made:
        yield made
