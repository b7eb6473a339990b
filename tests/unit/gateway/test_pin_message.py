"""A code to an account, by the account's own PBX."""

import asyncio

import pytest

from ringfence.errors import PeerFault
from ringfence.gateway.pin_message import PinMessages, PinNotDelivered
from ringfence.gateway.prover import UpstreamUnavailable
from ringfence.identifiers import ProviderId, SubjectId
from ringfence.protocols.sip.digest import Algorithm, Challenge, digest_response, ha1
from ringfence.protocols.sip.fields import parse_credentials
from ringfence.protocols.sip.message import Request, Response
from ringfence.protocols.sip.response import response_to
from ringfence.randomness import SeededRandomness
from ringfence.services.reachability import Account, Accounts
from tests.doubles.small_pbx import DOMAIN, PASSWORD, World

PROVIDER = ProviderId("example")
ALICE = SubjectId("subject-alice")
TEXT = "123456 ist Ihr Code für Ähnliches."


class Blocked(PeerFault):
    code = "transfer_blocked"


class Gate:
    """The egress gate; notes for whom something left."""

    def __init__(self, *, blocked: bool = False) -> None:
        self.blocked = blocked
        self.left: list[SubjectId] = []

    def leave(self, account: Account) -> None:
        if self.blocked:
            raise Blocked
        self.left.append(account.subject)


class Side:
    """The whole of it: a PBX that may challenge, and the sender."""

    def __init__(self, *, status: int = 200, challenge: int = 0, realm: bytes = DOMAIN, blocked: bool = False) -> None:
        self.world = World()
        self.world.pbx.script = self.answer
        self.status, self.challenge, self.realm = status, challenge, realm
        self.heard: list[Request] = []
        self.accounts, self.gate = Accounts(), Gate(blocked=blocked)
        self.accounts.add(self.world.account("alice"))
        self.messages = PinMessages(
            self.world.keeper.lines, self.world.endpoint, self.accounts, self.gate, SeededRandomness(3)
        )

    def answer(self, request: Request) -> Response | None:
        if request.method != b"MESSAGE":
            return None
        self.heard.append(request)
        shown = request.get(b"proxy-authorization" if self.challenge == 407 else b"authorization")
        if self.challenge and not (shown and right(shown)):
            response = response_to(request, self.challenge, to_tag=b"pbx")
            header = b"proxy-authenticate" if self.challenge == 407 else b"www-authenticate"
            response.add(header, Challenge(self.realm, b"nonce", Algorithm.MD5).to_bytes())
            return response
        return response_to(request, self.status, to_tag=b"pbx")

    async def send(self, subject: SubjectId = ALICE, *, provider: ProviderId = PROVIDER, text: str = TEXT) -> None:
        await self.world.finish(self.messages.send(provider, subject, "+49", text))


def right(value: bytes) -> bool:
    shown = parse_credentials(value)
    secret = ha1(Algorithm.MD5, b"alice", DOMAIN, PASSWORD)
    expected = digest_response(
        Algorithm.MD5,
        secret,
        b"MESSAGE",
        shown.get(b"uri"),
        shown.get(b"nonce"),
        shown.get(b"cnonce"),
        shown.get(b"nc"),
    )
    return expected == shown.get(b"response")


async def test_the_message_goes_from_the_account_to_itself_and_its_leaving_is_noted() -> None:
    side = Side()
    await side.send()
    (message,) = side.heard
    assert message.uri == b"sip:alice@pbx.test"
    assert message.get(b"to") == b"<sip:alice@pbx.test>"
    assert (message.get(b"from") or b"").startswith(b"<sip:alice@pbx.test>;tag=")
    assert message.get(b"content-type") == b"text/plain;charset=UTF-8"
    assert message.body == TEXT.encode()
    assert not message.has(b"contact")
    assert side.gate.left == [ALICE]


@pytest.mark.parametrize("challenge", [401, 407])
async def test_a_pbx_that_challenges_gets_the_accounts_own_digest(challenge: int) -> None:
    side = Side(challenge=challenge)
    await side.send()
    first, second = side.heard
    assert first.get(b"call-id") == second.get(b"call-id")
    assert second.get(b"cseq") == b"2 MESSAGE"
    assert second.body == TEXT.encode()


async def test_a_challenge_in_a_realm_for_which_nothing_is_held_is_not_answered() -> None:
    side = Side(challenge=401, realm=b"elsewhere")
    with pytest.raises(PinNotDelivered):
        await side.send()
    assert len(side.heard) == 1


@pytest.mark.parametrize("status", [404, 480, 488, 500, 603])
async def test_what_the_pbx_does_not_take_was_not_delivered(status: int) -> None:
    with pytest.raises(PinNotDelivered) as refused:
        await Side(status=status).send()
    assert refused.value.facts == {"status": status}


async def test_a_pbx_that_takes_it_for_later_has_taken_it() -> None:
    await Side(status=202).send()


async def test_nothing_leaves_where_the_gate_blocks() -> None:
    side = Side(blocked=True)
    with pytest.raises(Blocked):
        await side.send()
    assert side.heard == []


async def test_an_account_that_is_not_in_memory_or_is_another_providers_gets_none() -> None:
    side = Side()
    with pytest.raises(PinNotDelivered):
        await side.send(SubjectId("nobody"))
    with pytest.raises(PinNotDelivered):
        await side.send(provider=ProviderId("other"))
    side.world.line.flow = None
    with pytest.raises(PinNotDelivered):
        await side.send()
    assert side.heard == []
    assert side.gate.left == []


async def test_a_text_beyond_one_datagram_is_not_sent() -> None:
    side = Side()
    with pytest.raises(PinNotDelivered):
        await side.send(text="x" * 1_001)
    assert side.heard == []


async def test_a_silent_pbx_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ringfence.gateway.pin_message._PATIENCE", 0.01)
    side = Side()
    side.world.pbx.silent = True
    with pytest.raises(PinNotDelivered):
        await side.send()


async def test_a_connection_that_breaks_is_a_fault_of_its_own() -> None:
    side = Side()
    side.world.pbx.silent = True
    task = asyncio.ensure_future(side.messages.send(PROVIDER, ALICE, "+49", TEXT))
    await asyncio.sleep(0)
    side.world.endpoint.lost(side.world.pbx)
    with pytest.raises(UpstreamUnavailable):
        await task
