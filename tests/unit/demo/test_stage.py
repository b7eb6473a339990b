"""What the story stands on: certificates that verify, a configuration that the server reads, doors that close."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from starlette.routing import BaseRoute

from ringfence.clock import SystemClock
from ringfence.demo.certificate import make_certificates
from ringfence.demo.http import call
from ringfence.demo.owner import Owner
from ringfence.demo.phone import Account
from ringfence.demo.stage import DOMAIN, Installation, set_stage
from ringfence.randomness import SeededRandomness
from ringfence.settings import Settings, load
from ringfence.web.start import Pages

CLOCK = SystemClock()


async def test_a_client_that_trusts_the_authority_verifies_the_server_and_no_other_does(tmp_path: Path) -> None:
    made = make_certificates(tmp_path, CLOCK)
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(made.chain, made.key)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"it": "is"}'[:-1])
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=serving)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    trusting = ssl.create_default_context(cafile=made.authority)
    trusting.verify_flags |= ssl.VERIFY_X509_STRICT
    assert (await call("GET", url, context=trusting)).status == 200
    with pytest.raises(ssl.SSLCertVerificationError):
        await call("GET", url, context=ssl.create_default_context())
    server.close()
    assert made.key.stat().st_mode & 0o077 == 0


async def test_the_configuration_is_one_that_the_server_reads(tmp_path: Path) -> None:
    read: list[Settings] = []

    class Nothing:
        @property
        def pages(self) -> Pages:
            raise NotImplementedError

        def private_pages(self) -> list[BaseRoute]:
            return []

        async def invite_officer(self, provider: str, name: str, mail: str) -> str:
            return ""

        @property
        def public_key(self) -> str:
            return ""

    @asynccontextmanager
    async def start(config: Path) -> AsyncIterator[Installation]:
        read.append(load(config))
        yield Nothing()

    randomness = SeededRandomness(1)
    async with set_stage(tmp_path, {"a": "b"}, start, clock=CLOCK, randomness=randomness) as stage:
        settings = read[0]
        assert settings.providers[0].upstreams[0].domain == DOMAIN
        assert settings.providers[0].upstreams[0].address == f"127.0.0.1:{stage.pbx.address[1]}"
        assert stage.doors.api == settings.http.public_url
        account = Account("a", DOMAIN, "a", "b")
        owner = Owner(account, stage.doors, stage.push, randomness, device="x")
        assert owner.push_token not in repr(account)
        with pytest.raises(PermissionError):
            await owner.connect()
