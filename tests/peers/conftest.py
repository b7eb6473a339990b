"""A stand-in push service, a PBX and a server, and the programs' ends."""

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Unpack

import pytest

from tests.peers.fcm_standin import FcmStandIn, standing_in
from tests.peers.installation import Configured, Installation
from tests.peers.kamailio import Kamailio


@dataclass(frozen=True)
class Lab:
    """Everything in one place: `directory` holds every file that anybody writes."""

    directory: Path
    pbx: Kamailio
    push: FcmStandIn
    server: Installation


@pytest.fixture
async def closing() -> AsyncIterator[AsyncExitStack]:
    """Push the ends of programs onto it."""
    async with AsyncExitStack() as stack:
        yield stack


@asynccontextmanager
async def lab_in(
    directory: Path,
    passwords: dict[str, str],
    *,
    trunk: Iterable[int] = (),
    challenges: bool = True,
    running: bool = True,
    **configured: Unpack[Configured],
) -> AsyncIterator[Lab]:
    """A running PBX, stand-in and server (which is left to the test to start where `running` is False)."""
    for name in ("pbx", "push"):
        (directory / name).mkdir()
    push = FcmStandIn()
    async with AsyncExitStack() as stack:
        authority = await stack.enter_async_context(standing_in(directory / "push", push))
        pbx = Kamailio(directory / "pbx", passwords, trunk=trunk, challenges=challenges)
        stack.push_async_callback(pbx.stop)
        await pbx.start()
        server = Installation(
            directory / "ringfence", pbx_port=pbx.port, push=push, push_authority=authority, **configured
        )
        stack.push_async_callback(server.stop)
        if running:
            await server.start()
        yield Lab(directory, pbx, push, server)
