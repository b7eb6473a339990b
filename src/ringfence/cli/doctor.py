"""`ringfence doctor`: what is wrong with an installation, and what to do about it."""

import json
import locale
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final

import typer

from ringfence.app.doctor import Finding, examine
from ringfence.cli.running import NOT_HELD, Config, Form, run
from ringfence.clock import SystemClock
from ringfence.randomness import SystemRandomness
from ringfence.settings import load

__all__ = ["doctor", "texts"]

_FALLBACK: Final = "en"


def doctor(
    config: Config,
    form: Annotated[
        Form, typer.Option("--format", help="text for people, json for machines: one line a finding.")
    ] = Form.TEXT,
) -> None:
    """Check ports, certificates, data, PBXs and push credentials; say the remedy for each thing that is wrong.

    Nothing is changed at the PBX and nobody is pushed. Ends with 0 where all is well, with 1 where something is not.

    Example: ringfence doctor --config /etc/ringfence/ringfence.toml
    """
    well = run(_doctor(Path(config), form))
    if not well:
        raise typer.Exit(NOT_HELD)


async def _doctor(config: Path, form: Form) -> bool:
    well = True
    said = texts(_language())
    async for finding in examine(load(config), SystemClock(), SystemRandomness()):
        typer.echo(_line(finding, form, said))
        well = well and finding.ok
    return well


def texts(language: str) -> dict[str, str]:
    """Verdict -> text, with the remedy after a bar."""
    catalogue = tomllib.loads(files("ringfence.cli").joinpath("doctor_texts.toml").read_text("utf-8"))
    found: dict[str, str] = catalogue.get(language, catalogue[_FALLBACK])
    return found


def _language() -> str:
    return (locale.getlocale()[0] or _FALLBACK)[:2]


def _line(finding: Finding, form: Form, said: dict[str, str]) -> str:
    text, _, remedy = said[finding.verdict].format(what=finding.what, detail=finding.detail).partition(" | ")
    if form is Form.JSON:
        return json.dumps(
            {
                "check": finding.check,
                "what": finding.what,
                "ok": finding.ok,
                "verdict": finding.verdict,
                "detail": finding.detail,
                "text": text,
                "remedy": remedy or None,
            }
        )
    return f"{'ok   ' if finding.ok else 'WRONG'} {text}" + (f"\n      -> {remedy}" if remedy else "")
