"""`ringfence make-package`: what the server starts as a child process, so that a long copy disturbs no call."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from ringfence.app import opened
from ringfence.app.rights import holdings_of, workshop_of
from ringfence.cli.running import Config, configure_logs, forbid_core_files, run
from ringfence.clock import SystemClock
from ringfence.identifiers import RowId
from ringfence.privacy.packages import carry_out
from ringfence.randomness import SystemRandomness
from ringfence.settings import load

__all__ = ["make_package"]


def make_package(
    config: Config,
    package: Annotated[str, typer.Argument(help="The id of a package that was asked for.")],
) -> None:
    """Make one package that was asked for, beside the server that asked; it says how far it is, line by line.

    Example: ringfence make-package --config ringfence.toml PACKAGE
    """
    configure_logs()
    forbid_core_files()
    sys.exit(run(_make(Path(config), RowId(package))))


async def _make(config: Path, package: RowId) -> int:
    async with opened(load(config), SystemClock(), SystemRandomness(), beside=True) as kernel:
        return await carry_out(workshop_of(kernel, holdings_of(kernel)), package)
