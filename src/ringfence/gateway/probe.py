"""Whether a PBX lives, and whether it still knows what it told us.

Two means, because each misses what the other finds: OPTIONS sees a PBX that is silent, a query for one account's
bindings sees one that restarted between two OPTIONS and forgot them. One account without a binding proves nothing
(another device may have un-registered it), so up to three are asked.
"""

from typing import Protocol, final

from ringfence.clock import Clock
from ringfence.gateway.asker import Asker, Failure
from ringfence.gateway.endpoint import Endpoint
from ringfence.gateway.registration import Registration
from ringfence.gateway.registration_line import Intent
from ringfence.gateway.upstream import UpstreamSettings
from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.message import Request, Response
from ringfence.protocols.sip.request import new_request
from ringfence.protocols.sip.timers import NEVER
from ringfence.protocols.sip.transaction import ClientTransaction
from ringfence.services.reachability import State

__all__ = ["Probe", "Probed"]

_MISSES = 2  # unanswered probes in a row that mean silence: one may be lost
_WITNESSES = 3  # accounts without a binding that mean a restart
_ONCE_IN = 3  # check intervals between two conclusions of that kind: what vanishes again at once was taken away


class Probed(Protocol):
    """The line, as its probe sees it."""

    settings: UpstreamSettings
    flow: Flow | None
    registrations: dict[object, Registration]

    def ask(self, registration: Registration, intent: Intent) -> None: ...
    def rebind_all(self) -> None: ...
    def next_probe(self, seconds: float) -> None: ...
    def look_elsewhere(self) -> None:
        """The PBX has not answered for a while."""
        ...


@final
class Probe(Asker):
    """`due` and `queued` are the agenda's; it comes round every `probe_interval`."""

    def __init__(self, line: Probed, endpoint: Endpoint, clock: Clock) -> None:
        self._line = line
        self._endpoint = endpoint
        self._clock = clock
        self.due = self.queued = NEVER
        self.alive = True
        """False while the PBX does not answer anything."""
        self.spoke = False
        """Whether anything came from the target that is asked now."""
        self._misses = 0
        self._waiting = False
        self._cseq = 0
        self._next_check = 0.0
        self._to_ask: list[Registration] = []
        self._witnesses: list[Registration] = []
        self._rebound_at = -NEVER

    # Does it answer?

    def fire(self, now: float) -> None:
        """Send the next OPTIONS, and a query where one is due."""
        self._line.next_probe(self._line.settings.probe_interval)
        if self._waiting:
            self._misses += 1
            if self._misses >= _MISSES:
                self.silent()
                if not self._misses % _MISSES:
                    self._line.look_elsewhere()  # each target gets as many probes
        self._waiting = True
        if self._line.flow is not None:
            self._endpoint.request(self._options(), self._line.flow, self)
        if self.alive and now >= self._next_check:
            self._next_check = now + self._line.settings.check_interval
            self._witnesses.clear()
            self._ask_another()

    def begin(self) -> None:
        """Another target is asked from now on, which is to have as long as the one before."""
        self._waiting = False
        self.spoke = False

    def silent(self) -> None:
        """Nothing comes from the PBX."""
        self.alive = False

    def heard(self) -> None:
        """Anything came from the PBX."""
        self.spoke = True
        self._misses = 0
        self._waiting = False
        if not self.alive:
            self.alive = True
            self._line.rebind_all()

    def answered(self, transaction: ClientTransaction, response: Response) -> None:  # noqa: ARG002 - any answer is one
        self.heard()

    def failed(self, transaction: ClientTransaction, failure: Failure) -> None:
        """Counted by its round already."""

    def _options(self) -> Request:
        settings = self._line.settings
        uri = b"sip:" + settings.domain.encode("ascii")
        self._cseq += 1
        return new_request(
            b"OPTIONS",
            uri,
            sender=b"<%b>;tag=%b" % (uri, self._endpoint.token()),
            to=b"<%b>" % uri,
            call_id=self._endpoint.token() + self._endpoint.token(),
            number=self._cseq,
        )

    # Does it still know?

    def missing(self, registration: Registration) -> None:
        """The PBX lists no binding at all for an account that it had registered."""
        self._witnesses.append(registration)
        if len(self._witnesses) < _WITNESSES and self._ask_another():
            return
        now = self._clock.monotonic()
        witnesses, self._witnesses = self._witnesses, []
        if now - self._rebound_at < _ONCE_IN * self._line.settings.check_interval:
            for witness in witnesses:
                witness.displaced()
        else:
            self._rebound_at = now
            self._line.rebind_all()

    def present(self, registration: Registration) -> None:  # noqa: ARG002 - any account's will do
        """The PBX remembers, so whoever's binding is missing lost it to somebody."""
        witnesses, self._witnesses = self._witnesses, []
        for witness in witnesses:
            witness.displaced()

    def _ask_another(self) -> bool:
        """Query the next account that stands registered and is not busy; False where there is none left."""
        for _ in range(len(self._line.registrations) + 1):
            if not self._to_ask:
                self._to_ask = list(self._line.registrations.values())
            if not self._to_ask:
                return False
            candidate = self._to_ask.pop()
            if _can_witness(candidate) and candidate not in self._witnesses:
                self._line.ask(candidate, Intent.ASK)
                return True
        return False


def _can_witness(registration: Registration) -> bool:
    free = registration.intent is None and registration.leaving is None
    return free and registration.account.state is State.REGISTERED
