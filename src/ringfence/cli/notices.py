"""`ringfence notices`: what people read, what would change, and what was published when."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from pathlib import Path
from typing import Annotated, final

import typer

from ringfence.app import opened
from ringfence.app.policies import TodaysNotices
from ringfence.cli.running import Config, Form, run
from ringfence.clock import SystemClock, day_of
from ringfence.identifiers import ProviderId
from ringfence.privacy.notices import (
    DEFAULT,
    Difference,
    Edition,
    Editions,
    Notice,
    Publication,
    differences,
    month_after,
)
from ringfence.randomness import SystemRandomness
from ringfence.settings import load

__all__ = ["app"]

app = typer.Typer(help="Notices and terms.", no_args_is_help=True)

Provider = Annotated[str, typer.Option("--provider", help="Which provider, by its id; empty: the file's first.")]
Language = Annotated[str, typer.Option("--language", help="en, bg, cs, de, es or fr.")]


class TextForm(StrEnum):
    """How a text is printed."""

    TEXT = "text"
    HTML = "html"


@app.callback()
def notices() -> None:
    """What people read before they enrol, what would change, and what was published when."""


@app.command("show")
def show(
    config: Config,
    provider: Provider = "",
    language: Language = DEFAULT,
    form: Annotated[TextForm, typer.Option("--format", help="text, or html as a page.")] = TextForm.TEXT,
    draft: Annotated[bool, typer.Option("--draft", help="What the file would make of it, published or not.")] = False,
) -> None:
    """Print notice and terms as they hold for newcomers today.

    Example: ringfence notices show --config ringfence.toml --language de
    """
    notice = run(_texts(Path(config), provider, draft=draft)).in_language(language)
    typer.echo(_page(notice) if form is TextForm.HTML else notice.text(), nl=False)


@app.command("diff")
def diff(
    config: Config,
    provider: Provider = "",
    language: Language = DEFAULT,
    form: Annotated[Form, typer.Option("--format", help="text for people, json for machines.")] = Form.TEXT,
) -> None:
    """Say what the next start would publish, in the words in which people are told; nothing is published.

    Example: ringfence notices diff --config ringfence.toml --language de
    """
    found = run(_differences(Path(config), provider, language))
    typer.echo(_json(found) if form is Form.JSON else _lines(found))


@app.command("versions")
def versions(config: Config, provider: Provider = "") -> None:
    """List what was published, and from which day on it holds for whoever was told in time.

    Example: ringfence notices versions --config ringfence.toml
    """
    for publication in run(_published(Path(config), provider)):
        typer.echo(_row(publication))


@final
@dataclass(frozen=True, slots=True)
class _Desk:
    """What the commands read."""

    provider: ProviderId
    editions: Editions
    today: TodaysNotices


@asynccontextmanager
async def _desk(config: Path, provider: str) -> AsyncIterator[_Desk]:
    settings, clock = load(config), SystemClock()
    async with opened(settings, clock, SystemRandomness(), beside=True) as kernel:
        editions = Editions(kernel.db, kernel.ledger, clock)
        await editions.load()
        name = ProviderId(provider or settings.providers[0].id)
        yield _Desk(name, editions, TodaysNotices(settings, clock, editions=editions))


async def _texts(config: Path, provider: str, *, draft: bool) -> Edition:
    async with _desk(config, provider) as desk:
        holding = None if draft else desk.editions.text_in_force(desk.provider)
        return holding or desk.today.draft(desk.provider)


async def _differences(config: Path, provider: str, language: str) -> Sequence[Difference]:
    async with _desk(config, provider) as desk:
        new = desk.today.draft(desk.provider)
        old = desk.editions.text_in_force(desk.provider)
        return differences(old or new, new, language)


async def _published(config: Path, provider: str) -> Sequence[Publication]:
    async with _desk(config, provider) as desk:
        return desk.editions.publications(desk.provider)


def _page(notice: Notice) -> str:
    head = f'<meta charset="utf-8">\n<title>{escape(notice.title)}</title>'
    return f'<!doctype html>\n<html lang="{notice.language}">\n{head}\n<body>\n{notice.html()}</body>\n</html>\n'


def _lines(found: Sequence[Difference]) -> str:
    if not found:
        return "Nothing changes for anybody."
    lines = [f"{'! ' if each.material else '  '}{each.text}" for each in found]
    if any(each.material for each in found):
        until = day_of(month_after(SystemClock().time()))
        lines.append(f"Published today, it would hold from {until} on; ! is what people have to be told of before.")
    return "\n".join(lines)


def _json(found: Sequence[Difference]) -> str:
    rows = [{"change": each.change.value, "material": each.material, "text": each.text} for each in found]
    return json.dumps(rows, indent=2, ensure_ascii=False)


def _row(publication: Publication) -> str:
    days = f"published {day_of(publication.published)}, holds from {day_of(publication.holds_from)}"
    announced = f", announced as {publication.needs}" if publication.needs else ""
    return f"{publication.number}  {days}{announced}  {publication.edition}"
