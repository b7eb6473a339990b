"""How a push is tried, whatever service it goes to: until something final is known, and never after its deadline.

No push service has an idempotency key, so a push is repeated only if it certainly was not processed: no connection came
about, or the service said so. After a lost answer it is left alone (pitfall 26: phones that ring twice).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from typing import Final, Protocol, final

from ringfence.clock import Clock
from ringfence.declarations import Flow
from ringfence.privacy.egress import AnswerTooLarge, Concerned, EgressResponse, TransferBlocked, Unreachable
from ringfence.randomness import Randomness
from ringfence.services.wake import Outcome, Push

__all__ = ["Attempt", "Client", "Deliverer", "Patience", "Sleep", "Verdict", "retry_after"]

Sleep = Callable[[float], Awaitable[None]]


class Client(Protocol):
    """The part of `EgressClient` that senders use."""

    async def post(
        self,
        flow: Flow,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        concerned: Concerned | None = None,
    ) -> EgressResponse:
        """Raises TransferBlocked, Unreachable or AnswerTooLarge."""
        ...


class Verdict(Enum):
    """One answer, understood."""

    ACCEPTED = auto()
    DEAD_TOKEN = auto()
    DISPUTED = auto()
    WRONG_SENDER = auto()
    OUR_FAULT = auto()
    STALE_ACCESS = auto()  # who we said we are has run out; another try with a fresh proof
    BUSY = auto()  # certainly not processed
    UNCLEAR = auto()  # perhaps processed


_FINAL: Final = {
    Verdict.ACCEPTED: Outcome.ACCEPTED,
    Verdict.DEAD_TOKEN: Outcome.DEAD_TOKEN,
    Verdict.DISPUTED: Outcome.DISPUTED,
    Verdict.WRONG_SENDER: Outcome.WRONG_SENDER,
    Verdict.OUR_FAULT: Outcome.OUR_FAULT,
    Verdict.UNCLEAR: Outcome.UNKNOWN,
}


@final
@dataclass(frozen=True, slots=True)
class Attempt:
    """What one try came to, and the seconds that the service asks us to wait."""

    verdict: Verdict
    wait: float | None = None


@final
@dataclass(frozen=True, slots=True)
class Patience:
    """Between tries.

    first: seconds before the second try when a service says busy without saying for how long; it doubles.
    longest: seconds; a caller hears ringing for about a minute, so longer waits are no use.
    """

    first: float = 0.5
    longest: float = 20.0


@final
class Deliverer:
    """Tries pushes of one sender. Safe to use from many tasks at once."""

    __slots__ = ("_clock", "_patience", "_randomness", "_sleep")

    def __init__(
        self, clock: Clock, randomness: Randomness, *, patience: Patience | None = None, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._clock = clock
        self._randomness = randomness
        self._patience = patience or Patience()
        self._sleep = sleep

    async def deliver(self, push: Push, attempt: Callable[[float], Awaitable[Attempt]]) -> Outcome:
        """`attempt` is given the seconds that are left, and raises only what the egress client does."""
        try:
            async with asyncio.timeout(max(0.0, push.deadline - self._clock.monotonic())):
                return await self._until_known(push, attempt)
        except TimeoutError:
            return Outcome.UNKNOWN
        except TransferBlocked:
            return Outcome.BLOCKED
        except AnswerTooLarge:
            return Outcome.OUR_FAULT

    async def _until_known(self, push: Push, attempt: Callable[[float], Awaitable[Attempt]]) -> Outcome:
        renewed = False
        wait = self._patience.first
        while (left := push.deadline - self._clock.monotonic()) > 0:
            tried = await _outcome_of(attempt(left))
            if tried.verdict is Verdict.STALE_ACCESS:
                if renewed:  # a fresh proof was refused as well: we lack the right to send
                    return Outcome.OUR_FAULT
                renewed = True
                continue
            if tried.verdict is not Verdict.BUSY:
                return _FINAL[tried.verdict]
            pause = max(tried.wait or 0.0, wait * self._jitter())
            if pause >= push.deadline - self._clock.monotonic():
                return Outcome.LATER
            await self._sleep(pause)
            wait = min(wait * 2, self._patience.longest)
        return Outcome.LATER

    def _jitter(self) -> float:
        """0.5 to 1.5, so that the pushes that were told to wait do not come back all at once."""
        return 0.5 + self._randomness.bytes(1)[0] / 255


async def _outcome_of(trying: Awaitable[Attempt]) -> Attempt:
    try:
        return await trying
    except Unreachable as error:
        return Attempt(Verdict.UNCLEAR if error.sent else Verdict.BUSY)


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds to wait as the answer asks (RFC 9110 section 10.2.3: seconds or a date); None if it does not ask.

    `now` is wall time, for the date form. Header names are lower case.
    """
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except (ValueError, OverflowError):
        return None
