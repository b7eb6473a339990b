"""`ringfence promises`: what is promised, where it is kept, and which tests show it."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from ringfence.cli.running import Form
from ringfence.privacy.promises import Promise, promises

__all__ = ["tell"]


def tell(
    form: Annotated[Form, typer.Option("--format", help="text for people, json for machines.")] = Form.TEXT,
) -> None:
    """Print each promise with where it is kept and how many tests show it; without a test it is not kept yet.

    Example: ringfence promises --format json
    """
    told = promises()
    typer.echo(_json(told) if form is Form.JSON else "\n".join(map(_line, told)))


def _json(told: list[Promise]) -> str:
    return json.dumps([{**asdict(promise), "kept": promise.kept} for promise in told], indent=2, ensure_ascii=False)


def _line(promise: Promise) -> str:
    shown = f"kept, {len(promise.tests)} tests" if promise.kept else "NOT KEPT YET"
    return f"{promise.id}  {shown:<16}  {promise.sentence}  ({', '.join(promise.where)})"
