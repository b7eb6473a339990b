"""A short text to an account by its own PBX: a MESSAGE (RFC 3428) from the account to itself.

The PBX is asked as the account, with the digest secret that is held for it, so it needs no rights of ours there; it
brings the message to every phone of the account, those that Ringfence knows nothing of, too. Phones that sleep hear
nothing: the PBX then keeps the message or says that nobody was there.
"""

import asyncio
from collections.abc import Mapping
from typing import Final, Protocol, final

from ringfence.errors import PeerFault
from ringfence.gateway.endpoint import Endpoint
from ringfence.gateway.pbx_side import Line
from ringfence.gateway.prover import Waiter
from ringfence.identifiers import ProviderId, SubjectId, UpstreamId, new_id
from ringfence.protocols.sip.digest import Challenge, answer, challenges, choose
from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.message import Request, Response
from ringfence.protocols.sip.request import new_request
from ringfence.randomness import Randomness
from ringfence.services.reachability import Account, Accounts

__all__ = ["Leaving", "PinMessages", "PinNotDelivered"]

_PATIENCE: Final = 15.0  # seconds; the PBX rings round the account's phones
_EXPIRES: Final = b"600"  # seconds: a code that is kept longer is of no use (RFC 3428 section 8)
_LONGEST: Final = 1_000  # bytes: with the header it stays below one datagram (RFC 3428 section 4, 1,300 in all)


class PinNotDelivered(PeerFault):
    """The PBX did not take the message; `status` is its answer, 0 where there was none or no way to it."""

    code = "pin_not_delivered"
    http_status = 502


class Leaving(Protocol):
    """The egress gate, asked for each message."""

    def leave(self, account: Account) -> None:
        """Raises TransferBlocked where nothing may go to this PBX today, else notes that something goes."""
        ...


@final
class PinMessages:
    """Port `PinSender` of `services.signin`."""

    def __init__(
        self,
        lines: Mapping[UpstreamId, Line],
        endpoint: Endpoint,
        accounts: Accounts,
        gate: Leaving,
        randomness: Randomness,
    ) -> None:
        self._lines = lines
        self._endpoint = endpoint
        self._accounts = accounts
        self._gate = gate
        self._randomness = randomness

    async def send(self, provider: ProviderId, subject: SubjectId, number: str, text: str) -> None:  # noqa: ARG002 - the account is known, by whatever number it was asked for
        """Raises PinNotDelivered, or TransferBlocked."""
        account = self._accounts.by_subject(subject)
        line = self._lines.get(account.upstream) if account else None
        if account is None or account.provider != provider or line is None or line.flow is None:
            raise PinNotDelivered(status=0)
        body = text.encode()
        if len(body) > _LONGEST:
            raise PinNotDelivered(status=0)
        self._gate.leave(account)
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._send(account, line.flow, body)
        except TimeoutError:
            raise PinNotDelivered(status=0) from None

    async def _send(self, account: Account, flow: Flow, body: bytes) -> None:
        letter = _Letter(account, body, new_id(self._randomness).encode())
        response = await self._ask(letter.request(), flow)
        if response.status in {401, 407}:
            challenge = choose(challenges(response), lambda each: _holds(account, each))
            if challenge is not None:
                shown = self._credentials(account, challenge)
                response = await self._ask(letter.request(response.status, shown), flow)
        if not 200 <= response.status < 300:
            raise PinNotDelivered(status=response.status)

    def _credentials(self, account: Account, challenge: Challenge) -> bytes:
        return answer(
            challenge,
            ha1=account.ha1,
            user=account.auth_user,
            method=b"MESSAGE",
            uri=b"sip:" + account.aor,
            cnonce=self._endpoint.token(),
            nc=1,
        )

    async def _ask(self, request: Request, flow: Flow) -> Response:
        waiter = Waiter()
        transaction = self._endpoint.request(request, flow, waiter)
        try:
            return await waiter.answer
        finally:
            if not waiter.answer.done() or waiter.answer.cancelled():
                self._endpoint.abandon(transaction)


def _holds(account: Account, challenge: Challenge) -> bool:
    return challenge.realm == account.realm and challenge.algorithm is account.algorithm


@final
class _Letter:
    """The MESSAGE, and the same again with credentials: one Call-ID, rising CSeq (RFC 3261 section 22.2)."""

    def __init__(self, account: Account, body: bytes, call_id: bytes) -> None:
        self._uri = b"sip:" + account.aor
        self._body = body
        self._call_id = call_id
        self._cseq = 0

    def request(self, challenged: int = 0, credentials: bytes = b"") -> Request:
        self._cseq += 1
        address = b"<%b>" % self._uri
        request = new_request(
            b"MESSAGE",
            self._uri,
            sender=b"%b;tag=%b" % (address, self._call_id[-10:]),
            to=address,
            call_id=self._call_id,
            number=self._cseq,
        )
        request.add(b"expires", _EXPIRES)
        if credentials:
            request.add(b"proxy-authorization" if challenged == 407 else b"authorization", credentials)
        request.set_body(self._body, b"text/plain;charset=UTF-8")
        return request
