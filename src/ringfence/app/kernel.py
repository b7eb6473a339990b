"""The privacy kernel of one installation, opened: databases, keys, ledger, tombstones, gates.

Commands that carry no calls (`ledger verify`, `retention plan`, `backup`, ...) use it alone.
"""

import fcntl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

from ringfence.app.recipients import gate_of
from ringfence.app.records import DECLARING
from ringfence.clock import DAY, Clock
from ringfence.errors import OperatorFault
from ringfence.identifiers import ProviderId
from ringfence.persistence import Database
from ringfence.privacy.disk import OWNER_FILE, OWNER_FOLDER
from ringfence.privacy.egress import DisclosureLog, Gate, MechanismTable
from ringfence.privacy.ledger import SIGNING, Ledger, Signer
from ringfence.privacy.restriction import Standing
from ringfence.privacy.rights import Premises, StartReport, TombstoneFile, startup_check
from ringfence.privacy.vault import Keyring, Vault
from ringfence.randomness import Randomness
from ringfence.senders.fcm import FcmSettings, ServiceAccount
from ringfence.settings import ConfigurationUnusable, FcmFileSettings, Settings

__all__ = ["AlreadyRunning", "Kernel", "LastRun", "Places", "opened", "premises_of"]

_OTHERS: Final = 0o077
_RUNNING: Final = "running"
_ENDED: Final = "ended"


@final
@dataclass(frozen=True, slots=True)
class Places:
    """Where an installation's files lie, under its data folder."""

    data: Path

    @property
    def database(self) -> Path:
        return self.data / "ringfence.db"

    @property
    def keyring(self) -> Path:
        return self.data / "keyring.db"

    @property
    def keys(self) -> Path:
        """The folder of the key file; apart, so that a backup of the rest does not carry it."""
        return self.data / "keys"

    @property
    def key_file(self) -> Path:
        return self.keys / "epochs.key"

    @property
    def anchor(self) -> Path:
        return self.keys / "tombstones.anchor"

    @property
    def restrictions(self) -> Path:
        """Those in force; beside the keys, so that no older backup takes them back."""
        return self.keys / "restrictions.sealed"

    @property
    def tombstones(self) -> Path:
        return self.data / "tombstones.jsonl"

    @property
    def lock(self) -> Path:
        return self.data / "lock"

    @property
    def backups(self) -> Path:
        return self.data / "backups"

    def make(self) -> None:
        """The folders, for the owner alone: those that were there before, too. Raises ConfigurationUnusable."""
        try:
            for folder in (self.data, self.keys, self.backups):
                folder.mkdir(mode=OWNER_FOLDER, parents=True, exist_ok=True)
                if folder.stat().st_mode & _OTHERS:
                    folder.chmod(OWNER_FOLDER)
            self.lock.touch(mode=OWNER_FILE)
        except OSError as fault:
            raise ConfigurationUnusable(key="installation.data", problem=fault.strerror) from None


class AlreadyRunning(OperatorFault):
    """Another process works on this data folder; two would undo each other's keys."""

    code = "already_running"


@final
@dataclass(frozen=True, slots=True)
class LastRun:
    """What is known of the server that ran here before: for how long nobody listened, and whether it ended in order.

    `outage` is in seconds; None where no server has run on these files, or they were carried here without their lock.
    """

    outage: float | None
    orderly: bool


NO_RUN: Final = LastRun(None, orderly=False)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Kernel:
    """Everything that services stand on. `checked` is what the check at the start found."""

    settings: Settings
    places: Places
    clock: Clock
    randomness: Randomness
    keyring: Keyring
    db: Database
    signer: Signer
    ledger: Ledger
    tombstones: TombstoneFile
    disclosures: DisclosureLog
    projects: Mapping[ProviderId, Mapping[str, FcmSettings]]
    gates: Mapping[ProviderId, Gate]
    checked: StartReport
    last_run: LastRun

    def note_alive(self, *, ended: bool = False) -> None:
        """Leave in the lock that the server listens now, or that it ends in order, for the next start."""
        self.places.lock.write_text(f"{int(self.clock.time())} {_ENDED if ended else _RUNNING}")


def premises_of(kernel: Kernel) -> Premises:
    """Every place of this installation that a scan for what is left of somebody reads."""
    places = kernel.places
    return Premises(
        database=kernel.db.path,
        keyring=places.keyring,
        key_file=places.key_file,
        tombstones=places.tombstones,
        backups=places.backups,
        folders={
            "logs": places.data / "logs",
            "exports": places.data / "exports",
            "restrictions in force": places.restrictions,
        },
    )


@asynccontextmanager
async def opened(
    settings: Settings, clock: Clock, randomness: Randomness, *, beside: bool = False
) -> AsyncIterator[Kernel]:
    """Open, check that nobody who is gone comes back, and close. Raises an `OperatorFault` that says what to do.

    `beside` is for commands that only read, while a server may run on the same folder: its check is not repeated.
    """
    assert DECLARING  # noqa: S101 - the import is the point: every table exists
    places = Places(Path(settings.installation.data))
    places.make()
    with nullcontext(NO_RUN) if beside else _alone(places, clock) as last_run:
        keyring = Keyring.open(
            places.keyring,
            key_file=places.key_file,
            clock=clock,
            randomness=randomness,
            backup_lifetime=settings.installation.backup_days * DAY,
        )
        db = Database(
            settings.installation.database or f"sqlite:///{places.database}",
            sealer=Vault(keyring, randomness),
            clock=clock,
        )
        try:
            await db.open()
            yield await _kernel(settings, places, clock, randomness, keyring, db, last_run, beside=beside)
        finally:
            await db.close()
            keyring.close()


async def _kernel(
    settings: Settings,
    places: Places,
    clock: Clock,
    randomness: Randomness,
    keyring: Keyring,
    db: Database,
    last_run: LastRun,
    *,
    beside: bool,
) -> Kernel:
    signer = Signer(keyring.derive(SIGNING))
    ledger = Ledger(db, keyring, signer, clock)
    tombstones = TombstoneFile.open(places.tombstones, anchor=places.anchor, signer=signer, randomness=randomness)
    keyring.respect(tombstones)
    checked = StartReport(0, 0)
    if not beside:
        standing = Standing(places.restrictions, keyring, randomness)
        checked = await startup_check(db, keyring, tombstones, ledger, clock, protects=standing)
    disclosures = DisclosureLog(db, randomness)
    table = MechanismTable.load()
    projects = {
        ProviderId(provider.id): {name: _project(entry) for name, entry in provider.fcm.items()}
        for provider in settings.providers
    }
    gates = {
        ProviderId(provider.id): gate_of(provider, projects[ProviderId(provider.id)], table, clock, disclosures)
        for provider in settings.providers
    }
    return Kernel(
        settings=settings,
        places=places,
        clock=clock,
        randomness=randomness,
        keyring=keyring,
        db=db,
        signer=signer,
        ledger=ledger,
        tombstones=tombstones,
        disclosures=disclosures,
        projects=projects,
        gates=gates,
        checked=checked,
        last_run=last_run,
    )


def _project(entry: FcmFileSettings) -> FcmSettings:
    try:
        account = ServiceAccount.from_json(Path(entry.service_account).read_bytes())
    except OSError as fault:
        raise ConfigurationUnusable(file=entry.service_account, problem=fault.strerror) from None
    return FcmSettings(account=account, base_url=entry.base_url)


@contextmanager
def _alone(places: Places, clock: Clock) -> Iterator[LastRun]:
    """Hold the data folder for as long as the process lives; the system lets go of it after a kill -9, too."""
    with places.lock.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AlreadyRunning(data=str(places.data), remedy="stop_the_other_process") from None
        file.seek(0)
        yield _last_run(file.read(), clock)


def _last_run(said: str, clock: Clock) -> LastRun:
    """From what the last server left in the lock (`Kernel.note_alive`)."""
    instant, _, end = said.partition(" ")
    if not instant.isdecimal():
        return NO_RUN
    return LastRun(outage=max(0.0, clock.time() - int(instant)), orderly=end == _ENDED)
