"""Kamailio and sippy as peers whose CPU time is measured."""

import asyncio
import importlib.util
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import population
from benchmarks.process import cpu_of_group
from tests.peers.kamailio import Kamailio
from tests.peers.process import Program, free_port

__all__ = ["MeasuredKamailio", "has_kamailio", "has_sippy", "kamailio", "sippy_b2bua"]

_SILENT = re.compile(r"^ *(?:if \([^\n]*\) )?xlog\([^\n]*\);\n", re.MULTILINE)


def has_kamailio() -> bool:
    return shutil.which("kamailio") is not None and shutil.which("kamcmd") is not None


def has_sippy() -> bool:
    return importlib.util.find_spec("sippy") is not None


class MeasuredKamailio:
    """A running Kamailio."""

    def __init__(self, peer: Kamailio) -> None:
        self._peer = peer
        self.port = peer.port

    @property
    def cpu(self) -> float:
        """CPU seconds of all its processes so far."""
        return cpu_of_group(_pid(self._peer.program))


@asynccontextmanager
async def kamailio(accounts: int, *, challenges: bool = True, trunk: int = 0) -> AsyncIterator[MeasuredKamailio]:
    """The tests' PBX with the benchmark's accounts, less its log lines, which would be measured too."""
    with TemporaryDirectory() as folder:
        directory = Path(folder)
        passwords = {population.user_of(number): population.password_of(number) for number in range(accounts)}
        peer = Kamailio(
            directory, passwords, domain=population.DOMAIN, trunk=(trunk,) if trunk else (), challenges=challenges
        )
        configuration = directory / "kamailio.cfg"
        configuration.write_text(_SILENT.sub("", configuration.read_text()))
        _give_room(peer.program.arguments)
        try:
            await peer.start()
        except BaseException as fault:  # pytest's word for it, which ends a process
            raise RuntimeError(peer.program.printed()[-2000:]) from fault
        try:
            yield MeasuredKamailio(peer)
        finally:
            await peer.stop()


def _give_room(arguments: list[str]) -> None:
    """Megabytes, shared and private: a hundred thousand accounts do not fit into what tests need."""
    for option, megabytes in (("-m", "512"), ("-M", "128")):
        arguments[arguments.index(option) + 1] = megabytes


class SippyB2bua:
    """sippy's own `b2bua_simple`: every call to one place, no push, no registrar."""

    def __init__(self, program: Program, port: int) -> None:
        self._program = program
        self.port = port

    @property
    def cpu(self) -> float:
        """CPU seconds so far."""
        return cpu_of_group(_pid(self._program))


@asynccontextmanager
async def sippy_b2bua(phones: int) -> AsyncIterator[SippyB2bua]:
    """Sends every call to port `phones`."""
    port = free_port()
    script = Path(sys.executable).with_name("b2bua_simple")
    with TemporaryDirectory() as folder:
        program = Program(
            [sys.executable, str(script), "-f", "-l", "127.0.0.1", "-p", str(port), "-n", f"127.0.0.1:{phones}"],
            Path(folder) / "sippy.log",
            {"SIPLOG_BEND": "none"},
        )
        await program.start()
        try:
            await _bound(port)
            yield SippyB2bua(program, port)
        finally:
            await program.stop()


async def _bound(port: int) -> None:
    """Wait until somebody holds the UDP port."""
    wanted = f":{port:04X} "
    for _ in range(500):
        if wanted in Path("/proc/net/udp").read_text():  # noqa: ASYNC240 - a pseudo-file
            return
        await asyncio.sleep(0.02)
    raise TimeoutError


def _pid(program: Program) -> int:
    """Which is its process group, too: each program is the first of its session."""
    process = program._process  # noqa: SLF001 - tests never ask for it
    if process is None:
        raise RuntimeError
    return os.getpgid(process.pid)
