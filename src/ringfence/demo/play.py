"""`ringfence demo`: set the stage, tell the story, and stay for whoever wants to look around."""

import asyncio
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final, final
from urllib.parse import urlsplit

import uvicorn
from rich.console import Console
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from ringfence.app import serving
from ringfence.clock import Clock, SystemClock
from ringfence.demo.assertion import NotHeld
from ringfence.demo.encore import Encore
from ringfence.demo.narrator import Narrator
from ringfence.demo.stage import DOMAIN, PROVIDER, Accounts, Stage, set_stage
from ringfence.demo.story import Story, passwords
from ringfence.demo.timeline import Timeline, catalogues
from ringfence.randomness import Randomness, SystemRandomness
from ringfence.web.start import start_routes

__all__ = ["play"]

_STORY_WITHIN: Final = 30.0  # seconds; the promise of `--once`
_HOST: Final = "127.0.0.1"


async def play(
    console: Console, *, once: bool, directory: Path | None = None, language: str = "en", port: int = 0
) -> int:
    """Tell the story with the real server, and return an exit code: 0 only if every step held.

    `directory` keeps all files there; without it they are in a temporary folder that is removed. Unless `once`, the
    server stays up until SIGINT or SIGTERM, with its start page at `port` (0: any free one). Raises OperatorFault when
    the server can't start.
    """
    telling = _Telling(console, language, SystemClock(), SystemRandomness())
    task = asyncio.ensure_future(telling.tell(once=once, directory=directory, port=port))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with suppress(asyncio.CancelledError):  # stopped by whoever watched: everything is closed, and that is its good end
        await task
    return telling.code


@final
class _Telling:
    """One run of the demo; `code` is the exit code so far."""

    def __init__(self, console: Console, language: str, clock: Clock, randomness: Randomness) -> None:
        self.code = 1
        self._language, self._clock, self._randomness = language, clock, randomness
        self._narrator = Narrator(console, catalogues()[language])

    async def tell(self, *, once: bool, directory: Path | None, port: int) -> None:
        self._narrator.tell("end.begins")
        with _folder(directory) as folder:
            accounts = passwords(self._randomness)
            start = partial(serving, clock=self._clock, randomness=self._randomness)
            async with set_stage(folder, accounts, start, clock=self._clock, randomness=self._randomness) as stage:
                timeline = Timeline(self._clock, self._narrator)
                story = Story(stage, accounts, timeline, self._randomness, language=self._language)
                self.code = await self._play(story, timeline)
                if not once:
                    await self._stay(stage, accounts, timeline, port)
            if directory:
                self._narrator.tell("end.kept_files", folder=str(folder))

    async def _play(self, story: Story, timeline: Timeline) -> int:
        try:
            async with asyncio.timeout(_STORY_WITHIN):
                await story.play()
        except NotHeld:
            self._narrator.tell("end.failed", number=len(timeline.played))
            return 1
        except TimeoutError:
            self._narrator.tell("end.too_long", number=len(timeline.played), seconds=_STORY_WITHIN)
            return 1
        self._narrator.tell("end.held", steps=len(timeline.played), seconds=timeline.seconds)
        return 0

    async def _stay(self, stage: Stage, accounts: Accounts, timeline: Timeline, port: int) -> None:
        """Serve all pages and keep a phone going, until cancelled."""
        encore = Encore(stage, accounts, self._randomness)
        routes = [*start_routes(replace(stage.server.pages, story=timeline)), *stage.server.private_pages()]
        async with _served(routes, port) as url:
            self._narrator.tell("end.serving", url=url)
            await self._open_doors(stage, encore, url)
            try:
                await encore.play()
            except NotHeld as broken:
                self._narrator.said(broken.key, broken.facts)
                await asyncio.Event().wait()
            finally:
                self._narrator.tell("end.stopped")

    async def _open_doors(self, stage: Stage, encore: Encore, url: str) -> None:
        """Say how to come in, as a subscriber and as the privacy officer. The secrets are this run's, and invented."""
        link = await stage.server.invite_officer(PROVIDER, "Grace Hopper", f"officer@{DOMAIN}")
        self._narrator.tell("end.portal", url=f"{url}privacy", address=encore.address, password=encore.password)
        self._narrator.tell("end.console", url=url + urlsplit(link).path.lstrip("/"))


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
async def _served(routes: Sequence[BaseRoute], port: int) -> AsyncIterator[str]:
    """Serve the pages without TLS, on loopback only: a browser knows no authority that was made a minute ago."""
    config = uvicorn.Config(
        Starlette(routes=routes), host=_HOST, port=port, log_config=None, access_log=False, ws="none"
    )
    listening = config.bind_socket()
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield f"http://{_HOST}:{listening.getsockname()[1]}/"
    finally:
        server.should_exit = True
        await serving
