"""A third-party program: started, watched by what it prints, and ended."""

import asyncio
import os
import shutil
import signal
import socket
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

import pytest

__all__ = ["Program", "free_port", "free_port_of_both", "needs", "until"]


def needs(*programs: str) -> pytest.MarkDecorator:
    """Skip, with the reason, where one of the programs is not installed."""
    absent = [program for program in programs if shutil.which(program) is None]
    return pytest.mark.skipif(bool(absent), reason=f"not installed here: {', '.join(absent)}")


def free_port(kind: socket.SocketKind = socket.SOCK_DGRAM) -> int:
    """A loopback port that nobody holds at this moment."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_port_of_both() -> int:
    """A loopback port that is free for UDP and TCP alike."""
    while True:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as stream,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram,
        ):
            stream.bind(("127.0.0.1", 0))
            port = int(stream.getsockname()[1])
            try:
                datagram.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


async def until(holds: Callable[[], object], within: float = 10.0, what: str = "", *, every: float = 0.02) -> None:
    """Wait for the outside world: look each `every` seconds (more where looking costs), and fail after `within`."""
    loop = asyncio.get_running_loop()
    end = loop.time() + within
    while not holds():
        if loop.time() > end:
            pytest.fail(f"not within {within} s: {what or getattr(holds, '__name__', 'it')}")
        await asyncio.sleep(every)


class Program:
    """One running program whose output goes to a file; ends with the test, killed where it doesn't end by itself."""

    def __init__(self, arguments: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> None:
        self.arguments = [str(each) for each in arguments]
        self.log = log
        self._environment = {**os.environ, **(environment or {})}
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> Self:
        with self.log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                *self.arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=output,
                stderr=output,
                env=self._environment,
                start_new_session=True,
            )
        return self

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def returncode(self) -> int | None:
        return self._process.returncode if self._process else None

    def printed(self) -> str:
        """All it has printed so far, over all its starts."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def tell(self, line: str) -> None:
        """Write one line to its standard input."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")

    async def wait(self, within: float = 30.0) -> int:
        """Its exit code, once it ends by itself."""
        assert self._process is not None
        return await asyncio.wait_for(self._process.wait(), within)

    def kill(self) -> None:
        """End it and its children at once, as the system does with a phone's app."""
        self._signal(signal.SIGKILL)

    async def stop(self, within: float = 5.0) -> None:
        """Ask it to end; make it end."""
        if not self.running:
            return
        self._signal(signal.SIGTERM)
        try:
            await self.wait(within)
        except TimeoutError:
            self.kill()
            await self.wait(within)

    def _signal(self, number: signal.Signals) -> None:
        if self.running and self._process is not None:
            os.killpg(self._process.pid, number)
