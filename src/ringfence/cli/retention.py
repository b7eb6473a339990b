"""`ringfence retention`: what would go, when, and why."""

import json
from pathlib import Path
from typing import Annotated

import typer

from ringfence.app import opened
from ringfence.cli.running import Config, Form, run
from ringfence.clock import SystemClock
from ringfence.privacy.retention import Due, Retention
from ringfence.randomness import SystemRandomness
from ringfence.settings import load

__all__ = ["app"]

app = typer.Typer(help="What is kept how long.", no_args_is_help=True)


@app.callback()
def retention() -> None:
    """What is kept how long, and what goes when."""


@app.command("plan")
def plan(
    config: Config,
    form: Annotated[Form, typer.Option("--format", help="text for people, json for machines.")] = Form.TEXT,
) -> None:
    """Say what goes on which day and why; nothing is deleted.

    Example: ringfence retention plan --config ringfence.toml --format json
    """
    due = run(_plan(Path(config)))
    typer.echo(_json(due) if form is Form.JSON else _text(due))


async def _plan(config: Path) -> list[Due]:
    clock, randomness = SystemClock(), SystemRandomness()
    async with opened(load(config), clock, randomness, beside=True) as kernel:
        return await Retention(kernel.db, kernel.keyring, clock, randomness).plan()


def _json(due: list[Due]) -> str:
    rows = [
        {
            "table": each.table,
            "rows": each.rows,
            "day": each.day.isoformat() if each.day else None,
            "class": each.keep.name.lower(),
            "starts": each.starts,
            "why": each.why,
        }
        for each in due
    ]
    return json.dumps(rows, indent=2)


def _text(due: list[Due]) -> str:
    if not due:
        return "Nothing about anybody is kept."
    return "\n".join(f"{_when(each):<12} {each.rows:>8}  {each.table:<24} {each.why}" for each in due)


def _when(due: Due) -> str:
    return due.day.isoformat() if due.day else "by state"
