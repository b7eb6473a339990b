"""From identifiers to subjects: a table of blinded MACs."""

import base64
from collections.abc import Iterator
from typing import Final, final

from ringfence.declarations import IdentifierKind
from ringfence.identifiers import LedgerRef, ProviderId, SubjectId, new_id, spell_id
from ringfence.privacy.vault.epochkey import BLOCK, EpochKey, derive
from ringfence.privacy.vault.epochs import Epochs
from ringfence.privacy.vault.errors import IdentifierTaken
from ringfence.privacy.vault.identifier import mac
from ringfence.privacy.vault.store import KeyStore, marks
from ringfence.randomness import Randomness

__all__ = ["Directory"]

_STEP: Final = 1_000  # rows blinded anew in one transaction: a few milliseconds


@final
class Directory:
    """What leads to a person; an identifier itself is nowhere in it.

    A row holds the epoch's permutation of a MAC (or of a random ledger reference), so that rows can be blinded anew
    each day without knowing what they stand for, and an old copy can't be searched even by who holds the index key.
    """

    def __init__(self, store: KeyStore, epochs: Epochs, root: bytes, randomness: Randomness) -> None:
        self._store = store
        self._epochs = epochs
        self._root = root
        self._randomness = randomness
        self._index_keys: dict[ProviderId, bytes] = {}

    def bind(self, provider: ProviderId, kind: IdentifierKind, value: str, subject: SubjectId) -> None:
        """Let the identifier lead to the subject; raises IdentifierTaken. Twice is as once."""
        block = self._mac(provider, kind, value)
        with self._store.transaction():
            holder = self._holder(block)
            if holder is None:
                self._insert(block, kind, subject)
            elif holder != subject:
                raise IdentifierTaken(kind=kind.value)

    def find(self, provider: ProviderId, kind: IdentifierKind, value: str) -> SubjectId | None:
        """The subject that the identifier leads to."""
        return self._holder(self._mac(provider, kind, value))

    def unbind(self, provider: ProviderId, kind: IdentifierKind, value: str) -> bool:
        """Let the identifier lead nowhere; False when it led nowhere before."""
        blinds = self._blinds(self._mac(provider, kind, value))
        with self._store.transaction() as connection:
            done = connection.execute(f"DELETE FROM identifier WHERE blind IN ({marks(blinds)})", blinds)  # noqa: S608 - only question marks
        return done.rowcount > 0

    def ledger_ref(self, subject: SubjectId) -> LedgerRef:
        """The subject's ledger reference, made at the first call."""
        kind = IdentifierKind.LEDGER_REF
        with self._store.transaction() as connection:
            query = "SELECT blind, epoch FROM identifier WHERE subject = ? AND kind = ?"
            for blind, epoch in connection.execute(query, (subject, kind.value)):
                if key := self._epochs.get(epoch):
                    return LedgerRef(spell_id(key.unblind(blind)))
            ref = LedgerRef(new_id(self._randomness))
            self._insert(_read(ref), kind, subject)
        return ref

    def resolve(self, ref: LedgerRef) -> SubjectId | None:
        """The subject of a ledger reference; None once the person has gone."""
        try:
            return self._holder(_read(ref))
        except ValueError:
            return None

    def reblind(self) -> Iterator[int]:
        """Move all rows of living epochs to the newest; yields how many each step moved."""
        newest = self._epochs.newest
        for old in self._epochs:
            while old is not newest and (moved := self._reblind_some(old, newest)):
                yield moved

    def _reblind_some(self, old: EpochKey, newest: EpochKey) -> int:
        with self._store.transaction() as connection:
            query = "SELECT blind FROM identifier WHERE epoch = ? LIMIT ?"
            blinds = [blind for (blind,) in connection.execute(query, (old.number, _STEP))]
            again = newest.blind(old.unblind(b"".join(blinds)))
            moved = [(again[at * BLOCK : (at + 1) * BLOCK], newest.number, blind) for at, blind in enumerate(blinds)]
            connection.executemany("UPDATE identifier SET blind = ?, epoch = ? WHERE blind = ?", moved)
        return len(moved)

    def _mac(self, provider: ProviderId, kind: IdentifierKind, value: str) -> bytes:
        key = self._index_keys.get(provider)
        if key is None:
            key = self._index_keys[provider] = derive(self._root, f"index {provider}")
        return mac(key, kind, value)

    def _blinds(self, block: bytes) -> list[bytes]:
        return [epoch.blind(block) for epoch in self._epochs]

    def _holder(self, block: bytes) -> SubjectId | None:
        blinds = self._blinds(block)
        query = f"SELECT subject FROM identifier WHERE blind IN ({marks(blinds)})"  # noqa: S608 - only question marks
        row = self._store.connection.execute(query, blinds).fetchone()
        return None if row is None else SubjectId(row[0])

    def _insert(self, block: bytes, kind: IdentifierKind, subject: SubjectId) -> None:
        newest = self._epochs.newest
        row = (newest.blind(block), newest.number, kind.value, subject)
        self._store.connection.execute("INSERT INTO identifier (blind, epoch, kind, subject) VALUES (?, ?, ?, ?)", row)


def _read(ref: LedgerRef) -> bytes:
    """The 16 bytes of a reference; raises ValueError when it is none."""
    block = base64.b32decode(ref.upper() + "======")
    if len(block) != BLOCK:
        raise ValueError(len(block))
    return block
