"""What all commands share: a loop to run in, logs that name no people, and faults said as what to do."""

import asyncio
import logging
import resource
import sys
from collections.abc import Coroutine
from enum import StrEnum
from typing import Annotated, Any, Final, TypeVar

import structlog
import typer
import uvloop

from ringfence.errors import RingfenceError

__all__ = ["NOT_ASKED", "NOT_HELD", "Config", "Form", "allow_connections", "configure_logs", "forbid_core_files", "run"]

NOT_HELD: Final = 1
NOT_ASKED: Final = 2

T = TypeVar("T")

Config = Annotated[
    str, typer.Option("--config", metavar="FILE", help="The installation's TOML file; see docs/settings.md.")
]


class Form(StrEnum):
    """How to print: for people, or for machines."""

    TEXT = "text"
    JSON = "json"


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end on uvloop; a fault of the operator ends the command with its code and facts."""
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(work)
    except RingfenceError as fault:
        typer.echo(f"ringfence: {fault}", err=True)
        raise typer.Exit(NOT_ASKED) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def allow_connections() -> int:
    """Take as many open files as the system grants this process; the usual 1,024 would be that many phones."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def forbid_core_files() -> None:
    """A crash must not write opened credentials and tokens to a file that no erasure knows of."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def configure_logs(*, verbose: bool = False) -> None:
    """One JSON line an event on standard error: what happened, never to whom."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if verbose else logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
