"""The keyring: from identifiers to subjects, from subjects to keys; and the moment when both end."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, Self, final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ringfence.clock import DAY, Clock, day_of
from ringfence.declarations import IdentifierKind, Keep
from ringfence.identifiers import LedgerRef, ProviderId, SubjectId
from ringfence.persistence import Place, Storage, SubjectGone
from ringfence.privacy.vault.datakeys import DataKeys
from ringfence.privacy.vault.directory import Directory
from ringfence.privacy.vault.epochkey import derive
from ringfence.privacy.vault.epochs import Epochs
from ringfence.privacy.vault.errors import KeyFileMissing, LifetimeTooLong
from ringfence.privacy.vault.keyfile import Epoch, KeyFile
from ringfence.privacy.vault.store import KeyStore, forget, key_name
from ringfence.randomness import Randomness

__all__ = ["Gone", "KeptClass", "Keyring"]

_EPOCH: Final = DAY  # seconds between two epoch keys
_BACKUP_LIFETIME: Final = 3 * DAY  # seconds; long enough for a weekend
_PROMISE: Final = 7 * DAY  # seconds; after these a person is gone, from copies too (ACR-05)
_CACHED: Final = 10_000  # subjects whose data keys stay in memory: about 10 MB


@final
@dataclass(frozen=True, slots=True)
class KeptClass:
    """A class of keys that outlives its person: a retention class, or one of what is only stored; see `of`.

    `until` is the last day on which anything of it is kept; None where it ends with a release.
    """

    name: str
    until: dt.date | None = None

    @classmethod
    def of(cls, keep: Keep, storage: Storage = Storage.IN_USE, until: dt.date | None = None) -> Self:
        return cls(key_name(keep, storage), until)

    @property
    def keep(self) -> Keep:
        return Keep[self.name.rpartition(".")[2]]


class Gone(Protocol):
    """Who has gone for good, written down where no copy of the keyring reaches: the tombstones."""

    def kept_of(self, subject: SubjectId) -> Sequence[KeptClass] | None:
        """What may be kept of somebody who has gone; None for everybody else. In memory: asked for each key made."""
        ...


class _Nobody:
    def kept_of(self, subject: SubjectId) -> None:  # noqa: ARG002 - the port's
        return None


@final
class Keyring:
    """Open it once, in the process that serves; every method is synchronous and quick."""

    def __init__(
        self, store: KeyStore, file: KeyFile, clock: Clock, randomness: Randomness, backup_lifetime: float, cached: int
    ) -> None:
        """Use `Keyring.open`."""
        self._store = store
        self._root = file.root
        self._clock = clock
        self._backup_lifetime = backup_lifetime
        self._epochs = Epochs(file)
        self._directory = Directory(store, self._epochs, file.root, randomness)
        self._keys = DataKeys(store, self._epochs, randomness, cached, self._writable)
        self._tombstones: Gone = _Nobody()
        self._forgotten: dict[SubjectId, frozenset[str]] = {}  # by this process, and in which classes something is kept

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        key_file: Path,
        clock: Clock,
        randomness: Randomness,
        backup_lifetime: float = _BACKUP_LIFETIME,
        cached: int = _CACHED,
    ) -> Self:
        """Open both files, or make both.

        `backup_lifetime` is how long (seconds) a copy of the keyring can be opened. Raises an OperatorFault when the
        key file is missing, exposed or damaged, or when the lifetime would outlive the promise of erasure.
        """
        if not 0 < backup_lifetime < _PROMISE:
            raise LifetimeTooLong(seconds=backup_lifetime)
        store = KeyStore(path)
        try:
            file = _key_file(key_file, store, clock, randomness)
        except BaseException:
            store.close()
            raise
        return cls(store, file, clock, randomness, backup_lifetime, cached)

    def close(self) -> None:
        """Let go of the file and of every key in memory."""
        self._keys.drop_all()
        self._store.close()

    def respect(self, tombstones: Gone) -> None:
        """From now on nothing is written about whom these name, but what they keep; also after a restart.

        Call it before anything else writes. It costs no message anything: it is asked when a key is to be made.
        """
        self._tombstones = tombstones

    # Who is it?

    def bind(self, provider: ProviderId, kind: IdentifierKind, value: str, subject: SubjectId) -> None:
        """Let the identifier lead to the subject; raises IdentifierTaken, or SubjectGone. Twice is as once."""
        self._refuse_gone(subject)
        self._directory.bind(provider, kind, value, subject)

    def find(self, provider: ProviderId, kind: IdentifierKind, value: str) -> SubjectId | None:
        """The subject that the identifier leads to; it is normalised here (`identifier.normalise`)."""
        return self._directory.find(provider, kind, value)

    def unbind(self, provider: ProviderId, kind: IdentifierKind, value: str) -> bool:
        """Let the identifier lead nowhere, as when a token was replaced; False when it led nowhere before."""
        return self._directory.unbind(provider, kind, value)

    def ledger_ref(self, subject: SubjectId) -> LedgerRef:
        """How the ledger speaks of the subject; made at the first call, and it ends with the person."""
        self._refuse_gone(subject)
        return self._directory.ledger_ref(subject)

    def resolve(self, ref: LedgerRef) -> SubjectId | None:
        """The subject of a ledger reference; None once the person has gone."""
        return self._directory.resolve(ref)

    def subjects(self) -> list[SubjectId]:
        """Everybody the keyring knows, by key or identifier."""
        rows = self._store.connection.execute("SELECT subject FROM data_key UNION SELECT subject FROM identifier")
        return [subject for (subject,) in rows]

    def knows(self, subject: SubjectId) -> bool:
        """Whether there is still a key or an identifier of the subject."""
        return bool(self.traces(subject))

    def opens(self, subject: SubjectId) -> bool:
        """Whether a key or identifier of the subject is under an epoch key that is alive; in an old copy none is."""
        stored = "SELECT epoch FROM data_key WHERE subject = ?1 UNION SELECT epoch FROM identifier WHERE subject = ?1"
        return any(number in self._epochs for (number,) in self._store.connection.execute(stored, (subject,)))

    # What can be read?

    def ensure_keys(self, places: Sequence[Place]) -> list[tuple[int, AESGCM]]:
        """Period and cipher of the data key of each place; missing ones are made in one transaction.

        Raises SubjectGone, and then none was made.
        """
        return self._keys.at(places)

    def keys(self, names: Sequence[tuple[SubjectId, str, int]]) -> list[AESGCM | None]:
        """The cipher of each data key, by subject, `Keep.code` and period; None where it was destroyed."""
        return self._keys.named(names)

    def derive(self, purpose: str) -> bytes:
        """A secret of 32 bytes for a purpose of the kernel (signing, MACs, nonces); the same after a restart."""
        return derive(self._root, f"purpose {purpose}")

    # The end

    def forget(self, subject: SubjectId, keeping: Iterable[KeptClass] = ()) -> None:
        """Destroy the subject's keys and identifiers, in one transaction: the point of no return.

        Only what `keeping` names is left, of what there is: the keys of those classes, and the identifiers by which
        they must be found. Nothing else is ever written about the subject. Done twice, or for somebody unknown, it
        changes nothing; what an earlier call destroyed no later one brings back. Afterwards call `scrub` until it
        succeeds.
        """
        keeping = tuple(keeping)
        names = [kept.name for kept in keeping]
        kinds = sorted({kind.value for kept in keeping for kind in kept.keep.found_by})
        self._forgotten[subject] = frozenset(names)
        self._keys.drop(subject)
        with self._store.transaction() as connection:
            forget(connection, subject, "data_key", "keep", names)
            held = {name for (name,) in connection.execute("SELECT keep FROM data_key WHERE subject = ?", (subject,))}
            forget(connection, subject, "identifier", "kind", kinds if held else [])
            forget(connection, subject, "kept", "keep", [])
            rows = [(subject, kept.name, _ordinal(kept.until)) for kept in keeping if kept.name in held]
            connection.executemany("INSERT INTO kept (subject, keep, until) VALUES (?, ?, ?)", rows)
        self._store.scrub()

    def kept(self, subject: SubjectId) -> tuple[KeptClass, ...]:
        """What is kept of somebody who has gone; empty for everybody else."""
        return tuple(_kept(name, until) for name, until in self._store.kept(subject).items())

    def remains(self) -> dict[SubjectId, tuple[KeptClass, ...]]:
        """Everybody of whom something is kept though they have gone."""
        found: dict[SubjectId, list[KeptClass]] = {}
        for subject, name, until in self._store.connection.execute("SELECT subject, keep, until FROM kept"):
            found.setdefault(subject, []).append(_kept(name, until))
        return {subject: tuple(kept) for subject, kept in found.items()}

    def is_forgotten(self, subject: SubjectId, keeping: Iterable[KeptClass] = ()) -> bool:
        """Whether nothing is there of the subject but what may be kept."""
        keeping = tuple(keeping)
        names = {kept.name for kept in keeping}
        kinds = {kind.value for kept in keeping for kind in kept.keep.found_by}
        keys = self._store.connection.execute("SELECT DISTINCT keep FROM data_key WHERE subject = ?", (subject,))
        found = self._store.connection.execute("SELECT DISTINCT kind FROM identifier WHERE subject = ?", (subject,))
        return {name for (name,) in keys} <= names and {kind for (kind,) in found} <= kinds

    def destroy(
        self, subject: SubjectId, keep: Keep, storage: Storage = Storage.IN_USE, *, period: int | None = None
    ) -> int:
        """Destroy the subject's keys of one retention class (of one period), before its term; tells how many.

        For what must go at once, and not at the next sweep: no copy of those rows opens any more, once the epochs that
        older copies of the keyring need are over. Whatever is written of that class later gets a new key.
        """
        gone = self._keys.end(subject, key_name(keep, storage), period)
        if gone:
            self._store.scrub()
        return gone

    def end_periods(self, subject: SubjectId, keep: Keep, *, but: Collection[int]) -> int:
        """Destroy the subject's keys of a class but those of these periods, before they are over by themselves."""
        query = "SELECT period FROM data_key WHERE subject = ? AND keep = ?"
        periods = [period for (period,) in self._store.connection.execute(query, (subject, keep.code))]
        return sum(self.destroy(subject, keep, period=period) for period in periods if period not in but)

    def scrub(self) -> bool:
        """Clear what was deleted out of the log and the page cache; False when another process reads: try again."""
        return self._store.scrub()

    def expire(self) -> int:
        """Destroy the keys whose period is over, and with them every copy of the rows; tells how many."""
        gone = self._keys.expire(self._clock.time())
        if gone:
            self._store.scrub()
        return gone

    def traces(self, subject: SubjectId, but: Iterable[KeptClass] = ()) -> list[bytes]:
        """Every byte string that stands for the subject in the file now: what no scan may find after the end.

        `but` names what will be left.
        """
        names = {kept.name for kept in but}
        kinds = {kind.value for kept in but for kind in kept.keep.found_by}
        stored = (
            "SELECT wrapped, keep FROM data_key WHERE subject = ?1"
            " UNION ALL SELECT blind, kind FROM identifier WHERE subject = ?1"
        )
        rows = self._store.connection.execute(stored, (subject,))
        return [trace for trace, what in rows if what not in names and what not in kinds]

    # Epochs and copies

    @property
    def epochs(self) -> tuple[Epoch, ...]:
        """The epochs whose keys are alive, oldest first."""
        return self._epochs.listed

    @property
    def secure_delete(self) -> bool:
        """Whether the keyring overwrites what it deletes; no erasure is certified without."""
        return self._store.secure_delete

    def dead_epochs(self) -> set[int]:
        """Epochs that rows name but whose keys are destroyed: then this keyring is an old copy."""
        return {number for number in self._store.epochs_in_use() if number not in self._epochs}

    def rotate(self) -> None:
        """Do all that `rotation` does, at once."""
        for _ in self.rotation():
            pass

    def rotation(self) -> Iterator[int]:
        """Expire keys, begin an epoch when a day is over, move all rows to it, destroy epochs past the backup lifetime.

        Yields after each step of about ten milliseconds, so that the event loop can do other work in between. A half
        done rotation is a valid state: rows name their epoch, and the next rotation goes on.
        """
        yield self.expire()
        now = self._clock.time()
        if self._epochs.listed[-1].made + _EPOCH <= now:
            self._epochs.begin(now)
        yield from self._keys.rewrap()
        yield from self._directory.reblind()
        self._destroy_old_epochs(now)

    def export(self, target: Path) -> None:
        """Write a backup copy without the classes and identifiers that no backup may hold; from any thread."""
        self._store.export(target)

    def _destroy_old_epochs(self, now: float) -> None:
        needed = self._store.epochs_in_use() | {self._epochs.newest.number}
        old = {epoch.number for epoch in self._epochs.listed if epoch.made + self._backup_lifetime <= now} - needed
        if old:
            self._store.scrub()
            self._epochs.destroy(old)

    def _refuse_gone(self, subject: SubjectId) -> None:
        if self._writable(subject) is not None:
            raise SubjectGone

    def _writable(self, subject: SubjectId) -> Collection[str] | None:
        """In which classes may still be written about somebody who has gone; None for everybody else."""
        if kept := self._store.kept(subject):
            return kept
        if subject in self._forgotten:
            return self._forgotten[subject]
        keeps = self._tombstones.kept_of(subject)
        if keeps is None:
            return None
        today = day_of(self._clock.time())
        return {each.name for each in keeps if each.until is None or each.until >= today}


def _ordinal(day: dt.date | None) -> int | None:
    return None if day is None else day.toordinal()


def _kept(name: str, until: int | None) -> KeptClass:
    return KeptClass(name, None if until is None else dt.date.fromordinal(until))


def _key_file(path: Path, store: KeyStore, clock: Clock, randomness: Randomness) -> KeyFile:
    if path.exists():
        return KeyFile.load(path, randomness)
    if not store.is_empty():
        raise KeyFileMissing
    return KeyFile.create(path, clock, randomness)
