"""Packages are made in a process of their own, so that the loop which answers calls stays quiet.

    Packages ──build(id)──> Clerk ──starts──> child: the same kernel, opened beside ──> Workshop ──> file
                              ^                                       │
                              └──── one line of JSON for each: rows so far, done, failed ────┘

One child at a time, for one package; it ends with it, and gives its memory back. The order on its command line is a
random id, and what it tells are counts and digests: no personal datum passes between the two.
"""

import asyncio
import gc
import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final, final

from ringfence.errors import RingfenceError
from ringfence.identifiers import RowId
from ringfence.privacy.child import environment as inherited
from ringfence.privacy.packages.build import Progress
from ringfence.privacy.packages.errors import BuildFailed, UnknownPackage
from ringfence.privacy.packages.workshop import Builds, Result

__all__ = ["Clerk", "carry_out"]

_PATIENCE: Final = 3_600.0  # seconds; a package of ten million rows takes minutes
_STEP: Final = 5_000  # rows between two words of progress
_COLLECT: Final = 200_000  # objects between two collections: rows come and go, and hold no cycles


@final
class Clerk:
    """Implements `Builds` by a child; `command` starts one that calls `carry_out`, the package's id comes after it.

    Without an `environment` the child has this process's own, with its import path as it is now.
    """

    def __init__(
        self, command: Sequence[str], *, environment: Mapping[str, str] | None = None, patience: float = _PATIENCE
    ) -> None:
        self._command = tuple(command)
        self._environment = dict(inherited() if environment is None else environment)
        self._patience = patience
        self._turn = asyncio.Lock()
        self.pid: int | None = None
        """Of the child that is at work."""

    async def build(self, package: RowId, progress: Progress) -> Result:
        """As the port says. Cancelled, it ends the child."""
        async with self._turn:
            child = await asyncio.create_subprocess_exec(
                *self._command,
                package,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                env=self._environment,
            )
            self.pid = child.pid
            try:
                async with asyncio.timeout(self._patience):
                    return await _heard(child, progress)
            except TimeoutError:
                raise BuildFailed(problem="too_slow") from None
            finally:
                self.pid = None
                with suppress(ProcessLookupError):
                    child.kill()
                await child.wait()


async def _heard(child: asyncio.subprocess.Process, progress: Progress) -> Result:
    assert child.stdout is not None  # noqa: S101 - a pipe was asked for
    async for line in child.stdout:
        with suppress(ValueError):
            told = json.loads(line)
            match told:
                case {"rows": int(rows), "size": int(size), "digest": str(digest)}:
                    return Result(rows, size, digest)
                case {"so_far": int(rows)}:
                    progress(rows)
                case {"failed": UnknownPackage.code}:
                    raise UnknownPackage
                case {"failed": str(code)}:
                    raise BuildFailed(problem=code)
    raise BuildFailed(problem="ended")


async def carry_out(workshop: Builds, package: RowId) -> int:
    """The child's part: build, tell by lines on the standard output, and return the exit code."""
    gc.set_threshold(_COLLECT)
    told = 0

    def progress(rows: int) -> None:
        nonlocal told
        if rows - told >= _STEP:
            told = rows
            _tell({"so_far": rows})

    try:
        result = await workshop.build(package, progress)
    except RingfenceError as fault:
        _tell({"failed": fault.code})
        return 1
    except OSError as fault:
        _tell({"failed": os.strerror(fault.errno) if fault.errno else type(fault).__name__})
        return 1
    _tell({"rows": result.rows, "size": result.size, "digest": result.digest})
    return 0


def _tell(what: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()
