"""`ringfence demo`: set the stage, tell the story, and stay for whoever wants to look around."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final, final

import uvicorn
from rich.console import Console
from starlette.applications import Starlette

from ringfence.clock import Clock, SystemClock
from ringfence.demo.assertion import NotHeld
from ringfence.demo.encore import Encore
from ringfence.demo.narrator import Narrator
from ringfence.demo.stage import Stage, Start, set_stage
from ringfence.demo.story import Story, passwords
from ringfence.demo.timeline import Timeline, catalogues
from ringfence.randomness import Randomness, SystemRandomness
from ringfence.web.start import Pages, start_routes

__all__ = ["play"]

_STORY_WITHIN: Final = 30.0  # seconds; the promise of `--once`
_HOST: Final = "127.0.0.1"


async def play(
    console: Console,
    start: Start,
    *,
    once: bool,
    directory: Path | None = None,
    language: str = "en",
    port: int = 0,
    clock: Clock | None = None,
    randomness: Randomness | None = None,
) -> int:
    """Tell the story and return an exit code: 0 only if every step held.

    `directory` keeps all files there; without it they are in a temporary folder that is removed. Unless `once`, the
    server stays up until cancelled, with its start page at `port` (0: any free one).
    """
    clock, randomness = clock or SystemClock(), randomness or SystemRandomness()
    narrator = Narrator(console, catalogues()[language])
    narrator.tell("end.begins")
    with _folder(directory) as folder:
        accounts = passwords(randomness)
        async with set_stage(folder, accounts, start, clock=clock, randomness=randomness) as stage:
            timeline = Timeline(clock, narrator)
            story = Story(stage, accounts, timeline, clock=clock, randomness=randomness)
            code = await _tell(story, timeline, narrator)
            if not once:
                encore = Encore(stage, accounts, randomness)
                await _stay(stage, timeline, narrator, encore, port)
        if directory:
            narrator.tell("end.kept_files", folder=str(folder))
    return code


async def _tell(story: Story, timeline: Timeline, narrator: Narrator) -> int:
    try:
        async with asyncio.timeout(_STORY_WITHIN):
            await story.play()
    except NotHeld:
        narrator.tell("end.failed", number=len(timeline.played))
        return 1
    except TimeoutError:
        narrator.tell("end.too_long", number=len(timeline.played), seconds=_STORY_WITHIN)
        return 1
    narrator.tell("end.held", steps=len(timeline.played), seconds=timeline.seconds)
    return 0


async def _stay(stage: Stage, timeline: Timeline, narrator: Narrator, encore: Encore, port: int) -> None:
    """Serve the start page and keep a phone going, until cancelled."""
    pages = replace(stage.server.pages, story=timeline)
    async with _served(pages, port) as url:
        narrator.tell("end.serving", url=url)
        try:
            await encore.play()
        except NotHeld as broken:
            narrator.said(broken.key, broken.facts)
            await asyncio.Event().wait()
        finally:
            narrator.tell("end.stopped")


@contextmanager
def _folder(directory: Path | None) -> Iterator[Path]:
    if directory:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        yield directory
        return
    with tempfile.TemporaryDirectory(prefix="ringfence-demo-", ignore_cleanup_errors=True) as made:
        yield Path(made)


@final
class _Server(uvicorn.Server):
    """Leaves signals to whoever runs us: Ctrl-C cancels the story, and that ends this server."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def _served(pages: Pages, port: int) -> AsyncIterator[str]:
    """Serve the pages without TLS, on loopback only: a browser knows no authority that was made a minute ago."""
    config = uvicorn.Config(
        Starlette(routes=start_routes(pages)), host=_HOST, port=port, log_config=None, access_log=False, ws="none"
    )
    listening = config.bind_socket()
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield f"http://{_HOST}:{listening.getsockname()[1]}/"
    finally:
        server.should_exit = True
        await serving
