"""`ringfence backup` and `ringfence restore`."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from ringfence.app import Places, opened
from ringfence.cli.running import Config, run
from ringfence.clock import DAY, SystemClock
from ringfence.privacy.backup import Backup, Restored, Targets, make_backup, record_restore
from ringfence.privacy.backup import restore as put_back
from ringfence.randomness import SystemRandomness
from ringfence.settings import Settings, load

__all__ = ["backup", "restore"]


def backup(
    config: Config,
    folder: Annotated[Path, typer.Argument(help="A folder that does not exist yet.")],
    without_database: Annotated[
        bool, typer.Option("--without-database", help="Keyring and tombstones only; pg_dump copies PostgreSQL.")
    ] = False,
) -> None:
    """Copy main database, keyring and tombstones; never the key file, which you keep apart.

    Example: ringfence backup --config ringfence.toml /backup/2027-01-15
    """
    made = run(_backup(Path(config), folder, with_database=not without_database))
    until = dt.datetime.fromtimestamp(made.opens_until, dt.UTC)
    typer.echo(f"{', '.join(made.files)} in {made.folder}")
    typer.echo(f"It opens until {until:%Y-%m-%d %H:%M} UTC and only with the key file, which is not in it.")


async def _backup(config: Path, folder: Path, *, with_database: bool) -> Backup:
    settings, clock = load(config), SystemClock()
    async with opened(settings, clock, SystemRandomness(), beside=True) as kernel:
        return await make_backup(
            folder,
            db=kernel.db,
            keyring=kernel.keyring,
            tombstones=kernel.tombstones,
            ledger=kernel.ledger,
            signer=kernel.signer,
            clock=clock,
            lifetime=settings.installation.backup_days * DAY,
            with_database=with_database,
        )


def restore(
    config: Config,
    folder: Annotated[Path, typer.Argument(help="The backup.")],
    tombstones: Annotated[
        Path | None,
        typer.Option("--tombstones", help="The newest tombstone file, if not the one in the data folder."),
    ] = None,
) -> None:
    """Put a backup back where nothing lies; whoever went since is erased again. Phones enrol anew.

    Example: ringfence restore --config ringfence.toml /backup/2027-01-15
    """
    restored, replayed = run(_restore(Path(config), folder, tombstones))
    typer.echo(f"Restored; {restored.tombstones_since} tombstones since the backup, {replayed} persons erased again.")


async def _restore(config: Path, folder: Path, tombstones: Path | None) -> tuple[Restored, int]:
    settings, clock, randomness = load(config), SystemClock(), SystemRandomness()
    targets = _targets(settings)
    newest = tombstones or targets.tombstones
    restored = put_back(folder, targets, newest_tombstones=newest, clock=clock, randomness=randomness)
    async with opened(settings, clock, randomness) as kernel:
        await record_restore(kernel.db, kernel.ledger, restored, replayed=kernel.checked.replayed)
        return restored, kernel.checked.replayed


def _targets(settings: Settings) -> Targets:
    places = Places(Path(settings.installation.data))
    places.make()
    return Targets(
        database=None if settings.installation.database else places.database,
        keyring=places.keyring,
        key_file=places.key_file,
        tombstones=places.tombstones,
        anchor=places.anchor,
    )
