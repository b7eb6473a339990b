"""Bounded queues between "this device must wake" and the push service, one for each recipient.

`put` never waits: the caller stands on the call path. Calls go before everything else. A recipient that is slow or away
fills only its own queue; what then comes is shed and counted, since a push that waits longer than the call is no use.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import final

import structlog

from ringfence.identifiers import CallRef, DeviceId
from ringfence.services.wake.box import Caller
from ringfence.services.wake.push import URGENT, PushKind

__all__ = ["Dispatch", "Job"]


@final
class Job:
    """One push that is still to be made."""

    __slots__ = ("by", "call", "call_id", "caller", "cancelled", "deadline", "device", "kind", "missed")

    def __init__(
        self,
        kind: PushKind,
        device: DeviceId,
        *,
        by: float,
        deadline: float,
        call: CallRef | None = None,
        caller: Caller | None = None,
        call_id: str = "",
        missed: bool = False,
    ) -> None:
        self.kind = kind
        self.device = device
        self.by = by  # epoch seconds
        self.deadline = deadline  # monotonic
        self.call = call
        self.caller = caller
        self.call_id = call_id
        self.missed = missed
        self.cancelled = False


_log = structlog.get_logger(__name__)

Handle = Callable[[Job], Awaitable[None]]


@final
class Dispatch:
    """One recipient's queue and its workers."""

    __slots__ = ("_calls", "_handle", "_limit", "_others", "_ready", "_workers", "failed")

    def __init__(self, handle: Handle, *, limit: int, workers: int) -> None:
        self._handle = handle
        self._limit = limit
        self._workers = workers
        self._calls: deque[Job] = deque()
        self._others: deque[Job] = deque()
        self._ready = asyncio.Semaphore(0)
        self.failed = 0

    def __len__(self) -> int:
        return len(self._calls) + len(self._others)

    def put(self, job: Job) -> bool:
        """False if the queue is full. A call finds room as long as there are other jobs to push out."""
        if len(self) >= self._limit:
            if job.kind not in URGENT or not self._others:
                return False
            self._others.popleft().cancelled = True
        queue = self._calls if job.kind in URGENT else self._others
        queue.append(job)
        self._ready.release()
        return True

    def cancel_call(self, device: DeviceId, call: CallRef) -> bool:
        """Takes back a call's push that has not left yet; the phone then need not hear that the call is over."""
        for job in self._calls:
            if job.device == device and job.call == call and not job.cancelled:
                job.cancelled = True
                return True
        return False

    async def run(self) -> None:
        """Works until cancelled."""
        async with asyncio.TaskGroup() as group:
            for number in range(self._workers):
                group.create_task(self._work(), name=f"push-worker-{number}")

    async def drain(self) -> None:
        """Handles what is queued now, in the caller's task: for an orderly end, and for tests."""
        while len(self):
            await self._next()

    async def _work(self) -> None:
        """One push that fails in a way that nobody foresaw must not stop those behind it."""
        while True:
            await self._ready.acquire()
            try:
                if len(self):  # a job that was pushed out has left its permit behind
                    await self._next()
            except Exception as error:  # noqa: BLE001 - the outermost loop
                self.failed += 1
                _log.error("push_failed", error=type(error).__name__)  # its text could hold anything

    async def _next(self) -> None:
        job = (self._calls or self._others).popleft()
        if not job.cancelled:
            await self._handle(job)
