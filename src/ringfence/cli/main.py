"""All commands, mounted; the child that makes a copy imports neither the web nor the demo."""

from typing import Final

import typer

from ringfence.cli.lazy import Command, lazy_group

__all__ = ["app"]

_COMMANDS: Final = {
    "serve": Command("ringfence.cli.serve", "serve", "Serve until SIGTERM or SIGINT."),
    "demo": Command("ringfence.cli.demo", "demo", "Play the main job with invented people, on this machine."),
    "doctor": Command("ringfence.cli.doctor", "doctor", "Say what is wrong with an installation, and the remedy."),
    "data-map": Command("ringfence.cli.data_map", "data_map", "Print what is held about people."),
    "promises": Command("ringfence.cli.promises", "tell", "Print each promise, and which tests show it."),
    "make-package": Command("ringfence.cli.package", "make_package"),
    "prove-erasure": Command(
        "ringfence.cli.prove_erasure", "prove_erasure", "Erase somebody invented, and search every medium."
    ),
    "verify-package": Command(
        "ringfence.cli.verify_package", "verify_package", "Check a copy that a person was given."
    ),
    "backup": Command("ringfence.cli.backup", "backup", "Copy main database, keyring and tombstones."),
    "restore": Command("ringfence.cli.backup", "restore", "Put a backup back; whoever went meanwhile stays gone."),
    "ledger": Command("ringfence.cli.ledger", "app", "The record of what happened."),
    "notices": Command("ringfence.cli.notices", "app", "Notices and terms."),
    "requests": Command("ringfence.cli.requests", "app", "Requests that come by other ways than a page."),
    "retention": Command("ringfence.cli.retention", "app", "What is kept how long."),
    "sip": Command("ringfence.cli.sip", "app", "Look at SIP messages by hand."),
    "staff": Command("ringfence.cli.staff", "app", "Who works for a provider at the console."),
}

app = typer.Typer(
    cls=lazy_group(_COMMANDS),
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,  # a traceback with local values could show somebody's data
    add_completion=False,
)


@app.callback()
def ringfence() -> None:
    """A self-hosted cloud-softphone server that keeps its privacy promises in code."""
