"""One push as it leaves us, what became of it, and the port that senders implement."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Protocol, final

from ringfence.declarations import Flow
from ringfence.identifiers import ProviderId, RecipientId, SubjectId

__all__ = ["Outcome", "Push", "PushKind", "PushSender"]


class PushKind(StrEnum):
    """Why we push."""

    CALL = "call"  # somebody calls; the only kind that is urgent
    QUIET = "quiet"  # the call that woke the device is over
    ALERT = "alert"  # a request inside a dialog that the device has
    WARN_SILENTLY = "warn_silently"  # the app should show a sign of life, the person need not notice
    WARN_VISIBLY = "warn_visibly"  # the app should tell the person that it will soon stop ringing


class Outcome(Enum):
    """What became of one push. Only `DEAD_TOKEN` changes anything: it ends the push instance, never the person."""

    ACCEPTED = "accepted"  # the push service took it; whether the phone got it shows when the phone comes
    DEAD_TOKEN = "dead_token"  # noqa: S105 - the push service does not know the token any more
    WRONG_SENDER = "wrong_sender"  # the token belongs to another project's key: the operator's mistake
    OUR_FAULT = "our_fault"  # what we sent or who we said we are was refused; another try would be refused too
    LATER = "later"  # the push service was busy or away until the push was of no use any more
    UNKNOWN = "unknown"  # it left, no answer came; not repeated, the phone would ring twice
    BLOCKED = "blocked"  # the egress gate let nothing out
    EXPIRED = "expired"  # too old when its turn came
    SHED = "shed"  # the queue was full


@final
@dataclass(frozen=True, slots=True)
class Push:
    """One message to one device.

    `data` is a flat map of strings, already free of anything readable about people. `ttl` (seconds) is for how long the
    push service may keep it; `deadline` is the monotonic instant from which it is of no use.
    """

    recipient: RecipientId
    provider: ProviderId
    subject: SubjectId
    flow: Flow
    token: str = field(repr=False)
    data: Mapping[str, str] = field(repr=False)
    urgent: bool
    ttl: int
    deadline: float


class PushSender(Protocol):
    """Hands pushes to one push service. Raises nothing that a single push can cause."""

    async def send(self, push: Push) -> Outcome:
        """Returns when the push service answered, or when `push.deadline` passed."""
        ...
