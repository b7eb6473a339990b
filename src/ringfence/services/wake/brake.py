"""When a push service is not believed: it calls nearly every token dead, and it is the service that is broken.

A dead token ends a push instance, and its phone then rings no more until the app is opened. A service that answers 410
to everybody would so silence a whole provider within one busy hour. Tokens do die, one here and one there, among many
that live; beyond that nothing ends until the service takes pushes again.
"""

from typing import Final, final

from ringfence.clock import Clock
from ringfence.services.wake.push import Outcome

__all__ = ["Brake"]

_FEW: Final = 20  # that may die in a window whatever else happens there: a small provider's phones, changed at once
_WINDOW: Final = 600.0  # seconds; long enough for a quiet night to show a living token beside the dead ones


@final
class Brake:
    """What one push service has said lately."""

    __slots__ = ("_clock", "_dead", "_since", "_taken", "on")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since = clock.monotonic()
        self._dead = 0
        self._taken = 0
        self.on = False

    def heard(self, outcome: Outcome) -> Outcome:
        """The outcome as it is to be believed: a death of too many is disputed."""
        now = self._clock.monotonic()
        if now - self._since >= _WINDOW:
            self._since, self._dead, self._taken = now, 0, 0
        if outcome is Outcome.ACCEPTED:
            self._taken += 1
            self.on = self.on and self._dead > self._taken
        elif outcome is Outcome.DEAD_TOKEN:
            self._dead += 1
            self.on = self.on or (self._dead > _FEW and self._dead > self._taken)
            return Outcome.DISPUTED if self.on else outcome
        return outcome
