"""`ringfence data-map`: what is held about people, printed from the declarations."""

from typing import Annotated

import typer

import ringfence.app.records  # noqa: F401 - declares every table and flow
from ringfence.privacy.datamap import Format, render

__all__ = ["data_map"]


def data_map(
    form: Annotated[Format, typer.Option("--format", help="md for people, json for machines.")] = Format.MARKDOWN,
) -> None:
    """Print what is held about people: table, field, category, purpose, lawful basis, source, retention, recipients.

    Example: ringfence data-map --format json
    """
    typer.echo(render(form), nl=False)
