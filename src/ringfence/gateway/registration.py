r"""One account's registration at its PBX: what comes next, whatever the PBX says.

            admit                     turn comes                      2xx with ours
    (none) -------> IDLE (queued) ---------------> REGISTERING ------------------------> REGISTERED --.
                      ^                              |  |  |                               |  ^  ^    | refresh due,
                      |            digest refused,   |  |  | anything else,                |  '--'    | queued again
                      |            403, other realm  |  |  | no answer                     |          |
                      |                              v  |  v                               v          |
                      |              UNAUTHORIZED <--'  |  '--> ERROR <--------- (the same answers) <-'
                      |                   |             |         |
                      '---- long pause ---'   2xx without ours    '--- back-off with jitter, Retry-After ---> IDLE
                                                        v
                                                    CONFLICT --- now and then a query; nobody else there ---> IDLE

What it answers inside one exchange: 401 and 407 (once, and again if stale), 423 (once). A REGISTER is never sent while
another of the same account is under way. A test walks the whole table.

What an exchange is for is its `Intent`: BIND, ASK or REMOVE.
"""

from collections.abc import Callable
from typing import final

from ringfence.gateway.asker import Asker, Failure
from ringfence.gateway.register_answer import Bindings, bindings_in, min_expires, retry_after
from ringfence.gateway.registration_line import Intent, Line
from ringfence.identifiers import ProviderId, SubjectId, UpstreamId
from ringfence.protocols.sip.digest import Algorithm, Challenge, answer, choose
from ringfence.protocols.sip.message import Response
from ringfence.protocols.sip.timers import NEVER
from ringfence.protocols.sip.transaction import ClientTransaction
from ringfence.services.reachability import Account, State

__all__ = ["Registration"]

_STALE_MOST = 3  # a PBX whose nonces are stale at once would otherwise keep us busy for ever
_CSEQ_EPOCH = 1_704_067_200  # 2024-01-01: CSeq then stays below 2^31 (RFC 3261 section 8.1.1.5) until 2058
_CSEQ_PER_SECOND = 2  # more than an account uses in the long run, so that a restart always starts above
_REFRESH_FROM, _REFRESH_SPAN = 0.6, 0.25  # of the term: spread out, and time left for several tries


@final
class Registration(Asker):
    """`due` and `queued` are the agenda's."""

    __slots__ = (
        "_brief",
        "_challenge",
        "_cseq",
        "_failures",
        "_line",
        "_nc",
        "_nonce",
        "_rounds",
        "_transaction",
        "account",
        "alone",
        "due",
        "expires_at",
        "intent",
        "leaving",
        "queued",
        "waiting",
    )

    def __init__(self, account: Account, line: Line) -> None:
        self.account = account
        self._line = line
        self.due = self.queued = NEVER
        self.waiting = False
        """In the line's queue."""
        self.intent: Intent | None = None
        """Under way now."""
        self.expires_at = 0.0
        """Until when a binding of ours may stand at the PBX; monotonic."""
        self.alone = False
        """The last 2xx listed our binding and no other."""
        self.leaving: Callable[[], None] | None = None
        """The account departs: called when our binding is gone, or can't be taken away."""
        self._transaction: ClientTransaction | None = None
        self._challenge: Challenge | None = None
        """Shared by accounts whose challenges differ in nothing but the nonce."""
        self._nonce = b""
        self._nc = 0
        self._cseq = 0
        self._rounds = 0
        """Challenges answered in this exchange."""
        self._brief = False
        """A 423 was followed in this exchange."""
        self._failures = 0

    # What the line calls

    @property
    def cost(self) -> float:
        """Requests that the next exchange will probably take."""
        return 2.0 if self._challenge is None else 1.0

    def fire(self, now: float) -> None:  # noqa: ARG002 - the agenda's signature
        self._line.turn(self)

    def start(self, intent: Intent) -> None:
        """Begin; there is none under way."""
        self.intent = intent
        self._rounds = 0
        self._brief = False
        if intent is Intent.BIND and self.account.state is not State.REGISTERED:
            self._enter(State.REGISTERING)
        self._send()

    def assume_bound(self) -> None:
        """A binding from before a restart may stand, as far as anybody knows."""
        self._enter(State.REGISTERED)
        self.expires_at = self._line.now() + self._line.expires

    def leave(self, done: Callable[[], None]) -> None:
        """End our binding where there is one to end and that hits nobody else; then call `done`, once."""
        self.leaving = done
        self._line.after(self, NEVER)
        if self.intent is None:
            self._go_on_leaving()

    def abandon(self) -> None:
        """Send nothing more for this account, not even a copy of what is under way."""
        transaction = self._settle()
        if transaction is not None:
            self._line.abandon(transaction)
        if self.intent is not None:
            self._finish()
        self.leaving = None

    def wipe(self) -> None:
        """Let go of the account: a timer may hold this object for hours yet."""
        self.account = _NOBODY
        self._challenge = None

    def next_intent(self) -> Intent:
        """What its turn is for."""
        if self.leaving is not None:
            return Intent.REMOVE
        return Intent.ASK if self.account.state is State.CONFLICT else Intent.BIND

    # What the transaction tells

    def answered(self, transaction: ClientTransaction, response: Response) -> None:
        if transaction is not self._transaction:
            return
        self._line.heard()
        status = response.status
        if status < 200:
            return
        self._settle()
        if status < 300:
            self._accepted(response)
        else:
            self._declined(status, response)

    def failed(self, transaction: ClientTransaction, failure: Failure) -> None:  # noqa: ARG002 - all are alike here
        if transaction is self._transaction:
            self._settle()
            if self.intent is Intent.BIND:  # it may have arrived, and only its answer was lost
                self.expires_at = self._line.now() + self._line.expires
            self._retry_later(0.0)

    # Answers

    def _accepted(self, response: Response) -> None:
        self._failures = 0
        intent = self._finish()
        bindings = bindings_in(response, self.account.contact_user, self._line.expires)
        if intent is Intent.REMOVE:
            self.expires_at = 0.0
            self._gone()
        elif intent is Intent.BIND:
            self._bound(bindings)
        else:
            self._told(bindings)

    def _bound(self, bindings: Bindings) -> None:
        if not bindings.ours:
            self._displaced()
            return
        self.alone = not bindings.others
        self.expires_at = self._line.now() + bindings.ours
        self._enter(State.REGISTERED)
        self._next_in(bindings.ours * (_REFRESH_FROM + _REFRESH_SPAN * self._line.chance()))

    def _told(self, bindings: Bindings) -> None:
        """The answer to a query."""
        if bindings.ours:
            self.alone = not bindings.others
            self._line.present(self)
            if self.account.state is State.CONFLICT:
                self._bound(bindings)
        elif self.account.state is State.CONFLICT:
            if bindings.others:
                self._next_in(self._line.settings.conflict_check)
            else:
                self._enter(State.IDLE)
                self._line.turn(self)
        elif bindings.others:
            self._displaced()
        else:
            self._line.missing(self)
        self._go_on_leaving()

    def displaced(self) -> None:
        """Others lost nothing, this account did: somebody un-registered our binding."""
        self._displaced()

    def _displaced(self) -> None:
        self.expires_at = 0.0
        self.alone = False
        self._enter(State.CONFLICT)
        self._next_in(self._line.settings.conflict_check)

    def _declined(self, status: int, response: Response) -> None:
        match status:
            case 401 | 407:
                self._challenged(response)
            case 403:
                self._refused()
            case 423:
                self._too_brief(response)
            case _:
                self._failed(response)

    def _challenged(self, response: Response) -> None:
        """401 or 407: answered unless we did already, or the PBX asks for what we do not have."""
        offered = choose(self._line.challenges(response), self._holds)
        refused = self._rounds > 0 and not (offered and offered.stale)
        if refused:
            self._line.refused()
        if offered is None or refused:
            self._challenge = None
            self._refused()
        elif self._rounds >= _STALE_MOST:
            self._failed(response)
        else:
            if self._rounds or self._challenge is not None:
                self._line.charge()  # one more than `cost` said
            self._rounds += 1
            self._challenge = self._line.common(offered)
            self._nonce = offered.nonce
            self._nc = 0
            self._send()

    def _refused(self) -> None:
        """What we know is not enough any more; only the person can change that."""
        self._challenge = None
        self._finish()
        self._enter(State.UNAUTHORIZED)
        self._next_in(self._line.settings.unauthorized_retry * (0.75 + 0.5 * self._line.chance()))

    def _too_brief(self, response: Response) -> None:
        """423: the PBX's shortest term becomes ours, for all its accounts."""
        least = min_expires(response)
        if least is None or self._brief or not self._line.expires < least <= 86_400:
            self._failed(response)
            return
        self._line.expires = least
        self._brief = True
        self._line.charge()
        self._send()

    def _failed(self, response: Response) -> None:
        if response.status in {400, 500}:
            self._cseq += 3600 * _CSEQ_PER_SECOND  # perhaps our clock went back, and the CSeq with it
        self._retry_later(retry_after(response))

    def _retry_later(self, least: float) -> None:
        intent = self._finish()
        if intent is Intent.ASK and self.account.state is not State.CONFLICT:
            self._go_on_leaving()
            return  # a query is a help: what it did not tell changes nothing
        self._failures += 1
        settings = self._line.settings
        longest = min(settings.backoff_most, settings.backoff_first * 2.0 ** min(self._failures - 1, 16))
        if intent is Intent.REMOVE:
            self._gone()
            return
        self._enter(State.ERROR)
        self._next_in(max(min(least, settings.backoff_most), longest * (0.5 + 0.5 * self._line.chance())))

    # Inside

    def _send(self) -> None:
        self._cseq = max(self._cseq + 1, int((self._line.wall() - _CSEQ_EPOCH) * _CSEQ_PER_SECOND))
        tail = self._line.wording.tail(self.account, self._cseq, self._contact(), self._credentials())
        self._transaction = self._line.send(self, tail)
        if self._transaction is None:
            self._retry_later(0.0)

    def _contact(self) -> bytes:
        if self.intent is Intent.ASK:
            return b""
        expires = self._line.expires if self.intent is Intent.BIND else 0
        return self._line.wording.binding(self.account, expires)

    def _credentials(self) -> bytes:
        challenge, account = self._challenge, self.account
        if challenge is None:
            return b""
        self._nc += 1
        return b"Authorization: %b\r\n" % answer(
            challenge,
            ha1=account.ha1,
            user=account.auth_user,
            method=b"REGISTER",
            uri=self._line.wording.uri,
            cnonce=self._line.cnonce(),
            nc=self._nc,
            nonce=self._nonce,
        )

    def _holds(self, challenge: Challenge) -> bool:
        return challenge.realm == self.account.realm and challenge.algorithm is self.account.algorithm

    def _settle(self) -> ClientTransaction | None:
        transaction, self._transaction = self._transaction, None
        if transaction is not None:
            self._line.settle(transaction)
        return transaction

    def _finish(self) -> Intent | None:
        intent, self.intent = self.intent, None
        self._line.ended()
        return intent

    def _next_in(self, seconds: float) -> None:
        """The account's next turn; a departing account takes its leave instead."""
        if self.leaving is None:
            self._line.after(self, seconds)
        else:
            self._go_on_leaving()

    def _go_on_leaving(self) -> None:
        if self.leaving is None or self.intent is not None:
            return
        if self._may_remove():
            self._line.turn(self)
        else:
            self._gone()

    def _may_remove(self) -> bool:
        """Un-register only what is ours: never in a conflict, and with one contact an account only if we hold it."""
        if self.expires_at <= self._line.now() or self.account.state not in (State.REGISTERED, State.ERROR):
            return False
        return self.alone or not self._line.settings.single_contact

    def _gone(self) -> None:
        done, self.leaving = self.leaving, None
        if done is not None:
            done()

    def _enter(self, state: State) -> None:
        if self.account.state is not state:
            self._line.entered(self, state)


_NOBODY = Account(
    subject=SubjectId(""),
    provider=ProviderId(""),
    upstream=UpstreamId(""),
    aor=b"",
    auth_user=b"",
    realm=b"",
    algorithm=Algorithm.MD5,
    ha1=b"",
    call_id=b"",
    contact_user=b"",
)
