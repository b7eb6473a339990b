"""A mail server pipes a mail into `ringfence requests feed`; the server is a real one, on loopback."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ringfence.clock import SystemClock
from ringfence.demo.certificate import make_certificates
from ringfence.identifiers import ProviderId
from ringfence.services.staff import Scope
from tests.unit.web.api.building import Building, building

MAIL = b"From: carol@mail.example\r\nSubject: my data\r\nMessage-ID: <1@mail.example>\r\n\r\nWhat do you hold?\r\n"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Building]:
    async with building(tmp_path) as made:
        yield made


async def feed(house: Building, token: str, mail: bytes = MAIL, *, config: Path | None = None) -> int:
    place = house.config.parent / "token"
    place.write_text(f"{token}\n")
    command = (
        "-m",
        "ringfence",
        "requests",
        "feed",
        "--config",
        str(config or house.config),
        "--token-file",
        str(place),
    )
    child = await asyncio.create_subprocess_exec(
        sys.executable, *command, stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    _, said = await child.communicate(mail)
    assert b"carol" not in said
    assert token.encode() not in said or not token
    assert child.returncode is not None
    return child.returncode


async def token_of(house: Building, scope: Scope) -> str:
    return (await house.system(scope))["authorization"].removeprefix("Bearer ")


async def test_a_mail_that_is_fed_becomes_a_request(house: Building) -> None:
    assert await feed(house, await token_of(house, Scope.REQUESTS_WRITE)) == 0
    (case,) = await house.server.rights.requests.inbox(ProviderId(house.provider))
    assert (case.kind, case.channel) == ("access", "mail")


async def test_a_mail_server_is_told_to_try_again_where_the_mail_is_not_at_fault(
    house: Building, tmp_path: Path
) -> None:
    assert await feed(house, await token_of(house, Scope.FIGURES_READ)) == 75
    assert await feed(house, "nonsense") == 75
    assert await feed(house, "x", config=tmp_path / "nowhere.toml") == 75


async def test_a_mail_that_can_never_be_taken_goes_back(house: Building) -> None:
    assert await feed(house, "x", b"") == 65


async def test_nothing_is_told_to_a_server_with_another_certificate(house: Building, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    others = make_certificates(tmp_path / "other", SystemClock())
    config = tmp_path / "other.toml"
    text = house.config.read_text()
    config.write_text(re.sub('certificate = ".*"', f'certificate = "{others.chain}"', text, count=1))
    assert await feed(house, await token_of(house, Scope.REQUESTS_WRITE), config=config) == 75
    assert await house.server.rights.requests.inbox(ProviderId(house.provider)) == []
