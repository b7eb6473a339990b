"""PINs under way: six digits, ten minutes, five tries; in memory, as MACs.

Whoever asks gets a ticket and has to bring it back with the PIN: so nobody can use up the tries of a PIN that somebody
else has asked for, and a guess counts only against PINs that the guesser has asked for.
"""

import hmac
from dataclasses import dataclass, field
from typing import Final, final

from ringfence.clock import Clock
from ringfence.identifiers import ProviderId, SubjectId
from ringfence.privacy.access import Tickets
from ringfence.randomness import Randomness

__all__ = ["Pins", "Waiting", "draw"]

_DIGITS: Final = 6
_LONGEST: Final = 32  # characters of what somebody may type as a PIN


def draw(randomness: Randomness) -> str:
    """Six digits; 64 random bits make each as likely as any other."""
    return f"{int.from_bytes(randomness.bytes(8)) % 10**_DIGITS:0{_DIGITS}}"


@final
@dataclass(slots=True)
class Waiting:
    """A PIN that was asked for. `subject` is None where nobody has the number: that PIN was sent to nobody."""

    provider: ProviderId
    number: str = field(repr=False)
    subject: SubjectId | None
    mac: bytes = field(repr=False)
    left: int


@final
class Pins:
    """Each PIN is good once."""

    def __init__(self, clock: Clock, randomness: Randomness, *, seconds: float, tries: int, limit: int) -> None:
        self._randomness = randomness
        self._tries = tries
        self._key = randomness.bytes(32)  # dies with the process, as the PINs do
        self._tickets: Tickets[Waiting] = Tickets(clock, randomness, seconds=seconds, limit=limit)
        self._nobody = Waiting(ProviderId(""), "", None, self._mac(draw(randomness)), 0)

    def __len__(self) -> int:
        return len(self._tickets)

    def begin(self, provider: ProviderId, number: str, subject: SubjectId | None) -> tuple[str, str]:
        """Ticket and PIN. Raises TooManyTries where too many are under way."""
        pin = draw(self._randomness)
        ticket = self._tickets.put(Waiting(provider, number, subject, self._mac(pin), self._tries))
        return ticket, pin

    def check(self, ticket: str, pin: str) -> Waiting | None:
        """What the PIN was asked for, if it is right, in time and for somebody; the same work if not."""
        waiting = self._tickets.look(ticket)
        right = hmac.compare_digest((waiting or self._nobody).mac, self._mac(pin.strip()[:_LONGEST]))
        if waiting is None:
            return None
        waiting.left -= 1
        if right or waiting.left <= 0:
            self._tickets.take(ticket)
        return waiting if right and waiting.subject is not None else None

    def forget(self, subject: SubjectId) -> None:
        """Drop what waits for a person who goes."""
        self._tickets.drop(lambda waiting: waiting.subject == subject)

    def _mac(self, pin: str) -> bytes:
        return hmac.digest(self._key, pin.encode(), "sha256")
