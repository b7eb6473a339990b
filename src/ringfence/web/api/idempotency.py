"""The Idempotency-Key header: a POST that is sent again gets the first answer again.

The answers are kept in memory, some minutes, and never on disk: the answer of an enrolment holds the device's secrets,
which exist nowhere else in the clear. A restart therefore forgets them; sending an enrolment again then enrols the same
device anew (it is known by its public key), which leaves the same state with new secrets. They go as well when their
person is restricted or erased: a repeat is then a request like any other, and meets what has become of its person.
"""

import hashlib
from collections.abc import Collection
from typing import Final, final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ringfence.clock import Clock
from ringfence.identifiers import SubjectId
from ringfence.web.problem import language_of, problem

__all__ = ["Idempotent", "Repeats", "concerns"]

_LONGEST_KEY: Final = 255
_SUBJECT: Final = "ringfence.subject"


def concerns(scope: Scope, subject: SubjectId) -> None:
    """Say whose the answer to this request is, as soon as it is known."""
    scope[_SUBJECT] = subject


@final
class _Answer:
    __slots__ = ("ends", "fingerprint", "messages", "subject")

    def __init__(self, fingerprint: bytes, ends: float) -> None:
        self.fingerprint = fingerprint
        self.ends = ends
        self.subject: SubjectId | None = None
        self.messages: list[Message] | None = None  # None while the first request is being answered


@final
class Repeats:
    """The answers. Also a port `Observes` of restrictions, and a port `Departure` of erasures."""

    def __init__(self, clock: Clock, *, seconds: float, most: int) -> None:
        self._clock = clock
        self._seconds = seconds
        self._most = most
        self._answers: dict[bytes, _Answer] = {}
        self._forgettings = 0

    def __len__(self) -> int:
        """Answers that are kept."""
        return len(self._answers)

    @property
    def forgettings(self) -> int:
        """Grows with each; an answer that was under way meanwhile is not kept, since whose it is was not known yet."""
        return self._forgettings

    async def restricted(self, subject: SubjectId, tables: Collection[str]) -> None:  # noqa: ARG002 - the port's
        """Whatever the tables are: an answer may repeat a value of any."""
        self._forget(subject)

    async def lifted(self, subject: SubjectId, tables: Collection[str]) -> None:
        """There is nothing to load again."""

    async def depart(self, subject: SubjectId) -> None:
        """The person goes, and with them what they were answered."""
        self._forget(subject)

    def get(self, name: bytes) -> _Answer | None:
        return self._answers.get(name)

    def begin(self, name: bytes, fingerprint: bytes) -> _Answer:
        """Somebody is being answered."""
        answer = self._answers[name] = _Answer(fingerprint, self._clock.monotonic() + self._seconds)
        return answer

    def drop(self, name: bytes) -> None:
        self._answers.pop(name, None)

    def purge(self) -> None:
        """Drops what is over, and the oldest if there are too many; they are in the order of their making."""
        now = self._clock.monotonic()
        while self._answers:
            oldest = next(iter(self._answers))
            if self._answers[oldest].ends > now and len(self._answers) < self._most:
                return
            del self._answers[oldest]

    def _forget(self, subject: SubjectId) -> None:
        """What is theirs, and what may be theirs since nobody has said whose it is."""
        self._forgettings += 1
        kept = self._answers.items()
        gone = [name for name, each in kept if each.messages is not None and each.subject in {subject, None}]
        for name in gone:
            del self._answers[name]


@final
class Idempotent:
    """Stands behind `Bounded`, which leaves the body in the scope."""

    def __init__(self, app: ASGIApp, repeats: Repeats) -> None:
        self._app = app
        self._repeats = repeats

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._repeats.purge()  # at every request, or secrets would stay until somebody else sends a key
        key = Headers(scope=scope).get("idempotency-key") if _is_post(scope) else None
        if key is None:
            await self._app(scope, receive, send)
            return
        name, fingerprint = _name(scope, key), _fingerprint(scope)
        known = self._repeats.get(name)
        if known is None and len(key) <= _LONGEST_KEY:
            await self._first(name, fingerprint, scope, receive, send)
        elif known is None or known.fingerprint != fingerprint:
            await _refuse(422, "idempotency_key_reused", scope, receive, send)
        elif known.messages is None:
            await _refuse(409, "idempotency_in_progress", scope, receive, send)
        else:
            for message in known.messages:
                await send(message)

    async def _first(self, name: bytes, fingerprint: bytes, scope: Scope, receive: Receive, send: Send) -> None:
        answer, forgettings = self._repeats.begin(name, fingerprint), self._repeats.forgettings
        messages: list[Message] = []

        async def recorded(message: Message) -> None:
            messages.append(message)
            await send(message)

        try:
            await self._app(scope, receive, recorded)
        finally:
            status = messages[0].get("status", 500) if messages else 500
            if status >= 500 or status == 429 or forgettings != self._repeats.forgettings:
                self._repeats.drop(name)  # nothing was settled, or somebody's answers had to go: the next one may try
            else:
                answer.subject = scope.get(_SUBJECT)
                answer.messages = messages


def _is_post(scope: Scope) -> bool:
    return (scope["type"], scope.get("method")) == ("http", "POST")


def _name(scope: Scope, key: str) -> bytes:
    """One client's keys are not another's."""
    who = Headers(scope=scope).get("authorization", "")
    return hashlib.sha256(f"{who}\0{key}".encode()).digest()


def _fingerprint(scope: Scope) -> bytes:
    """A dry run is another request than the run that follows it, so what stands after the path counts."""
    address = scope["path"].encode("utf-8", "replace") + b"?" + scope.get("query_string", b"")
    return hashlib.sha256(address + b"\0" + scope.get("ringfence.body", b"")).digest()


async def _refuse(status: int, code: str, scope: Scope, receive: Receive, send: Send) -> None:
    language = language_of(Headers(scope=scope).get("accept-language", ""))
    await problem(status, code, language=language)(scope, receive, send)
