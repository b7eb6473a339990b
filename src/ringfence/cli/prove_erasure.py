"""`ringfence prove-erasure`: a person who does not exist is erased, and every medium is searched."""

from pathlib import Path
from typing import Annotated

import typer

from ringfence.app import Kernel, opened, premises_of
from ringfence.cli.running import NOT_HELD, Config, Form, run
from ringfence.clock import DAY, SystemClock
from ringfence.identifiers import ProviderId, new_id
from ringfence.privacy.backup import make_backup
from ringfence.privacy.rights import Erasures, Examiner, Proof, Rehearsal
from ringfence.randomness import SystemRandomness
from ringfence.settings import load

__all__ = ["prove_erasure"]


def prove_erasure(
    config: Config,
    form: Annotated[Form, typer.Option("--format", help="text for people, json: the signed document.")] = Form.TEXT,
    with_backup: Annotated[
        bool, typer.Option("--with-backup", help="Make a backup in between, which then stays in the backup folder.")
    ] = False,
) -> None:
    """Plant a unique value in every declared column, see them all, erase, and look again in every medium.

    Needs the data folder for itself: stop the server for these seconds.

    Ends with 0 if nothing was found where nothing may lie, 1 if something was, 2 if it can't be certified here.

    Example: ringfence prove-erasure --config ringfence.toml
    """
    proof = run(_prove(Path(config), with_backup=with_backup))
    typer.echo(proof.document.decode() if form is Form.JSON else _text(proof))
    if not proof.held:
        raise typer.Exit(NOT_HELD)


async def _prove(config: Path, *, with_backup: bool) -> Proof:
    async with opened(load(config), SystemClock(), SystemRandomness()) as kernel:
        return await _rehearsal(kernel, with_backup=with_backup).prove()


def _rehearsal(kernel: Kernel, *, with_backup: bool) -> Rehearsal:
    examiner = Examiner(kernel.db, kernel.keyring, premises_of(kernel), kernel.clock, kernel.randomness)
    erasures = Erasures(
        db=kernel.db,
        keyring=kernel.keyring,
        tombstones=kernel.tombstones,
        ledger=kernel.ledger,
        signer=kernel.signer,
        departures=(),
        clock=kernel.clock,
        randomness=kernel.randomness,
        examiner=examiner,
    )
    return Rehearsal(
        db=kernel.db,
        keyring=kernel.keyring,
        erasures=erasures,
        examiner=examiner,
        signer=kernel.signer,
        clock=kernel.clock,
        randomness=kernel.randomness,
        provider=ProviderId(kernel.settings.providers[0].id),
        back_up=(lambda: _back_up(kernel)) if with_backup else None,
    )


async def _back_up(kernel: Kernel) -> None:
    await make_backup(
        kernel.places.backups / f"rehearsal-{new_id(kernel.randomness)}",
        db=kernel.db,
        keyring=kernel.keyring,
        tombstones=kernel.tombstones,
        ledger=kernel.ledger,
        signer=kernel.signer,
        clock=kernel.clock,
        lifetime=kernel.settings.installation.backup_days * DAY,
        with_database=kernel.db.path is not None,
    )


def _text(proof: Proof) -> str:
    examination = proof.examination
    lines = [f"{proof.columns} declared columns were found before the erasure."]
    lines += [f"read      {name}: {files} files, {size} bytes" for name, (files, size) in examination.read.items()]
    lines += [f"not read  {name}: {why}" for name, why in examination.unread.items()]
    lines += [f"UNSEALED  {place}" for place in proof.unsealed]
    lines += [f"FOUND     {each.medium}: {each.column} ({each.kind.value})" for each in examination.remaining]
    if examination.backups_that_open:
        lines.append(f"{examination.backups_that_open} backups still open, until their epoch's key is destroyed.")
    lines.append("Erased: nothing was found after it." if proof.held else "Not held: see UNSEALED and FOUND.")
    return "\n".join(lines)
