"""Connections that know what was not processed: each way in which a peer can go, and what is concluded from it."""

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from h2.errors import ErrorCodes

from ringfence.clock import ManualClock
from ringfence.declarations import Category, Flow, Flows, Medium, Purpose, Role, Source
from ringfence.identifiers import RecipientId
from ringfence.privacy.egress import (
    AnswerTooLarge,
    EgressSettings,
    Gate,
    LegalRole,
    MechanismTable,
    Recipient,
    Regime,
    Unreachable,
)
from ringfence.privacy.egress.http2 import (
    Http2Answer,
    Http2Pool,
    Http2Request,
    Http2Settings,
    Interrupted,
    NotProcessed,
)
from tests.doubles.http2_server import Asked, Http2Server, Reply, serving_http2


@dataclass
class Bench:
    """A server that gives the replies it was handed, then 200; and a pool towards it."""

    server: Http2Server
    pool: Http2Pool
    replies: deque[Reply] = field(default_factory=deque)

    def request(self, content: bytes = b"hello", path: str = "/3/device/1") -> Http2Request:
        return Http2Request("POST", "https", "localhost", self.server.port, path, {"apns-topic": "a"}, content)

    async def ask(self, content: bytes = b"hello") -> Http2Answer:
        return await self.pool.request(self.request(content))


@asynccontextmanager
async def standing(
    folder: Path, *, streams: int = 100, alpn: str = "h2", settings: Http2Settings | None = None
) -> AsyncIterator[Bench]:
    replies = deque[Reply]()

    def answer(asked: Asked) -> Reply:
        return replies.popleft() if replies else Reply(200, {"apns-id": "1"}, asked.body)

    server = Http2Server(answer, streams=streams)
    async with serving_http2(folder, server, alpn=alpn) as authority:
        pool = Http2Pool(ssl.create_default_context(cafile=authority), settings or Http2Settings())
        try:
            yield Bench(server, pool, replies)
        finally:
            await pool.close()


async def silence(bench: Bench) -> None:
    """Until the silent reply that the test has put in has been chosen."""
    while (await bench.server.arrivals.get(), bench.replies)[1]:
        pass


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with standing(tmp_path) as bench:
        yield bench


async def test_requests_share_one_connection_and_each_gets_its_own_answer(bench: Bench) -> None:
    bodies = [f"body {number}".encode() for number in range(50)]
    answers = await asyncio.gather(*(bench.ask(body) for body in bodies))
    assert [answer.body for answer in answers] == bodies
    assert bench.server.opened == 1
    assert bench.server.asked[0].headers["apns-topic"] == "a"


async def test_what_is_more_than_the_window_of_the_connection_waits_for_room_and_arrives(bench: Bench) -> None:
    bodies = [bytes([number]) * 5_000 for number in range(60)]  # 300 kB, where 65,535 bytes may be under way
    answers = await asyncio.gather(*(bench.ask(body) for body in bodies))
    assert [answer.body for answer in answers] == bodies


async def test_a_peer_that_takes_one_request_at_a_time_gets_one_at_a_time(tmp_path: Path) -> None:
    async with standing(tmp_path, streams=1, settings=Http2Settings(connections=1)) as bench:
        answers = await asyncio.gather(*(bench.ask() for _ in range(10)))
        assert {answer.status for answer in answers} == {200}
        assert bench.server.most_at_once == 1
        assert bench.server.opened == 1


async def test_more_connections_are_opened_where_one_is_full(tmp_path: Path) -> None:
    async with standing(tmp_path, streams=1, settings=Http2Settings(connections=3)) as bench:
        bench.replies.extend([Reply(silent=True)] * 2)
        asking = [asyncio.create_task(bench.ask()) for _ in range(2)]
        await silence(bench)
        assert (await bench.ask()).status == 200
        assert bench.server.opened == 3
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)


@pytest.mark.pitfall(25)
async def test_a_connection_that_ended_while_it_was_idle_is_not_used_again(bench: Bench) -> None:
    await bench.ask()
    for last in (1, None):  # with a word, and without
        bench.server.leave(last)
        await bench.server.empty.wait()
        assert (await bench.ask()).status == 200
    assert [asked.connection for asked in bench.server.asked] == [1, 2, 3]


@pytest.mark.pitfall(25)
async def test_a_connection_that_swallows_everything_is_found_out_before_a_request_is_put_on_it(tmp_path: Path) -> None:
    async with standing(tmp_path, settings=Http2Settings(probe_after=-1, probe_seconds=0.05)) as bench:
        await bench.ask()
        [first] = bench.server.living
        first.deaf = True  # as behind a NAT that forgot it
        assert (await bench.ask()).status == 200
        assert [asked.connection for asked in bench.server.asked] == [1, 2]


async def test_a_connection_that_answers_when_it_is_asked_is_kept(tmp_path: Path) -> None:
    async with standing(tmp_path, settings=Http2Settings(probe_after=-1)) as bench:
        await bench.ask()
        await asyncio.gather(*(bench.ask() for _ in range(5)))
        assert bench.server.opened == 1


@pytest.mark.pitfall(25)
async def test_an_idle_connection_is_closed_in_order(tmp_path: Path) -> None:
    async with standing(tmp_path, settings=Http2Settings(idle_seconds=0.01)) as bench:
        await bench.ask()
        assert await bench.server.goodbyes.get() == 1
        assert (await bench.ask()).status == 200
        assert bench.server.opened == 2


@pytest.mark.pitfall(26)
async def test_what_a_peer_that_goes_has_not_looked_at_is_asked_of_the_next_connection(bench: Bench) -> None:
    bench.replies.append(Reply(goaway=0, silent=True))
    assert (await bench.ask()).status == 200
    assert [asked.connection for asked in bench.server.asked] == [1, 2]


@pytest.mark.pitfall(26)
async def test_what_a_peer_that_goes_has_looked_at_is_waited_for_and_not_asked_again(bench: Bench) -> None:
    bench.replies.append(Reply(200, {}, b"last words", goaway=1))
    assert (await bench.ask()).body == b"last words"
    assert len(bench.server.asked) == 1
    assert (await bench.ask()).status == 200
    assert bench.server.opened == 2


@pytest.mark.pitfall(26)
async def test_a_peer_that_goes_and_ends_without_an_answer_may_have_processed_it(bench: Bench) -> None:
    bench.replies.append(Reply(goaway=1, hang_up=True))
    with pytest.raises(Interrupted):
        await bench.ask()
    assert len(bench.server.asked) == 1


@pytest.mark.pitfall(26)
async def test_a_refused_stream_is_asked_again_and_any_other_reset_is_not(bench: Bench) -> None:
    bench.replies.append(Reply(reset=ErrorCodes.REFUSED_STREAM))
    assert (await bench.ask()).status == 200
    bench.replies.append(Reply(reset=ErrorCodes.INTERNAL_ERROR))
    with pytest.raises(Interrupted):
        await bench.ask()
    assert len(bench.server.asked) == 3


async def test_a_peer_that_refuses_each_time_is_given_up(bench: Bench) -> None:
    bench.replies.extend([Reply(reset=ErrorCodes.REFUSED_STREAM)] * 10)
    with pytest.raises(NotProcessed):
        await bench.ask()
    assert len(bench.replies) == 7


async def test_a_connection_that_breaks_off_may_have_processed_it(bench: Bench) -> None:
    bench.replies.append(Reply(hang_up=True))
    with pytest.raises(Interrupted):
        await bench.ask()


async def test_a_silent_peer_is_given_up_and_its_connection_too(tmp_path: Path) -> None:
    async with standing(tmp_path, settings=Http2Settings(answer_seconds=0.05)) as bench:
        await bench.ask()
        bench.server.deaf = True
        with pytest.raises(Interrupted):
            await bench.ask()
        bench.server.deaf = False
        assert (await bench.ask()).status == 200
        assert bench.server.opened == 2


async def test_who_gives_up_waiting_leaves_the_others_their_answers(bench: Bench) -> None:
    await bench.ask()
    bench.replies.append(Reply(silent=True))
    waiting = asyncio.create_task(bench.ask())
    await silence(bench)
    waiting.cancel()
    assert (await bench.ask()).status == 200
    assert bench.server.opened == 1
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_turn_that_nobody_takes_any_more_goes_to_the_next(tmp_path: Path) -> None:
    async with standing(tmp_path, streams=1, settings=Http2Settings(connections=1)) as bench:
        await bench.ask()
        bench.replies.append(Reply(silent=True))
        first, second, third = (asyncio.create_task(bench.ask()) for _ in range(3))
        await silence(bench)
        assert bench.server.most_at_once == 1
        first.cancel()
        second.cancel()
        assert (await third).status == 200
        await asyncio.gather(first, second, return_exceptions=True)


async def test_a_peer_that_speaks_no_http2_gets_nothing(tmp_path: Path) -> None:
    async with standing(tmp_path, alpn="http/1.1") as bench:
        with pytest.raises(NotProcessed):
            await bench.ask()
        assert bench.server.asked == []


async def test_a_peer_that_nobody_vouches_for_gets_nothing(bench: Bench) -> None:
    pool = Http2Pool(ssl.create_default_context(), Http2Settings())
    with pytest.raises(NotProcessed):
        await pool.request(bench.request())
    assert bench.server.asked == []


async def test_nonsense_from_a_peer_ends_the_connection(bench: Bench) -> None:
    await bench.ask()
    bench.replies.append(Reply(silent=True))
    waiting = asyncio.create_task(bench.ask())
    await silence(bench)
    [connection] = bench.server.living
    connection._transport.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")  # what no h2 would write
    with pytest.raises(Interrupted):
        await waiting
    assert (await bench.ask()).status == 200


# Through the gate's client ------------------------------------------------------------------------------------------

PUSH = Flow(
    name="test.push", medium=Medium.PUSH, carries=(Category.PUSH_TOKEN,), purpose=Purpose.WAKE_DEVICE,
    source=Source.DEVICE, to=Role.PUSH_SERVICE, says="A push wakes a device.", among=Flows(),
)  # fmt: skip


def gate(bench: Bench, folder: Path) -> Gate:
    apple = Recipient(
        id=RecipientId("apple"), name="Apple", role=LegalRole.PROCESSOR, country="DE", exporter=Regime.EU,
        flows=frozenset({PUSH.name}), contract="contract 8", origins=(f"https://localhost:{bench.server.port}",),
    )  # fmt: skip
    settings = EgressSettings(answer_bytes=1000, ca_file=str(folder / "http2.pem"))
    return Gate([apple], MechanismTable.load(), ManualClock(), settings=settings)


@pytest.mark.pitfall(26)
async def test_the_client_says_what_certainly_did_not_reach_anybody(bench: Bench, tmp_path: Path) -> None:
    url = f"https://localhost:{bench.server.port}/3/device/secret-token"
    async with gate(bench, tmp_path).client(RecipientId("apple"), http2=Http2Settings()) as client:
        answer = await client.post(PUSH, url, headers={"Apns-Topic": "a"}, content=b"hi")
        assert (answer.status, answer.headers["apns-id"], answer.body) == (200, "1", b"hi")
        bench.replies.extend([Reply(reset=ErrorCodes.REFUSED_STREAM)] * 3)
        bench.replies.append(Reply(hang_up=True))
        for sent in (False, True):
            with pytest.raises(Unreachable) as failed:
                await client.post(PUSH, url, content=b"hi")
            assert failed.value.sent is sent
            assert "secret-token" not in repr(failed.value) + str(failed.value)
    assert bench.server.asked[0].headers["apns-topic"] == "a"


async def test_an_answer_that_is_too_large_is_cut_off_here_too(bench: Bench, tmp_path: Path) -> None:
    async with gate(bench, tmp_path).client(RecipientId("apple"), http2=Http2Settings(answer_bytes=1000)) as client:
        with pytest.raises(AnswerTooLarge):
            await client.post(PUSH, f"https://localhost:{bench.server.port}/", content=bytes(1_001))
        await client.post(PUSH, f"https://localhost:{bench.server.port}/", content=bytes(1_000))
