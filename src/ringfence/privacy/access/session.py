"""Who is signed in: in memory, bounded, and ended in time."""

from dataclasses import dataclass
from enum import StrEnum
from typing import final

from ringfence.clock import HOUR, Clock
from ringfence.identifiers import ProviderId, SubjectId
from ringfence.privacy.access.ticket import digest_of, new_secret
from ringfence.randomness import Randomness

__all__ = ["Means", "Session", "SessionSettings", "Sessions"]


class Means(StrEnum):
    """By what somebody proved who they are; the values are facts in the ledger."""

    PASSWORD = "password"  # noqa: S105 - the name of one
    PIN = "pin"
    PASSKEY = "passkey"
    CODE = "code"
    RECOVERY = "recovery"


@final
@dataclass(frozen=True, slots=True)
class SessionSettings:
    """How long and how many.

    idle: seconds without a request after which a session ends; half an hour is enough to read a long answer.
    absolute: seconds after which it ends in any case; a working day.
    each: sessions that one person may have; a phone, a tablet, a computer, twice. One more ends the oldest.
    limit: sessions altogether, some hundred bytes each; one more ends that which was silent longest.
    """

    idle: float = HOUR / 2
    absolute: float = 8 * HOUR
    each: int = 6
    limit: int = 20_000


@final
@dataclass(frozen=True, slots=True)
class Session:
    """One person, signed in. `since` is in epoch seconds.

    `subject` is one person in one enrolment: it leads to nothing that was kept of somebody else under the same number.
    """

    provider: ProviderId
    subject: SubjectId
    by: Means
    since: float


@final
class Sessions:
    """By the random id that the cookie holds; the id itself is not kept here, only its digest."""

    __slots__ = ("_by_id", "_by_subject", "_clock", "_randomness", "_settings")

    def __init__(self, clock: Clock, randomness: Randomness, settings: SessionSettings | None = None) -> None:
        self._clock = clock
        self._randomness = randomness
        self._settings = settings or SessionSettings()
        self._by_id: dict[bytes, _Open] = {}  # silent longest first
        self._by_subject: dict[SubjectId, list[bytes]] = {}  # oldest first

    def __len__(self) -> int:
        self.sweep()
        return len(self._by_id)

    def open(self, provider: ProviderId, subject: SubjectId, by: Means) -> str:
        """The id of a new session; always a fresh one, so that no id from before the sign-in counts after it."""
        self.sweep()
        own = self._by_subject.get(subject, [])
        if len(own) >= self._settings.each:
            self._drop(own[0])
        if len(self._by_id) >= self._settings.limit:
            self._drop(next(iter(self._by_id)))
        secret, now = new_secret(self._randomness), self._clock.monotonic()
        digest = digest_of(secret)
        session = Session(provider, subject, by, self._clock.time())
        self._by_id[digest] = _Open(session, now + self._settings.absolute, now + self._settings.idle)
        self._by_subject.setdefault(subject, []).append(digest)
        return secret

    def get(self, id: str) -> Session | None:  # noqa: A002 - what it is
        """The session, which lasts longer by that; None where it has ended."""
        self.sweep()
        digest = digest_of(id)
        found = self._by_id.pop(digest, None)
        if found is None:
            return None
        now = self._clock.monotonic()
        self._by_id[digest] = found  # now the one that was silent shortest
        if found.until <= now:
            self._drop(digest)
            return None
        found.idle_until = now + self._settings.idle
        return found.session

    def end(self, id: str) -> None:  # noqa: A002 - what it is
        """Sign out; nothing happens where it has ended."""
        self._drop(digest_of(id))

    def end_all(self, subject: SubjectId) -> int:
        """End every session of the person, at once; tells how many."""
        ended = list(self._by_subject.get(subject, ()))
        for digest in ended:
            self._drop(digest)
        return len(ended)

    def end_others(self, id: str) -> int:  # noqa: A002 - what it is
        """End every other session of who has this one, as after a change of password; tells how many."""
        digest = digest_of(id)
        found = self._by_id.get(digest)
        if found is None:
            return 0
        others = [each for each in self._by_subject[found.session.subject] if each != digest]
        for each in others:
            self._drop(each)
        return len(others)

    async def depart(self, subject: SubjectId) -> None:
        """Port `Departure` of `privacy.rights`: who is erased is signed in nowhere."""
        self.end_all(subject)

    def sweep(self) -> None:
        """Forget the sessions that were silent too long; those that are too old go when they are asked for."""
        now = self._clock.monotonic()
        while self._by_id:
            first = next(iter(self._by_id))
            if self._by_id[first].idle_until > now:
                return
            self._drop(first)

    def _drop(self, digest: bytes) -> None:
        ended = self._by_id.pop(digest, None)
        if ended is None:
            return
        own = self._by_subject[ended.session.subject]
        own.remove(digest)
        if not own:
            del self._by_subject[ended.session.subject]


@final
@dataclass(slots=True)
class _Open:
    """Both ends in monotonic seconds."""

    session: Session
    until: float
    idle_until: float
