"""`ringfence ledger`: whether the record of what happened is as it was written."""

from pathlib import Path
from typing import Annotated

import typer

from ringfence.app import opened
from ringfence.cli.running import NOT_HELD, Config, run
from ringfence.clock import SystemClock
from ringfence.privacy.ledger import Report
from ringfence.randomness import SystemRandomness
from ringfence.settings import load

__all__ = ["app"]

app = typer.Typer(help="The record of what happened.", no_args_is_help=True)


@app.callback()
def ledger() -> None:
    """The record of what happened: notices, agreements, looks, disclosures, erasures."""


@app.command("verify")
def verify(
    config: Config,
    swear: Annotated[bool, typer.Option("--checkpoint", help="Sign where a sound chain stands now.")] = False,
) -> None:
    """Read every entry and say which, if any, is not as it was written. Ends with 1 if one is not.

    Example: ringfence ledger verify --config /etc/ringfence/ringfence.toml
    """
    reports = run(_verify(Path(config), swear=swear))
    for report in reports:
        typer.echo(_line(report))
        for damage in report.damages:
            typer.echo(f"  entry {damage.number}: {damage.part.value}")
    if not all(report.sound for report in reports):
        raise typer.Exit(NOT_HELD)


async def _verify(config: Path, *, swear: bool) -> list[Report]:
    async with opened(load(config), SystemClock(), SystemRandomness(), beside=not swear) as kernel:
        reports = [await kernel.ledger.verify(provider) for provider in await kernel.ledger.providers()]
        for report in reports:
            if swear and report.sound:
                await kernel.ledger.checkpoint(report.provider)
    return reports


def _line(report: Report) -> str:
    verdict = "sound" if report.sound else f"{len(report.damages)} damaged"
    return f"{report.provider}: {report.entries} entries, {report.checkpoints} checkpoints, {verdict}"
