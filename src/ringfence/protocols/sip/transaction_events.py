"""What the transaction layer tells its user: one tuple per thing that happened."""

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.message import Request, Response

if TYPE_CHECKING:
    from ringfence.protocols.sip.transaction_client import ClientTransaction
    from ringfence.protocols.sip.transaction_server import ServerTransaction

__all__ = [
    "Ack",
    "Answer",
    "Cancelled",
    "Event",
    "Lost",
    "NewRequest",
    "StrayResponse",
    "TimedOut",
    "Unacknowledged",
]


class NewRequest(NamedTuple):
    """A request that no transaction knew; its top Via now says where it came from (RFC 3581). Respond to it."""

    transaction: "ServerTransaction"
    request: Request
    flow: Flow


class Ack(NamedTuple):
    """An ACK to a 2xx, which belongs to the user and gets no answer. Its top Via says where it came from."""

    request: Request
    flow: Flow


class Cancelled(NamedTuple):
    """The peer withdrew an INVITE without a final response; the CANCEL itself has got its 200 already."""

    transaction: "ServerTransaction"
    request: Request


class Answer(NamedTuple):
    """A response that is new: each provisional, the final one, and every further 2xx to an INVITE.

    The final one of an INVITE, where it is no 2xx, has been ACKed; a 2xx is the user's to ACK.
    """

    transaction: "ClientTransaction"
    response: Response


class StrayResponse(NamedTuple):
    """A response that no transaction waits for (any more)."""

    response: Response
    flow: Flow


class TimedOut(NamedTuple):
    """No (final) response within 64*T1, or none within 64*T1 after our CANCEL; as good as a 408. It has ended."""

    transaction: "ClientTransaction"


class Unacknowledged(NamedTuple):
    """No ACK came for our final non-2xx response (timer H). It has ended."""

    transaction: "ServerTransaction"


class Lost(NamedTuple):
    """The flow broke under a transaction without a final response.

    A client transaction has ended, as good as a 503. A server transaction waits on: `TransactionLayer.reroute` gives it
    another flow (RFC 3261 section 18.2.2), else its responses go nowhere.
    """

    transaction: "ClientTransaction | ServerTransaction"


Event: TypeAlias = NewRequest | Ack | Cancelled | Answer | StrayResponse | TimedOut | Unacknowledged | Lost
