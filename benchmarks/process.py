"""Processes from outside: what they use, and those of our own that take orders as lines of JSON."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

__all__ = ["Worker", "cpu_of_group", "memory_of"]

_ROOT = Path(__file__).resolve().parent.parent
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICK = os.sysconf("SC_CLK_TCK")


def cpu_of_group(group: int) -> float:
    """CPU seconds (user and system) that the living processes of a process group have used."""
    return sum(_cpu(pid) for pid in _members(group))


def memory_of(pid: int) -> int:
    """Bytes in memory that belong to this process alone (no mapped files)."""
    _, resident, shared, *_ = Path(f"/proc/{pid}/statm").read_text().split()
    return (int(resident) - int(shared)) * _PAGE


def _members(group: int) -> Iterator[int]:
    for name in os.listdir("/proc"):  # noqa: PTH208 - thousands of Path objects for nothing
        if name.isdigit():
            with contextlib.suppress(OSError):
                if os.getpgid(int(name)) == group:
                    yield int(name)


def _cpu(pid: int) -> float:
    """In nanoseconds by the scheduler where the kernel tells it, else in ticks of 10 ms."""
    with contextlib.suppress(OSError, ValueError):
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICK
    return 0.0


class Worker:
    """`python -m benchmarks.NAME OPTIONS`, which answers each order with one line; ends with the context."""

    def __init__(self, name: str, **options: object) -> None:
        self._arguments = [sys.executable, "-m", f"benchmarks.{name}", json.dumps(options)]
        self._process: asyncio.subprocess.Process | None = None
        self.hello: dict[str, Any] = {}
        """What it said when it was ready."""

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            *self._arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=1 << 24,  # bytes of one answer: the times of ten thousand calls
            cwd=_ROOT,
            env={**os.environ, "PYTHONPATH": f"{_ROOT / 'src'}{os.pathsep}{_ROOT}", "SIPLOG_BEND": "none"},
            start_new_session=True,
        )
        self.hello = await self._line()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError
        return self._process.pid

    @property
    def cpu(self) -> float:
        """CPU seconds so far."""
        return cpu_of_group(self.pid)

    @property
    def memory(self) -> int:
        """Bytes; see `memory_of`."""
        return memory_of(self.pid)

    async def ask(self, do: str, within: float = 180.0, **options: object) -> dict[str, Any]:
        """Give an order and wait for its answer."""
        if self._process is None or self._process.stdin is None:
            raise RuntimeError
        self._process.stdin.write(json.dumps({"do": do, **options}).encode() + b"\n")
        return await asyncio.wait_for(self._line(), within)

    async def _line(self) -> dict[str, Any]:
        if self._process is None or self._process.stdout is None:
            raise RuntimeError
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError(self._arguments[2], await self._process.wait())
        answer: dict[str, Any] = json.loads(line)
        return answer
