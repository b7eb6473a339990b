"""The client that senders get: to declared places only, within limits, and silent about addresses."""

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ringfence.clock import ManualClock
from ringfence.declarations import Category, Flow, Flows, Medium, Purpose, Role, Source
from ringfence.identifiers import ProviderId, RecipientId, SubjectId
from ringfence.privacy.egress import (
    AnswerTooLarge,
    BlockReason,
    Concerned,
    EgressClient,
    EgressSettings,
    Gate,
    LegalRole,
    MechanismTable,
    Recipient,
    RecipientMisdeclared,
    Regime,
    TransferBlocked,
    Unreachable,
)

PUSH = Flow(
    name="test.push", medium=Medium.PUSH, carries=(Category.PUSH_TOKEN,), purpose=Purpose.WAKE_DEVICE,
    source=Source.DEVICE, to=Role.PUSH_SERVICE, says="A push wakes a device.", among=Flows(),
)  # fmt: skip
CONCERNED = Concerned(ProviderId("example"), SubjectId("s" * 26))
SETTINGS = EgressSettings(connect_seconds=2, answer_seconds=2, answer_bytes=1000)


class Noted:
    """A disclosure log that remembers."""

    def __init__(self) -> None:
        self.entries: list[tuple[Concerned, str, str, dt.date]] = []

    def note(self, concerned: Concerned, recipient: RecipientId, flow: str, day: dt.date) -> None:
        self.entries.append((concerned, recipient, flow, day))


@contextlib.asynccontextmanager
async def server(answer: bytes) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A web server on loopback that gives one answer and closes; it keeps what it was sent."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0)
        heard.append(head + await reader.readexactly(length))
        writer.write(answer)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}", heard
    finally:
        listening.close()
        await listening.wait_closed()


def recipient(*origins: str, user_given: bool = False) -> Recipient:
    return Recipient(
        id=RecipientId("push"), name="Push", role=LegalRole.PROCESSOR, country="DE", exporter=Regime.EU,
        flows=frozenset({PUSH.name}), contract="contract 7", origins=origins, user_given=user_given,
    )  # fmt: skip


def gate(one: Recipient, noted: Noted | None = None) -> Gate:
    return Gate([one], MechanismTable.load(), ManualClock(), disclosures=noted, settings=SETTINGS)


@contextlib.asynccontextmanager
async def talking(answer: bytes, noted: Noted | None = None) -> AsyncIterator[tuple[EgressClient, str, list[bytes]]]:
    """A client of that server, the server's origin, and what it heard."""
    async with server(answer) as (origin, heard), gate(recipient(origin), noted).client(RecipientId("push")) as client:
        yield client, origin, heard


async def test_a_request_to_a_declared_place_is_sent_and_its_disclosure_noted() -> None:
    noted = Noted()
    made = b"HTTP/1.1 201 Made\r\nContent-Length: 2\r\nX-Id: 7\r\n\r\nok"
    async with talking(made, noted) as (client, origin, heard):
        answer = await client.post(PUSH, origin + "/send", headers={"a": "b"}, content=b"hi", concerned=CONCERNED)
    assert (answer.status, answer.body, answer.headers["x-id"]) == (201, b"ok", "7")
    assert heard[0].startswith(b"POST /send HTTP/1.1\r\n")
    assert heard[0].endswith(b"\r\n\r\nhi")
    assert noted.entries == [(CONCERNED, "push", "test.push", dt.date(2027, 1, 15))]


async def test_what_concerns_nobody_is_not_noted() -> None:
    noted = Noted()
    async with talking(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", noted) as (client, origin, _):
        assert (await client.get(PUSH, origin + "/")).status == 200
    assert noted.entries == []


async def test_an_undeclared_place_gets_nothing() -> None:
    judge = gate(recipient("https://push.example"))
    async with server(b"") as (origin, heard), judge.client(RecipientId("push")) as client:
        with pytest.raises(TransferBlocked) as blocked:
            await client.post(PUSH, origin + "/send", content=b"hi")
    assert blocked.value.reason is BlockReason.ADDRESS_NOT_DECLARED
    assert heard == []
    assert judge.blocked["push", "test.push", "address_not_declared"] == 1


async def test_a_redirect_is_an_answer_and_not_followed() -> None:
    found = b"HTTP/1.1 302 Found\r\nLocation: https://evil.example/\r\nContent-Length: 0\r\n\r\n"
    async with talking(found) as (client, origin, _):
        assert (await client.get(PUSH, origin + "/")).status == 302


async def test_an_answer_that_is_too_large_is_cut_off() -> None:
    large = b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + b"x" * 2000
    async with talking(large) as (client, origin, _):
        with pytest.raises(AnswerTooLarge):
            await client.get(PUSH, origin + "/")


async def test_no_connection_is_certainly_no_disclosure() -> None:
    async with server(b"") as (origin, _):
        pass
    noted = Noted()
    async with gate(recipient(origin), noted).client(RecipientId("push")) as client:
        with pytest.raises(Unreachable) as failed:
            await client.post(PUSH, origin + "/secret-token", concerned=CONCERNED)
    assert failed.value.sent is False
    assert noted.entries == []
    assert "secret-token" not in str(failed.value)


async def test_a_connection_that_breaks_after_sending_counts_as_a_disclosure() -> None:
    noted = Noted()
    async with talking(b"", noted) as (client, origin, _):
        with pytest.raises(Unreachable) as failed:
            await client.post(PUSH, origin + "/send", concerned=CONCERNED)
    assert failed.value.sent is True
    assert len(noted.entries) == 1


async def test_an_answer_that_breaks_off_is_no_answer() -> None:
    async with talking(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx") as (client, origin, _):
        with pytest.raises(Unreachable):
            await client.get(PUSH, origin + "/")


async def test_a_url_that_a_person_gave_must_not_lead_into_the_private_network() -> None:
    async def inward(host: str, port: int) -> list[str]:
        return ["10.0.0.1"]

    judge = gate(recipient(user_given=True))
    async with EgressClient(recipient(user_given=True), judge, SETTINGS, resolver=inward) as client:
        with pytest.raises(TransferBlocked) as blocked:
            await client.get(PUSH, "https://calendar.example/feed")
        assert blocked.value.reason is BlockReason.ADDRESS_NOT_PUBLIC
        with pytest.raises(TransferBlocked):
            await client.get(PUSH, "http://calendar.example/feed")


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_an_authority_that_can_not_be_read_is_the_operators_to_mend(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "authority.pem"
    if content is not None:
        file.write_bytes(content)
    one = recipient("https://push.example")
    trusting = Gate([one], MechanismTable.load(), ManualClock(), settings=EgressSettings(ca_file=str(file)))
    with pytest.raises(RecipientMisdeclared, match="authority_file"):
        trusting.client(one.id)


async def test_the_address_that_was_checked_is_the_one_that_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async def outward(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    monkeypatch.setattr("ringfence.privacy.egress.address._is_public", lambda _: True)
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(2000))  # a TLS ClientHello with the name in the clear
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    judge = gate(recipient(user_given=True))
    async with listening, EgressClient(recipient(user_given=True), judge, SETTINGS, resolver=outward) as client:
        with pytest.raises(Unreachable):
            await client.get(PUSH, f"https://calendar.example:{port}/feed")
    assert b"calendar.example" in heard[0]
