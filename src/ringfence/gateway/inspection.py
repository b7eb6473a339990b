"""Two questions to a PBX before anybody depends on it: does it answer, and does it ask for a password?"""

import asyncio
from dataclasses import dataclass
from typing import Final, final

from ringfence.gateway.asker import Failure
from ringfence.gateway.endpoint import Endpoint
from ringfence.gateway.upstream import UpstreamSettings
from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.message import Request, Response
from ringfence.protocols.sip.request import new_request
from ringfence.protocols.sip.transaction import ClientTransaction

__all__ = ["Inspection", "inspect_upstream"]

_PATIENCE: Final = 5.0  # seconds; long enough for three tries over UDP
_NOBODY: Final = b"ringfence-doctor"
_CHALLENGES: Final = frozenset({401, 407})


@final
@dataclass(frozen=True, slots=True)
class Inspection:
    """`options` and `register` are the statuses of the answers; 0 where none came."""

    options: int
    register: int

    @property
    def answers(self) -> bool:
        return bool(self.options or self.register)

    @property
    def challenges(self) -> bool:
        """Whether a REGISTER without credentials is asked for some."""
        return self.register in _CHALLENGES


async def inspect_upstream(endpoint: Endpoint, flow: Flow, settings: UpstreamSettings) -> Inspection:
    """Ask for an account that nobody has, without Contact: nothing changes at the PBX."""
    options, register = await asyncio.gather(
        _status(endpoint, flow, settings, b"OPTIONS"), _status(endpoint, flow, settings, b"REGISTER")
    )
    return Inspection(options, register)


async def _status(endpoint: Endpoint, flow: Flow, settings: UpstreamSettings, method: bytes) -> int:
    answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def answered(_: ClientTransaction, response: Response) -> None:
        if response.status >= 200 and not answer.done():
            answer.set_result(response.status)

    def failed(_: ClientTransaction, failure: Failure) -> None:  # noqa: ARG001 - no answer is no answer
        if not answer.done():
            answer.set_result(0)

    endpoint.request(_request(method, settings.domain.encode("ascii"), endpoint.token()), flow, answered, failed)
    try:
        return await asyncio.wait_for(answer, _PATIENCE)
    except TimeoutError:
        return 0


def _request(method: bytes, domain: bytes, token: bytes) -> Request:
    us = b"<sip:%b@%b>" % (_NOBODY, domain)
    return new_request(
        method,
        b"sip:%b" % domain,
        sender=b"%b;tag=%b" % (us, token),
        to=us if method == b"REGISTER" else b"<sip:%b>" % domain,
        call_id=b"%b-%b" % (method.lower(), token),
        number=1,
    )
