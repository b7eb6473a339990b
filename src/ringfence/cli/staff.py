"""`ringfence staff`: who works for a provider at the console. The first member comes by this command."""

import datetime as dt
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from ringfence.app import opened
from ringfence.app.staff import erasures_at_rest, staff_of
from ringfence.cli.running import NOT_HELD, Config, Form, run
from ringfence.clock import SystemClock
from ringfence.identifiers import ProviderId, StaffId
from ringfence.randomness import SystemRandomness
from ringfence.services.staff import Colleague, Invitation, Role, Staff
from ringfence.settings import ConfigurationUnusable, Settings, load

__all__ = ["app"]

app = typer.Typer(help="Who works for a provider at the console.", no_args_is_help=True)

T = TypeVar("T")
Provider = Annotated[str, typer.Option("--provider", metavar="ID", help="Which provider; not needed with one.")]
Format = Annotated[Form, typer.Option("--format", help="text for people, json for machines.")]


@app.callback()
def staff() -> None:
    """Who works for a provider at the console. Needs the data folder for itself: stop the server for these seconds."""


@app.command("invite")
def invite(
    config: Config,
    role: Annotated[list[Role], typer.Option("--role", "-r", help="What they may; several times for several roles.")],
    name: Annotated[str, typer.Option("--name", "-n", help="As colleagues see it.")],
    mail: Annotated[str, typer.Option("--mail", "-m", help="With which they sign in.")],
    provider: Provider = "",
    form: Format = Form.TEXT,
) -> None:
    """Make a link that is good once, for two days. Whoever opens it chooses a password and a second factor.

    Example: ringfence staff invite --config rf.toml -r officer -n Olga -m o@x.org
    """
    made = _with_staff(config, provider, lambda staff, whose: staff.invite(whose, role, name=name, mail=mail, by=None))
    typer.echo(json.dumps(_invitation(made), indent=2) if form is Form.JSON else _invited(made))


@app.command("list")
def members(config: Config, provider: Provider = "", form: Format = Form.TEXT) -> None:
    """Say who has access, with which roles, and since when they are bound to confidentiality.

    Example: ringfence staff list --config ringfence.toml --format json
    """
    found = _with_staff(config, provider, lambda staff, whose: staff.members(whose))
    if form is Form.JSON:
        typer.echo(json.dumps([_colleague(each) for each in found], indent=2))
    else:
        typer.echo("\n".join(_line(each) for each in found) or "Nobody has access.")


@app.command("remove")
def remove(
    config: Config,
    member: Annotated[str, typer.Argument(metavar="ID", help="As `staff list` shows it.")],
    provider: Provider = "",
    form: Format = Form.TEXT,
) -> None:
    """End somebody's access, and have their own data erased. Ends with 1 if there is nobody of that id.

    Example: ringfence staff remove --config rf.toml 3qdcmazylq7wzedy7civk66obu
    """
    gone = _with_staff(config, provider, lambda staff, whose: staff.leave(whose, StaffId(member), by=None))
    if form is Form.JSON:
        typer.echo(json.dumps({"removed": gone}))
    else:
        typer.echo("Removed; the erasure is done when the server runs again." if gone else "Nobody of that id.")
    if not gone:
        raise typer.Exit(NOT_HELD)


def _with_staff(config: str, provider: str, work: Callable[[Staff, ProviderId], Awaitable[T]]) -> T:
    async def inside() -> T:
        settings = load(Path(config))
        whose = _provider(settings, provider)
        async with opened(settings, SystemClock(), SystemRandomness()) as kernel:
            return await work(staff_of(kernel, erasures_at_rest(kernel)), whose)

    return run(inside())


def _provider(settings: Settings, wanted: str) -> ProviderId:
    """Raises ConfigurationUnusable where it must be said which, or there is none of that id."""
    known = [provider.id for provider in settings.providers]
    if wanted in known or (not wanted and len(known) == 1):
        return ProviderId(wanted or known[0])
    raise ConfigurationUnusable(key="--provider", problem=f"one of: {', '.join(known)}")


def _invitation(made: Invitation) -> dict[str, str]:
    return {"id": made.staff, "link": made.link, "until": _instant(made.until)}


def _invited(made: Invitation) -> str:
    return (
        f"{made.link}\nGood once, until {_instant(made.until)}. Hand it to nobody else: whoever opens it first has it."
    )


def _instant(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="minutes")


def _colleague(each: Colleague) -> dict[str, object]:
    accepted = each.accepted_on.isoformat() if each.accepted_on else None
    return {
        "id": each.staff,
        "name": each.name,
        "mail": each.mail,
        "roles": [role.value for role in each.roles],
        "state": each.standing.value,
        "confidentiality_accepted": accepted,
    }


def _line(each: Colleague) -> str:
    roles = ", ".join(each.roles)
    bound = each.accepted_on.isoformat() if each.accepted_on else each.standing.value
    return f"{each.staff}  {each.name:<24} {each.mail:<32} {roles:<20} {bound}"
