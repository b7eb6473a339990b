"""HTTP connections that stay silent, trickle, or come in crowds take no room from phones."""

import asyncio
import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ringfence.app.connections import BoundedHttp, BoundedServer, Guests

SOON = 0.2
WHOLE = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"


async def _home(_request: Request) -> Response:
    return PlainTextResponse("here")


@asynccontextmanager
async def served(guests: Guests, *, seconds: float = SOON) -> AsyncIterator[int]:
    """Listen with such connections; the port."""
    config = uvicorn.Config(Starlette(routes=[Route("/", _home)]), lifespan="off", ws="none", log_config=None)
    config.load()
    server = BoundedServer(config, guests)
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(
        lambda: BoundedHttp(guests, seconds=seconds, config=config, server_state=server.server_state, app_state={}),
        "127.0.0.1",
    )
    async with listening:
        yield listening.sockets[0].getsockname()[1]
        for connection in list(server.server_state.connections):
            connection.shutdown()
    await asyncio.sleep(0)  # lets the transports tell that they are closed


async def is_cut(port: int, *pieces: bytes) -> bool:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        async with asyncio.timeout(5):
            return await reader.read() == b""
    except ConnectionResetError:
        return True
    finally:
        writer.close()


async def test_a_connection_that_says_nothing_is_cut() -> None:
    async with served(Guests()) as port:
        assert await is_cut(port)


async def test_a_head_or_body_that_never_ends_is_cut() -> None:
    async with served(Guests()) as port:
        assert await is_cut(port, b"GET / HTTP/1.1\r\n", b"x: y\r\n")


async def test_a_request_that_arrives_whole_is_answered() -> None:
    async with served(Guests()) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(2):
            writer.write(WHOLE)
            assert (await reader.readuntil(b"here")).startswith(b"HTTP/1.1 200")
        writer.close()


async def test_one_source_can_not_take_every_place() -> None:
    guests = Guests(most=3, each=2)
    async with served(guests, seconds=60) as port:
        kept = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        assert await is_cut(port)
        assert guests.refused == 1
        assert guests.admit("192.0.2.7")
        assert not guests.admit("192.0.2.8")
        guests.gone("192.0.2.7")
        for _, writer in kept:
            writer.close()


def test_a_declared_proxy_speaks_for_many_and_an_ipv6_host_has_one_place_for_all_its_addresses() -> None:
    guests = Guests([ipaddress.ip_network("192.0.2.1")], most=5, each=1)
    assert guests.admit("192.0.2.1")
    assert guests.admit("192.0.2.1")
    assert guests.admit("2001:db8::1")
    assert not guests.admit("2001:db8::2")
    assert len(guests) == 3
