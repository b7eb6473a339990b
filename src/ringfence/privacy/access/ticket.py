"""What was begun and is to be finished soon: by a secret that only whoever began it has."""

import base64
import hashlib
import re
from collections.abc import Callable
from typing import Final, Generic, TypeVar, final

from ringfence.clock import Clock
from ringfence.privacy.access.errors import TooManyTries
from ringfence.randomness import Randomness

__all__ = ["Tickets", "digest_of", "new_secret", "parse_token"]

_SECRET: Final = 32  # bytes
_TOKEN: Final = re.compile(r"([a-z2-7]{26})\.([A-Za-z0-9_-]{43})")
_LONGEST: Final = 128  # characters of a secret of ours; what is longer is not even hashed

T = TypeVar("T")


def new_secret(randomness: Randomness) -> str:
    """256 bits in 43 characters of [A-Za-z0-9_-]."""
    return base64.urlsafe_b64encode(randomness.bytes(_SECRET)).rstrip(b"=").decode("ascii")


def digest_of(secret: str) -> bytes:
    """What we keep of such a secret: it has too many bits to be searched, so a plain SHA-256 will do."""
    return hashlib.sha256(secret[:_LONGEST].encode()).digest()


def parse_token(text: str) -> tuple[str, bytes] | None:
    """The row's id and the secret's digest of a token `<id>.<secret>` as we make them; None for anything else.

    Whatever has another shape never reaches a database: PostgreSQL takes no NUL, and answers a stranger with a failure.
    """
    match = _TOKEN.fullmatch(text)
    return (match[1], digest_of(match[2])) if match else None


@final
class Tickets(Generic[T]):
    """Each is used up by `take`, and ends after `seconds`. At most `limit` wait; then new ones are refused.

    Old ones are never pushed out by new ones: a stranger could end what others have begun.
    """

    __slots__ = ("_clock", "_limit", "_randomness", "_seconds", "_waiting")

    def __init__(self, clock: Clock, randomness: Randomness, *, seconds: float, limit: int) -> None:
        self._clock = clock
        self._randomness = randomness
        self._seconds = seconds
        self._limit = limit
        self._waiting: dict[bytes, tuple[float, T]] = {}  # by digest; those that end first stand first

    def __len__(self) -> int:
        self._purge()
        return len(self._waiting)

    def put(self, what: T) -> str:
        """The secret of a new ticket. Raises TooManyTries where all places are taken."""
        now = self._purge()
        if len(self._waiting) >= self._limit:
            raise TooManyTries(next(iter(self._waiting.values()))[0] - now)
        secret = new_secret(self._randomness)
        self._waiting[digest_of(secret)] = (now + self._seconds, what)
        return secret

    def look(self, secret: str) -> T | None:
        """What the ticket is for; None where there is no such ticket (any more)."""
        self._purge()
        found = self._waiting.get(digest_of(secret))
        return None if found is None else found[1]

    def take(self, secret: str) -> T | None:
        """As `look`, and the ticket is used up."""
        self._purge()
        found = self._waiting.pop(digest_of(secret), None)
        return None if found is None else found[1]

    def drop(self, which: Callable[[T], bool]) -> None:
        """End all tickets for which `which` holds."""
        for digest in [digest for digest, (_, what) in self._waiting.items() if which(what)]:
            del self._waiting[digest]

    def _purge(self) -> float:
        now = self._clock.monotonic()
        while self._waiting:
            first = next(iter(self._waiting))
            if self._waiting[first][0] > now:
                break
            del self._waiting[first]
        return now
