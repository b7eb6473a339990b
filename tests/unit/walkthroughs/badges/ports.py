"""What badges ask of the outside world."""

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Protocol, final

from ringfence.identifiers import ProviderId, SubjectId

__all__ = ["BadgePush", "BadgeSender", "Outcome", "RememberedPushes"]


class Outcome(Enum):
    """What became of a push."""

    SENT = auto()
    GONE = auto()  # the push service knows the watch no longer
    LATER = auto()  # nobody answered, or not in a way that says anything
    BLOCKED = auto()  # the gate let nothing out


@final
@dataclass(frozen=True, slots=True)
class BadgePush:
    """One push: whom it concerns, where it goes, what the watch shows."""

    provider: ProviderId
    subject: SubjectId
    token: str = field(repr=False)
    shown: str


class BadgeSender(Protocol):
    """Hands a push to the watch's push service."""

    async def send(self, push: BadgePush) -> Outcome:
        """Never raises: what goes wrong is an outcome."""
        ...


@final
class RememberedPushes:
    """A `BadgeSender` that sends nothing and remembers everything."""

    def __init__(self, outcome: Outcome = Outcome.SENT) -> None:
        self.outcome = outcome
        self.pushes: list[BadgePush] = []

    async def send(self, push: BadgePush) -> Outcome:
        self.pushes.append(push)
        return self.outcome
