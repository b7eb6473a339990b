"""Is this account theirs? A 401 followed by a 2xx to our digest, and nothing else, proves it.

The question is a REGISTER without Contact (RFC 3261 section 10.2.3): it changes nothing at the PBX. A 2xx without
challenge proves nothing: some PBXs give it to anybody from a trusted address.
"""

import asyncio
from collections.abc import Mapping
from typing import final

from ringfence.clock import Clock
from ringfence.errors import OperatorFault, PeerFault
from ringfence.gateway.asker import Asker, Failure
from ringfence.gateway.endpoint import Endpoint
from ringfence.gateway.keeper import UnknownUpstream
from ringfence.gateway.line import UpstreamLine
from ringfence.identifiers import UpstreamId, new_id
from ringfence.protocols.sip.digest import Challenge, answer, challenges, choose, ha1
from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.message import Request, Response
from ringfence.protocols.sip.request import new_request
from ringfence.protocols.sip.transaction import ClientTransaction
from ringfence.randomness import Randomness
from ringfence.services.reachability import Proof, check_address, check_user

__all__ = [
    "CredentialsRefused",
    "Prover",
    "TooManyFailures",
    "UpstreamDoesNotChallenge",
    "UpstreamUnavailable",
    "Waiter",
]

_PATIENCE = 8.0  # seconds for the whole proof: somebody holds a phone and waits


class UpstreamDoesNotChallenge(OperatorFault):
    """The PBX accepts a REGISTER without asking for a password, or asks in a way that proves nothing to us."""

    code = "upstream_does_not_challenge"
    http_status = 502


class UpstreamUnavailable(OperatorFault):
    """The PBX does not answer, or answers that it can't."""

    code = "upstream_unavailable"
    http_status = 503


class CredentialsRefused(PeerFault):
    """The PBX refuses this user and password."""

    code = "credentials_refused"
    http_status = 403


class TooManyFailures(PeerFault):
    """One more wrong password could get us banned at the PBX; `retry_after` says in how many seconds to try again."""

    code = "too_many_failures"
    http_status = 429

    def __init__(self, retry_after: float) -> None:
        super().__init__(retry_after=round(retry_after) + 1)


@final
class Prover:
    """Has its half of what each PBX may see of wrong digests; the keeper's registrations have the other."""

    def __init__(
        self,
        lines: Mapping[UpstreamId, UpstreamLine],
        endpoint: Endpoint,
        clock: Clock,
        randomness: Randomness,
    ) -> None:
        self._lines = lines
        self._endpoint = endpoint
        self._clock = clock
        self._randomness = randomness

    async def prove(self, upstream: UpstreamId, aor: str, auth_user: str, password: str) -> Proof:
        """Ask the PBX within seconds. The password is used for one digest and kept nowhere.

        `aor` is `user@domain`. Raises `CredentialsRefused`, `TooManyFailures`, `UpstreamDoesNotChallenge`,
        `UpstreamUnavailable`, `UnknownUpstream`, and BadAddress for names that can't stand in a message.
        """
        check_address(aor)
        check_user(auth_user)
        line = self._lines.get(upstream)
        if line is None:
            raise UnknownUpstream(upstream=upstream)
        if line.flow is None:
            raise UpstreamUnavailable(upstream=upstream)
        try:
            async with asyncio.timeout(_PATIENCE):
                return await self._prove(line, line.flow, aor.encode(), auth_user.encode(), password.encode())
        except TimeoutError:
            raise UpstreamUnavailable(upstream=upstream) from None

    async def _prove(self, line: UpstreamLine, flow: Flow, aor: bytes, auth_user: bytes, password: bytes) -> Proof:
        question = _Question(line, aor, new_id(self._randomness).encode())
        mark = self._count_try(line, aor)
        try:
            first = await self._ask(question.request(), flow)
        except UpstreamUnavailable:
            line.caps.forgive(aor, mark)
            raise
        challenge = self._challenge_of(first, line)
        if challenge is None:
            line.caps.forgive(aor, mark)
            raise UpstreamDoesNotChallenge(upstream=line.settings.id, status=first.status)
        proof = Proof(
            challenge.realm, challenge.algorithm, ha1(challenge.algorithm, auth_user, challenge.realm, password)
        )
        final = await self._ask(question.request(self._credentials(challenge, proof, auth_user, line)), flow)
        self._judge(final, line)
        line.caps.forgive(aor, mark)
        return proof

    def _count_try(self, line: UpstreamLine, aor: bytes) -> float:
        """Before the try and not after, or tries at the same time would pass the cap together."""
        now = self._clock.monotonic()
        wait = line.caps.wait(aor, now)
        if wait > 0.0:
            raise TooManyFailures(wait)
        return line.caps.count(aor, now)

    def _challenge_of(self, response: Response, line: UpstreamLine) -> Challenge | None:
        """None where the PBX asked for nothing that we could prove."""
        if response.status in {401, 407}:
            realm = line.settings.realm.encode()
            return choose(challenges(response), lambda challenge: not realm or challenge.realm == realm)
        if response.status >= 300:
            self._judge(response, line)
        return None

    def _credentials(self, challenge: Challenge, proof: Proof, auth_user: bytes, line: UpstreamLine) -> bytes:
        return answer(
            challenge,
            ha1=proof.ha1,
            user=auth_user,
            method=b"REGISTER",
            uri=line.wording.uri,
            cnonce=self._endpoint.token(),
            nc=1,
        )

    def _judge(self, response: Response, line: UpstreamLine) -> None:
        if response.status in {401, 403, 404, 407}:
            raise CredentialsRefused(upstream=line.settings.id)
        if response.status >= 300:
            raise UpstreamUnavailable(upstream=line.settings.id, status=response.status)

    async def _ask(self, request: Request, flow: Flow) -> Response:
        waiter = Waiter()
        transaction = self._endpoint.request(request, flow, waiter)
        try:
            return await waiter.answer
        finally:
            if not waiter.answer.done() or waiter.answer.cancelled():
                self._endpoint.abandon(transaction)


@final
class _Question:
    """The two REGISTERs of one proof: same Call-ID, rising CSeq (RFC 3261 section 22.2)."""

    def __init__(self, line: UpstreamLine, aor: bytes, call_id: bytes) -> None:
        self._uri = line.wording.uri
        self._aor = aor
        self._call_id = call_id
        self._cseq = 0

    def request(self, credentials: bytes | None = None) -> Request:
        self._cseq += 1
        request = new_request(
            b"REGISTER",
            self._uri,
            sender=b"<sip:%b>;tag=%b" % (self._aor, self._call_id[-10:]),
            to=b"<sip:%b>" % self._aor,
            call_id=self._call_id,
            number=self._cseq,
        )
        if credentials is not None:
            request.add(b"authorization", credentials)
        return request


@final
class Waiter(Asker):
    """One final answer, awaited."""

    __slots__ = ("answer",)

    def __init__(self) -> None:
        self.answer: asyncio.Future[Response] = asyncio.get_running_loop().create_future()

    def answered(self, transaction: ClientTransaction, response: Response) -> None:  # noqa: ARG002 - one question only
        if response.status >= 200 and not self.answer.done():
            self.answer.set_result(response)

    def failed(self, transaction: ClientTransaction, failure: Failure) -> None:  # noqa: ARG002 - one question only
        if not self.answer.done():
            self.answer.set_exception(UpstreamUnavailable(status=failure.value))
