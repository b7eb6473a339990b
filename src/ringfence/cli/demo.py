"""`ringfence demo`: the main job, played on this machine."""

from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from ringfence.cli.running import configure_logs, run
from ringfence.demo import play

__all__ = ["demo"]


def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="End after the story; 0 only if every step held.")] = False,
    keep: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Keep all files in this folder, which is empty or new.")
    ] = None,
    language: Annotated[Literal["en", "de"], typer.Option(help="In which the story is told.")] = "en",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Of the start page on 127.0.0.1; 0 takes a free one.")
    ] = 0,
) -> None:
    """Play the main job with real sockets and invented people, then stay up to look around (Ctrl-C ends it).

    A phone enrols, sleeps, is woken by a push that says nothing, talks; its owner asks for everything and leaves. Each
    step shows what crossed which line. Nothing but loopback is used, and nothing is left behind.

    Ends with 0 when every step held, 1 when one did not, and 2 when the server could not start.

    Example: ringfence demo --once --keep /tmp/story
    """
    configure_logs()
    raise typer.Exit(run(play(Console(highlight=False), once=once, directory=keep, language=language, port=port)))
