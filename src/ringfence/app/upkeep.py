"""What has to happen now and then, and what runs for ever: one failure stops neither the rest nor itself.

What is due is computed from data, so a chore that came late or was killed does at its next turn what it left undone.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, final

import structlog

from ringfence.errors import RingfenceError

__all__ = ["Upkeep"]

_log = structlog.get_logger("ringfence.app.upkeep")

_RESTART: Final = 5.0  # seconds before something that should run for ever and ended is started again

Work = Callable[[], Awaitable[object]]


@final
class Upkeep:
    """`failures` counts by name, for the metrics page; the log names the kind of error and never its text."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []
        self.failures: Counter[str] = Counter()

    def every(self, seconds: float, name: str, work: Work) -> None:
        """Do `work` every `seconds`, for the first time after that long."""
        self._tasks.append(asyncio.create_task(self._repeat(seconds, name, work), name=name))

    def always(self, name: str, work: Work) -> None:
        """Keep `work` running."""
        self._tasks.append(asyncio.create_task(self._keep(name, work), name=name))

    async def stop(self) -> None:
        """Cancel everything and wait until it has ended."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        self._tasks.clear()

    async def _repeat(self, seconds: float, name: str, work: Work) -> None:
        while True:
            await asyncio.sleep(seconds)
            await self._once(name, work)

    async def _keep(self, name: str, work: Work) -> None:
        while True:
            await self._once(name, work)
            await asyncio.sleep(_RESTART)

    async def _once(self, name: str, work: Work) -> None:
        try:
            await work()
        except Exception as fault:  # noqa: BLE001 - the outermost loop: one chore's defect must not stop the others
            self.failures[name] += 1
            code = fault.code if isinstance(fault, RingfenceError) else type(fault).__name__
            _log.error("upkeep failed", work=name, error=code)
