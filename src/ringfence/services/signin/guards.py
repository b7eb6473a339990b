"""How much may be tried: per name that is tried, per source, and over all."""

import hmac
from collections.abc import Sequence
from typing import Final, final

from ringfence.clock import Clock
from ringfence.privacy.access import FailureCaps, TooManyTries
from ringfence.protocols.source import source_of
from ringfence.randomness import Randomness
from ringfence.services.signin.settings import SignInSettings

__all__ = ["Guards", "Try"]

_UNBOUNDED: Final = 1_000_000_000  # for caps that stand beside one that bounds the whole


@final
class Try:
    """One try that was counted; `forgive` gives it back when it turns out right."""

    __slots__ = ("_marks",)

    def __init__(self, marks: Sequence[tuple[FailureCaps, bytes, float]]) -> None:
        self._marks = marks

    def forgive(self) -> None:
        for caps, key, mark in self._marks:
            caps.forgive(key, mark)


@final
class Guards:
    """Names and sources are held as marks under a key that dies with the process, so that no memory tells who tried."""

    __slots__ = ("_asked", "_clock", "_days", "_key", "_sent", "_sent_days", "_sources", "_words", "_wrong")

    def __init__(self, settings: SignInSettings, clock: Clock, randomness: Randomness) -> None:
        self._clock = clock
        self._key = randomness.bytes(32)
        hour, day = settings.hour, settings.day
        self._asked = FailureCaps(settings.pins_each, settings.pins_all, hour)
        self._days = FailureCaps(settings.pins_day, _UNBOUNDED, day)
        self._sent = FailureCaps(settings.pins_each, settings.pins_all, hour)
        self._sent_days = FailureCaps(settings.pins_day, _UNBOUNDED, day)
        self._sources = FailureCaps(settings.pins_source, _UNBOUNDED, hour)
        self._wrong = FailureCaps(settings.wrong_source, settings.wrong_all, hour)
        self._words = (
            FailureCaps(settings.passwords_account, settings.passwords_all, hour),
            FailureCaps(settings.passwords_source, settings.passwords_all, hour),
        )

    def password(self, account: str, source: str) -> Try:
        """Count a password for an account. Raises TooManyTries, whether or not there is such an account."""
        return self._count([(self._words[0], account), (self._words[1], source_of(source))])

    def ask_pin(self, number: str, source: str) -> None:
        """Count a PIN that is asked for. Raises TooManyTries, whether or not anybody has the number."""
        counted = ((self._asked, number), (self._days, number), (self._sources, source_of(source)))
        self._count(counted)

    def message(self, account: str) -> bool:
        """Whether one more message may go to an account, however its number was spelled; counted if so.

        Not for the asker's ears: who exists would show in it.
        """
        try:
            self._count([(self._sent, account), (self._sent_days, account)])
        except TooManyTries:
            return False
        return True

    def pin(self, source: str) -> Try:
        """Count a PIN that is shown. Raises TooManyTries."""
        return self._count([(self._wrong, source_of(source))])

    def _count(self, what: Sequence[tuple[FailureCaps, str]]) -> Try:
        """All, or none where one of them is full: before the check, or tries at the same time would pass together."""
        now = self._clock.monotonic()
        keyed = [(caps, self._mark(key)) for caps, key in what]
        wait = max(caps.wait(key, now) for caps, key in keyed)
        if wait > 0:
            raise TooManyTries(wait)
        return Try([(caps, key, caps.count(key, now)) for caps, key in keyed])

    def _mark(self, key: str) -> bytes:
        return hmac.digest(self._key, key.encode(), "sha256")
