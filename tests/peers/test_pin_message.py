"""A code to an account by a real PBX: it challenges, we answer as the account, and its desk phone hears it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ringfence.clock import SystemClock
from ringfence.gateway.door import UpstreamDoor, networks
from ringfence.gateway.endpoint import Endpoint
from ringfence.gateway.pin_message import PinMessages, PinNotDelivered
from ringfence.gateway.prover import Waiter
from ringfence.gateway.upstream import UpstreamSettings
from ringfence.identifiers import ProviderId, SubjectId, UpstreamId
from ringfence.listeners import UdpSocket
from ringfence.protocols.sip.digest import Algorithm, answer, challenges, ha1
from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.message import Request
from ringfence.protocols.sip.request import new_request
from ringfence.protocols.sip.response import response_to
from ringfence.protocols.sip.transaction import ServerTransaction, TransactionLayer
from ringfence.randomness import SystemRandomness
from ringfence.services.reachability import Account, Accounts
from tests.peers.kamailio import Kamailio, needs_kamailio

pytestmark = [pytest.mark.peers, pytest.mark.timeout(120), needs_kamailio]

PBX, PROVIDER, ALICE = UpstreamId("pbx"), ProviderId("example"), SubjectId("alice")
PASSWORD = "password-of-alice"
TEXT = "123456 ist Ihr Code für Ähnliches."


class OpenGate:
    def leave(self, account: Account) -> None:
        assert account.subject == ALICE


@dataclass
class Line:
    settings: UpstreamSettings
    flow: Flow | None


@asynccontextmanager
async def endpoint() -> AsyncIterator[tuple[Endpoint, UdpSocket]]:
    """A SIP endpoint on a UDP port of its own."""
    made = Endpoint(TransactionLayer(SystemRandomness()), SystemClock(), asyncio.get_running_loop())
    udp = UdpSocket(UpstreamDoor(made, networks(["127.0.0.1"])))
    await udp.open("127.0.0.1", 0)
    try:
        yield made, udp
    finally:
        await made.close()
        udp.close()


def alice(password: str = PASSWORD) -> Account:
    return Account(
        subject=ALICE,
        provider=PROVIDER,
        upstream=PBX,
        aor=b"alice@pbx.test",
        auth_user=b"alice",
        realm=b"pbx.test",
        algorithm=Algorithm.MD5,
        ha1=ha1(Algorithm.MD5, b"alice", b"pbx.test", password.encode()),
        call_id=b"c",
        contact_user=b"opaque",
    )


async def register(phone: Endpoint, udp: UdpSocket, pbx: Flow) -> None:
    """A desk phone of the account that Ringfence knows nothing of."""
    credentials = b""
    for number in (1, 2):
        request = new_request(
            b"REGISTER", b"sip:pbx.test", sender=b"<sip:alice@pbx.test>;tag=desk", to=b"<sip:alice@pbx.test>",
            call_id=b"desk-phone", number=number,
        )  # fmt: skip
        request.add(b"contact", b"<sip:alice@127.0.0.1:%d>" % udp.local[1])
        if credentials:
            request.add(b"authorization", credentials)
        waiter = Waiter()
        phone.request(request, pbx, waiter)
        response = await waiter.answer
        if response.status == 200:
            return
        (challenge, *_) = challenges(response)
        credentials = answer(
            challenge, ha1=alice().ha1, user=b"alice", method=b"REGISTER", uri=b"sip:pbx.test", cnonce=b"desk", nc=1
        )
    raise AssertionError(response.status)


@asynccontextmanager
async def pbx_in(folder: Path) -> AsyncIterator[Kamailio]:
    made = Kamailio(folder, {"alice": PASSWORD})
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


async def test_the_accounts_own_phones_hear_the_code_and_only_the_account_may_send_it(tmp_path: Path) -> None:
    async with pbx_in(tmp_path) as pbx, endpoint() as (ours, our_udp), endpoint() as (desk, desk_udp):
        heard: asyncio.Queue[bytes] = asyncio.Queue()

        def hear(request: Request, server: ServerTransaction, flow: Flow) -> None:
            heard.put_nowait(request.body)
            desk.respond(server, response_to(request, 200, to_tag=b"desk"))

        desk.on(b"MESSAGE", hear)
        accounts, settings = Accounts(), UpstreamSettings(id=PBX, provider=PROVIDER, domain="pbx.test")
        line = Line(settings, our_udp.flow_to("127.0.0.1", pbx.port))
        messages = PinMessages({PBX: line}, ours, accounts, OpenGate(), SystemRandomness())
        accounts.add(alice())
        with pytest.raises(PinNotDelivered) as nobody_there:
            await messages.send(PROVIDER, ALICE, "alice", TEXT)
        assert nobody_there.value.facts == {"status": 480}

        await register(desk, desk_udp, desk_udp.flow_to("127.0.0.1", pbx.port))
        await messages.send(PROVIDER, ALICE, "alice", TEXT)
        assert (await asyncio.wait_for(heard.get(), 5)).decode() == TEXT

        accounts.add(alice("another password"))
        with pytest.raises(PinNotDelivered) as refused:
            await messages.send(PROVIDER, ALICE, "alice", TEXT)
        assert refused.value.facts == {"status": 407}
        assert heard.empty()
