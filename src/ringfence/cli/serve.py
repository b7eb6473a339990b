"""`ringfence serve`: the real thing."""

import asyncio
import signal
from pathlib import Path

import structlog

from ringfence.app import serving
from ringfence.cli.running import Config, allow_connections, configure_logs, forbid_core_files, run
from ringfence.clock import SystemClock
from ringfence.randomness import SystemRandomness

__all__ = ["serve"]

_log = structlog.get_logger("ringfence.serve")


def serve(config: Config) -> None:
    """Serve until SIGTERM or SIGINT: everybody who waits is answered, what is pending is written.

    Ends with 0 after a signal, with 2 where the installation can't start; the message says what to change.

    Example: ringfence serve --config /etc/ringfence/ringfence.toml
    """
    configure_logs()
    forbid_core_files()
    allow_connections()
    run(_serve(Path(config)))


async def _serve(config: Path) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with serving(config, SystemClock(), SystemRandomness()) as server:
        _log.info(
            "serving",
            http=server.settings.http.listen,
            devices=server.settings.devices.listen,
            pbx_side=server.settings.pbx_side.listen,
            accounts=len(server.accounts),
            replayed=server.kernel.checked.replayed,
        )
        await stop.wait()
        _log.info("stopping", held=len(server.signalling.calls))
