"""Who is this device? Digest in our own realm, with the device's own secret (RFC 3261 section 22, RFC 8760).

    Endpoint --every new request--> Guard.admits --> handler          REGISTER --> Registrar --> Guard.identify

A device that has registered on a connection is known on it from then on. The PBX's challenges pass between phone and
PBX untouched: they are in another realm, and we answer none for a device.
"""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import final
from weakref import WeakSet

from ringfence.clock import Clock
from ringfence.gateway.endpoint import Endpoint
from ringfence.privacy.access import FailureCaps
from ringfence.protocols.sip.digest import Algorithm, DigestServer, Outcome
from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.message import Request
from ringfence.protocols.sip.response import response_to
from ringfence.protocols.sip.transaction import ServerTransaction
from ringfence.protocols.source import source_of
from ringfence.services.reachability import Accounts, Device

__all__ = ["Asked", "Guard", "GuardSettings"]


class Asked(enum.Enum):
    """By which header a device is asked, with which status, and where its answer stands."""

    AS_REGISTRAR = (401, b"www-authenticate", b"authorization")
    AS_PROXY = (407, b"proxy-authenticate", b"proxy-authorization")


@dataclass(frozen=True, slots=True)
class GuardSettings:
    """Seconds and counts."""

    guesses: int = 20  # wrong digests from one source: a carrier's NAT hides many phones, and a few are out of date
    guesses_altogether: int = 5_000  # from all addresses: beyond this somebody guesses from everywhere
    window: float = 600.0  # as long as a ban lasts
    ban: float = 600.0


@final
class Guard:
    """`ban(source, seconds)` shuts the devices' door; `from_pbx(flow)` is true for what the PBX's door let in."""

    def __init__(
        self,
        accounts: Accounts,
        digest: DigestServer,
        endpoint: Endpoint,
        clock: Clock,
        *,
        from_pbx: Callable[[Flow], bool],
        ban: Callable[[str, float], None],
        settings: GuardSettings | None = None,
    ) -> None:
        self._accounts = accounts
        self._digest = digest
        self._endpoint = endpoint
        self._clock = clock
        self._from_pbx = from_pbx
        self._ban = ban
        self._settings = settings or GuardSettings()
        self._proved: WeakSet[Flow] = WeakSet()
        self._guesses = FailureCaps(self._settings.guesses, self._settings.guesses_altogether, self._settings.window)
        self.refused = 0
        """Wrong credentials so far."""

    def knows(self, flow: Flow) -> bool:
        """Whether a device has shown its secret on this connection; a phone may dial without having registered."""
        return flow in self._proved

    def admits(self, request: Request, transaction: ServerTransaction, flow: Flow) -> bool:
        """For `Endpoint.guard_with`: a PBX's request, a REGISTER (its handler asks), or one of a device that is known.

        Everything else has been answered, by a challenge or a refusal. Our credentials stay in the request; whoever
        forwards it takes them out.
        """
        if request.method == b"REGISTER" or self._from_pbx(flow):
            return True
        known = self._accounts.by_flow(flow)
        for device in known:
            if device.binding is not None:
                device.binding.alive_at = self._clock.monotonic()
        return bool(known) or self.identify(request, transaction, flow, Asked.AS_PROXY) is not None

    def identify(self, request: Request, transaction: ServerTransaction, flow: Flow, asked: Asked) -> Device | None:
        """The device whose secret the request shows; None where it has been answered instead."""
        now = self._clock.time()
        credentials = self._digest.find(request.get_all(asked.value[2]))
        if credentials is None:
            self._challenge(transaction, asked, now, stale=False)
            return None
        verdict = self._digest.verify(credentials, request.method, self._ha1_of, now, uri=request.uri)
        match verdict.outcome:
            case Outcome.OK:
                self._proved.add(flow)
                return self._accounts.by_sip_user(verdict.user or b"")
            case Outcome.STALE:
                self._challenge(transaction, asked, now, stale=True)
            case Outcome.WRONG:
                self._refuse(transaction, flow)
            case Outcome.UNREADABLE:
                self._turn_away(transaction, 400)
        return None

    def _ha1_of(self, sip_user: bytes, algorithm: Algorithm) -> bytes | None:
        device = self._accounts.by_sip_user(sip_user)
        return device.ha1(algorithm) if device is not None else None

    def _challenge(self, transaction: ServerTransaction, asked: Asked, now: float, *, stale: bool) -> None:
        status, header, _ = asked.value
        response = response_to(transaction.request, status, to_tag=self._endpoint.token())
        for value in self._digest.challenges(now, stale=stale):
            response.add(header, value)
        self._endpoint.turn_away(transaction, response)

    def _refuse(self, transaction: ServerTransaction, flow: Flow) -> None:
        """403 and no new challenge: a phone with an old secret would repeat itself, and get its network banned."""
        self.refused += 1
        self._turn_away(transaction, 403)
        now = self._clock.monotonic()
        source = source_of(flow.peer[0])
        self._guesses.count(source, now)
        if not self._guesses.allows(source, now):
            self._ban(source, self._settings.ban)
            flow.close()

    def _turn_away(self, transaction: ServerTransaction, status: int) -> None:
        self._endpoint.turn_away(transaction, response_to(transaction.request, status, to_tag=self._endpoint.token()))
