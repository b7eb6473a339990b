"""From subjects to data keys: one per subject, retention class and expiry period, wrapped by the epoch."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ringfence.declarations import Keep
from ringfence.identifiers import ProviderId, SubjectId
from ringfence.persistence import Place, SubjectGone
from ringfence.privacy.vault.epochkey import NONCE
from ringfence.privacy.vault.epochs import Epochs
from ringfence.privacy.vault.store import KeyStore, key_name, key_names, marks
from ringfence.randomness import Randomness

__all__ = ["DataKeys", "period_of"]

_KEY: Final = 32  # bytes: AES-256
_CHUNK: Final = 500  # subjects asked for in one statement
_STEP: Final = 1_000  # keys wrapped anew in one transaction: about ten milliseconds


def period_of(keep: Keep, due: float | None) -> int:
    """The expiry period whose key seals a row due then: 0 for classes without periods and rows without end."""
    return 0 if keep.period is None or due is None else max(0, int(due // keep.period))


_Name = tuple[SubjectId, str, int]
"""What a data key is for: subject, retention class, period."""
_Writable = Callable[[SubjectId], Collection[str] | None]
"""In which classes may still be written about somebody who has gone; None for everybody else."""
_Row = tuple[SubjectId, str, int, ProviderId, int, bytes]
"""Subject, retention class and period, which name the key; provider, epoch and the wrapped key."""


@final
class DataKeys:
    """The keys that seal rows; those fetched last stay in memory, whole subjects at a time."""

    def __init__(
        self, store: KeyStore, epochs: Epochs, randomness: Randomness, cached: int, writable: _Writable
    ) -> None:
        self._store = store
        self._epochs = epochs
        self._randomness = randomness
        self._cached = cached
        self._ciphers: dict[_Name, AESGCM] = {}
        self._fetched: dict[SubjectId, list[_Name]] = {}  # whose keys are all in memory; oldest first
        self._writable = writable

    def at(self, places: Sequence[Place]) -> list[tuple[int, AESGCM]]:
        """Period and cipher of the key that seals at each place, made if need be; raises SubjectGone."""
        self._trim()
        ciphers = self._ciphers
        names = [(at.subject, key_name(at.keep, at.storage), period_of(at.keep, at.due)) for at in places]
        missing = {name: place for name, place in zip(names, places, strict=True) if name not in ciphers}
        if missing:
            self._ensure(missing)
        return [(name[2], ciphers[name]) for name in names]

    def named(self, names: Sequence[_Name]) -> list[AESGCM | None]:
        """The cipher of each key; None where there is no such key any more."""
        self._trim()
        ciphers = self._ciphers
        if missing := {name[0] for name in names if name not in ciphers}:
            for subject in missing:
                self.drop(subject)  # another process may have made keys since they were fetched
            self._fetch(missing)
        return [ciphers.get(name) for name in names]

    def drop(self, subject: SubjectId) -> None:
        """Drop what is in memory of the subject."""
        for name in self._fetched.pop(subject, ()):
            del self._ciphers[name]

    def drop_all(self) -> None:
        """Drop all that is in memory."""
        self._ciphers.clear()
        self._fetched.clear()

    def expire(self, now: float) -> int:
        """Delete the keys whose period is over; tells how many."""
        gone = 0
        with self._store.transaction() as connection:
            for keep in Keep:
                for name in key_names(keep) if keep.period is not None else ():
                    over = "DELETE FROM data_key WHERE keep = ? AND period > 0 AND (period + 1) * ? <= ?"
                    gone += connection.execute(over, (name, keep.period, now)).rowcount
        if gone:
            self.drop_all()
        return gone

    def end(self, subject: SubjectId, name: str, period: int | None) -> int:
        """Delete the subject's keys of one name (and period); tells how many. Later writing gets a new key."""
        over, values = "DELETE FROM data_key WHERE subject = ? AND keep = ?", (subject, name)
        with self._store.transaction() as connection:
            if period is None:
                gone = connection.execute(over, values).rowcount
            else:
                gone = connection.execute(f"{over} AND period = ?", (*values, period)).rowcount
        self.drop(subject)
        return gone

    def rewrap(self) -> Iterator[int]:
        """Move all keys of living epochs to the newest; yields how many each step moved."""
        last = ("", "", 0)
        while rows := self._rows_after(last):
            yield self._rewrap_some(rows)
            last = rows[-1][:3]

    def _ensure(self, missing: dict[_Name, Place]) -> None:
        self._fetch({subject for subject, _, _ in missing})
        missing = {name: place for name, place in missing.items() if name not in self._ciphers}
        if missing:
            self._refuse_gone(missing)
            self._make(missing)

    def _refuse_gone(self, missing: Iterable[_Name]) -> None:
        """Of somebody who has gone nothing is ever written but what is kept; a key that is not made seals nothing."""
        for subject, keep, _ in missing:
            writable = self._writable(subject)
            if writable is not None and keep not in writable:
                raise SubjectGone

    def _fetch(self, subjects: Iterable[SubjectId]) -> None:
        unknown = iter([subject for subject in subjects if subject not in self._fetched])
        while chunk := list(islice(unknown, _CHUNK)):
            self._load(chunk)

    def _rewrap_some(self, rows: Sequence[_Row]) -> int:
        newest, moved = self._epochs.newest, []
        nonces = self._randomness.bytes(NONCE * len(rows))
        for at, (subject, keep, period, provider, epoch, wrapped) in enumerate(rows):
            if old := self._epochs.get(epoch):
                owner = _owner(subject, keep, period)
                key = old.unwrap(provider, owner, wrapped)
                again = newest.wrap(provider, owner, key, nonces[at * NONCE : (at + 1) * NONCE])
                moved.append((newest.number, again, subject, keep, period, epoch))
        # a key that was deleted or moved since it was read stays as it is
        update = (
            "UPDATE data_key SET epoch = ?, wrapped = ? WHERE subject = ? AND keep = ? AND period = ? AND epoch = ?"
        )
        with self._store.transaction() as connection:
            connection.executemany(update, moved)
        return len(moved)

    def _rows_after(self, last: tuple[str, str, int]) -> list[_Row]:
        return self._store.connection.execute(
            "SELECT subject, keep, period, provider, epoch, wrapped FROM data_key"
            " WHERE (subject, keep, period) > (?, ?, ?) AND epoch <> ? ORDER BY subject, keep, period LIMIT ?",
            (*last, self._epochs.newest.number, _STEP),
        ).fetchall()

    def _make(self, missing: dict[_Name, Place]) -> None:
        newest, rows, made = self._epochs.newest, [], []
        for name, place in missing.items():
            key = self._randomness.bytes(_KEY)
            wrapped = newest.wrap(place.provider, _owner(*name), key, self._randomness.bytes(NONCE))
            rows.append((*name, place.provider, newest.number, wrapped))
            made.append((name, AESGCM(key)))
        with self._store.transaction() as connection:
            connection.executemany(
                "INSERT INTO data_key (subject, keep, period, provider, epoch, wrapped) VALUES (?, ?, ?, ?, ?, ?)", rows
            )
        for name, cipher in made:
            self._remember(name, cipher)

    def _load(self, subjects: Sequence[SubjectId]) -> None:
        self._fetched.update((subject, []) for subject in subjects)
        columns = "subject, keep, period, provider, epoch, wrapped"
        query = f"SELECT {columns} FROM data_key WHERE subject IN ({marks(subjects)})"  # noqa: S608 - only question marks
        rows: Iterable[_Row] = self._store.connection.execute(query, subjects)
        for subject, keep, period, provider, number, wrapped in rows:
            if epoch := self._epochs.get(number):
                key = epoch.unwrap(provider, _owner(subject, keep, period), wrapped)
                self._remember((subject, keep, period), AESGCM(key))

    def _trim(self) -> None:
        while len(self._fetched) > self._cached:
            self.drop(next(iter(self._fetched)))

    def _remember(self, name: _Name, cipher: AESGCM) -> None:
        self._ciphers[name] = cipher
        self._fetched[name[0]].append(name)


def _owner(subject: str, keep: str, period: int) -> bytes:
    """What a wrapped key is bound to."""
    return f"{subject}\0{keep}\0{period}".encode()
