"""`ringfence sip`: SIP messages looked at by hand."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from ringfence.cli.running import NOT_ASKED
from ringfence.protocols.sip.explain import Explanation, explain

__all__ = ["app"]

app = typer.Typer(help="Look at SIP messages by hand.", no_args_is_help=True)


@app.callback()
def _sip() -> None:
    """Look at SIP messages by hand."""


@app.command("explain")
def explain_files(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Files with one message each; - is stdin.")],
) -> None:
    """Say what Ringfence would do with each message, one JSON line a file.

    Keys: file, verdict (accept or reject), status (the answer, null where none is sent), reason, and the method of a
    request or the code of a response.

    Ends with 0 when all could be judged, whatever the verdicts, and with 2 when a file could not be read.

    Example: ringfence sip explain call.sip

    prints {"file": "call.sip", "verdict": "reject", "status": 483, "reason": "too_many_hops", "method": "OPTIONS"}
    """
    unread = False
    for name in files:
        try:
            data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        except OSError as error:
            unread = True
            typer.echo(f"{name}: {error.strerror}", err=True)
        else:
            typer.echo(_line(name, explain(data)))
    if unread:
        raise typer.Exit(NOT_ASKED)


def _line(name: str, found: Explanation) -> str:
    """Exactly one of method and code: of what shows neither, method is null."""
    judged = {"file": name, "verdict": found.verdict, "status": found.status, "reason": found.reason}
    kind = {"method": found.method} if found.code is None else {"code": found.code}
    return json.dumps(judged | kind)
