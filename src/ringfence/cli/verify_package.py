"""`ringfence verify-package`: whether a copy is whole, and from whom; needs no installation."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ringfence.cli.running import NOT_HELD, Form
from ringfence.privacy.packages.verifier import told, verify

__all__ = ["verify_package"]


def verify_package(
    file: Annotated[Path, typer.Argument(help="The ZIP file.", show_default=False)],
    key: Annotated[
        str | None, typer.Option("--key", metavar="HEX", help="The public key that its maker publishes, 64 hex digits.")
    ] = None,
    form: Annotated[Form, typer.Option("--format", help="text for people, json for machines.")] = Form.TEXT,
) -> None:
    """Check a copy that a person was given: every file against the manifest, and the manifest against its signature.

    Ends with 0 if the copy is sound, else with 1. The same check is one file without the rest of Ringfence:
    ringfence/privacy/packages/verifier.py.

    Example: ringfence verify-package my-data.zip --format json
    """
    report = verify(file, key)
    typer.echo(json.dumps(asdict(report), indent=2) if form is Form.JSON else told(report))
    if not report.sound:
        raise typer.Exit(NOT_HELD)
