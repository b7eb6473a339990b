"""The Idempotency-Key header: a POST that is sent again gets the first answer again.

The answers are kept in memory, some minutes, and never on disk: the answer of an enrolment holds the device's secrets,
which exist nowhere else in the clear. A restart therefore forgets them; sending an enrolment again then enrols the same
device anew (it is known by its public key), which leaves the same state with new secrets.
"""

import hashlib
from typing import Final, final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ringfence.clock import Clock
from ringfence.web.problem import language_of, problem

__all__ = ["Idempotent"]

_LONGEST_KEY: Final = 255


@final
class _Answer:
    __slots__ = ("ends", "fingerprint", "messages")

    def __init__(self, fingerprint: bytes, ends: float) -> None:
        self.fingerprint = fingerprint
        self.ends = ends
        self.messages: list[Message] | None = None  # None while the first request is being answered


@final
class Idempotent:
    """Stands behind `Bounded`, which leaves the body in the scope."""

    def __init__(self, app: ASGIApp, clock: Clock, *, seconds: float, most: int) -> None:
        self._app = app
        self._clock = clock
        self._seconds = seconds
        self._most = most
        self._answers: dict[bytes, _Answer] = {}

    def __len__(self) -> int:
        """Answers that are kept."""
        return len(self._answers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._purge()  # at every request, or secrets would stay until somebody else sends a key
        key = Headers(scope=scope).get("idempotency-key") if _is_post(scope) else None
        if key is None:
            await self._app(scope, receive, send)
            return
        name, fingerprint = _name(scope, key), _fingerprint(scope)
        known = self._answers.get(name)
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
        answer = self._answers[name] = _Answer(fingerprint, self._clock.monotonic() + self._seconds)
        messages: list[Message] = []

        async def recorded(message: Message) -> None:
            messages.append(message)
            await send(message)

        try:
            await self._app(scope, receive, recorded)
        finally:
            status = messages[0].get("status", 500) if messages else 500
            if status >= 500 or status == 429:
                self._answers.pop(name, None)  # nothing was settled: the next one may try
            else:
                answer.messages = messages

    def _purge(self) -> None:
        """Drops what is over, and the oldest if there are too many; they are in the order of their making."""
        now = self._clock.monotonic()
        while self._answers:
            oldest = next(iter(self._answers))
            if self._answers[oldest].ends > now and len(self._answers) < self._most:
                return
            del self._answers[oldest]


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
