"""One request passed on to one place, statefully (RFC 3261 section 16): in a dialog, or out of a device."""

from collections.abc import Callable
from typing import Protocol, final, runtime_checkable

from ringfence.gateway.asker import Asker, Failure
from ringfence.gateway.endpoint import Endpoint
from ringfence.gateway.timetable import Timetable
from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.message import Message, Request, Response
from ringfence.protocols.sip.proxy import TIMER_C, best_response, prepare_response
from ringfence.protocols.sip.timers import NEVER
from ringfence.protocols.sip.transaction import ClientTransaction, ServerTransaction

__all__ = ["Relay", "Withdrawable"]


@runtime_checkable
class Withdrawable(Protocol):
    """The owner of an INVITE server transaction: whoever the caller's CANCEL is for."""

    def withdraw(self, reason: bytes | None) -> None:
        """The CANCEL has its 200; `reason` is its Reason value."""
        ...


@final
class Relay(Asker):
    """The response context of a request with one branch."""

    __slots__ = ("_cleanse", "_client", "_endpoint", "_server", "_statuses", "_timetable", "due", "on_lost", "queued")

    def __init__(
        self,
        endpoint: Endpoint,
        timetable: Timetable,
        server: ServerTransaction,
        *,
        cleanse: Callable[[Message], None],
        unreachable: int,
    ) -> None:
        """`cleanse` edits each response before it goes back; `unreachable` is what is heard where no answer comes."""
        self._endpoint = endpoint
        self._timetable = timetable
        self._server = server
        self._cleanse = cleanse
        self._statuses = {Failure.TIMED_OUT: unreachable, Failure.FLOW_LOST: unreachable}
        self.on_lost: Callable[[], None] | None = None
        """Takes the matter over where the flow broke before anything was heard."""
        self._client: ClientTransaction | None = None
        self.due = self.queued = NEVER

    def start(self, request: Request, flow: Flow, mark: bytes = b"") -> None:
        """Send; `request` is as it shall leave, but for our Via. `mark` is `proxy.loop_mark`'s."""
        self._server.owner = self
        self._client = self._endpoint.request(request, flow, self, mark=mark)
        if self._server.method == b"INVITE":
            self._restart_timer_c()

    def answered(self, transaction: ClientTransaction, response: Response) -> None:
        self.on_lost = None
        status = response.status
        if status == 100:
            return
        if status >= 200:
            self._timetable.drop(self)
        elif transaction.method == b"INVITE":
            self._restart_timer_c()
        passed = prepare_response(best_response([response]) if status >= 300 else response)
        self._cleanse(passed)
        self._endpoint.respond(self._server, passed)

    def failed(self, transaction: ClientTransaction, failure: Failure) -> None:  # noqa: ARG002 - there is one
        self._timetable.drop(self)
        if failure is Failure.FLOW_LOST and self.on_lost is not None:
            self.on_lost()
        else:
            self._endpoint.reject(self._server, self._statuses[failure])

    def withdraw(self, reason: bytes | None) -> None:
        self._statuses = dict.fromkeys(Failure, 487)
        self.on_lost = None
        if self._client is not None:
            self._endpoint.cancel(self._client, reason)

    def fire(self, now: float) -> None:  # noqa: ARG002 - Timer C, whenever it is
        """It rang for too long: withdraw it; without an answer to that the transaction ends by itself."""
        if self._client is not None:
            self._endpoint.cancel(self._client)

    def _restart_timer_c(self) -> None:
        self._timetable.set(self, self._timetable.now() + TIMER_C)
