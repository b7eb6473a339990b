"""One push as it leaves us, what became of it, and the port that senders implement."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Final, Protocol, final

from ringfence.declarations import Flow
from ringfence.identifiers import ProviderId, RecipientId, SubjectId
from ringfence.services.wake.profile import Profile

__all__ = ["URGENT", "Outcome", "Push", "PushKind", "PushSender"]


class PushKind(StrEnum):
    """Why we push."""

    CALL = "call"  # somebody calls
    TEST = "test"  # its person, or support, asks whether a call would wake it: goes the way of a call
    QUIET = "quiet"  # the call that woke the device is over
    ALERT = "alert"  # a request inside a dialog that the device has
    WARN_SILENTLY = "warn_silently"  # the app should show a sign of life, the person need not notice
    WARN_VISIBLY = "warn_visibly"  # the app should tell the person that it will soon stop ringing


URGENT: Final = frozenset({PushKind.CALL, PushKind.TEST})
"""Kinds that wake a phone at once, by the token and with the priority of calls."""


class Outcome(Enum):
    """What became of one push. Only `DEAD_TOKEN` changes anything: it ends the push instance, never the person."""

    ACCEPTED = "accepted"  # the push service took it; whether the phone got it shows when the phone comes
    DEAD_TOKEN = "dead_token"  # noqa: S105 - the push service does not know the token any more
    DISPUTED = "disputed"  # the push service says that it died, before the app brought it or like everybody's; it stays
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

    `token` is the part of the device's address that carries this `kind` (`address.carrying`), `since` when the app
    brought it (epoch seconds; 0: not known). `data` is a flat map of strings, already free of anything readable about
    people. `call` is the reference by which a later push about the same call replaces this one. `ttl` (seconds) is for
    how long the push service may keep it; `deadline` is the monotonic instant from which it is of no use.
    """

    recipient: RecipientId
    provider: ProviderId
    subject: SubjectId
    flow: Flow
    kind: PushKind
    profile: Profile
    token: str = field(repr=False)
    data: Mapping[str, str] = field(repr=False)
    ttl: int
    deadline: float
    call: str = ""
    since: float = 0.0

    @property
    def urgent(self) -> bool:
        return self.kind in URGENT


class PushSender(Protocol):
    """Hands pushes to one push service. Raises nothing that a single push can cause."""

    async def send(self, push: Push) -> Outcome:
        """Returns when the push service answered, or when `push.deadline` passed."""
        ...
