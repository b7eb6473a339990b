"""Which restrictions are in force, noted where no older copy of the databases reaches: in a file beside the key file.

A backup from before a restriction does not know it; whoever puts that back must not set free what somebody had stopped.
So each restriction is noted here before it counts, and at every start those that the database lacks are put in force
again. The file is in no backup, as the anchor of the tombstones; it is sealed, names people by the commitment of the
tombstones, and holds nothing of a restriction that was lifted.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self, final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ringfence.declarations import REGISTRY, Registry
from ringfence.identifiers import CaseId, ProviderId, RowId, StaffId, SubjectId
from ringfence.persistence import Storage, UnitOfWork
from ringfence.privacy.disk import replace_synced
from ringfence.privacy.restriction.covering import guards_of
from ringfence.privacy.restriction.errors import StandingDamaged
from ringfence.privacy.restriction.records import Ground, Restriction, Stage
from ringfence.privacy.rights import commitment
from ringfence.privacy.vault import Keyring
from ringfence.randomness import Randomness

__all__ = ["Note", "Standing"]

_PURPOSE: Final = "restrictions in force"
_NONCE: Final = 12  # bytes (NIST SP 800-38D)


@final
@dataclass(frozen=True, slots=True)
class Note:
    """A restriction in force; `who` is the commitment of its person."""

    id: RowId
    provider: ProviderId
    who: str
    ground: Ground
    case: CaseId | None
    staff: StaffId | None
    tables: tuple[str, ...]
    rows: tuple[RowId, ...]
    since: float

    @classmethod
    def of(cls, made: Restriction) -> Self:
        return cls(
            made.id, made.provider, commitment(made.subject), made.ground, made.case, made.staff, made.tables,
            made.rows, made.since,
        )  # fmt: skip

    def restriction(self, subject: SubjectId) -> Restriction:
        """As it was; whoever had been told that it would end is told again."""
        return Restriction(
            id=self.id,
            provider=self.provider,
            subject=subject,
            ground=self.ground,
            stage=Stage.IN_FORCE,
            case=self.case,
            staff=self.staff,
            tables=self.tables,
            rows=self.rows,
            since=self.since,
        )


@final
class Standing:
    """The file. One process at a time writes it: the one that serves. Each change is on the disk when it returns."""

    def __init__(self, path: Path, keyring: Keyring, randomness: Randomness) -> None:
        """Raises StandingDamaged; a file that is not there holds nothing."""
        self._path = path
        self._cipher = AESGCM(keyring.derive(_PURPOSE))
        self._randomness = randomness
        self._notes = {note.id: note for note in self._read()}

    def __contains__(self, restriction: RowId) -> bool:
        return restriction in self._notes

    @property
    def notes(self) -> tuple[Note, ...]:
        return tuple(self._notes.values())

    async def protect(self, unit: UnitOfWork, subject: SubjectId, registry: Registry = REGISTRY) -> None:
        """Of somebody who has gone: puts up again what they want kept and an older copy of the database lacks.

        For the check at the start (port `Protects`), before it erases them again.
        """
        for note in (each for each in self.notes if each.ground.protects and each.who == commitment(subject)):
            if not await unit.count(Restriction, id=note.id):
                made = note.restriction(subject)
                await unit.guard(*guards_of(made, registry, own=Storage.HELD))
                await unit.add(made)

    def note(self, made: Restriction) -> None:
        """From now on no copy of the databases loses it. Blocks for an fsync."""
        if made.id not in self._notes:
            self._write({**self._notes, made.id: Note.of(made)})

    def drop(self, restriction: RowId) -> None:
        """It was lifted, or its person has gone; twice is as once."""
        if restriction in self._notes:
            self._write({name: note for name, note in self._notes.items() if name != restriction})

    def drop_subject(self, subject: SubjectId) -> None:
        """Their data goes, and with it what was said about it; but where the person wants it kept, the note stays."""
        who = commitment(subject)
        left = {name: note for name, note in self._notes.items() if note.who != who or note.ground.protects}
        if len(left) < len(self._notes):
            self._write(left)

    def _read(self) -> list[Note]:
        if not self._path.exists():
            return []
        content = self._path.read_bytes()
        try:
            plain = self._cipher.decrypt(content[:_NONCE], content[_NONCE:], _PURPOSE.encode())
            return msgspec.msgpack.decode(plain, type=list[Note])
        except (InvalidTag, ValueError) as fault:
            raise StandingDamaged(remedy="put_back_key_folder") from fault

    def _write(self, notes: dict[RowId, Note]) -> None:
        nonce = self._randomness.bytes(_NONCE)
        plain = msgspec.msgpack.encode(list(notes.values()))
        replace_synced(self._path, nonce + self._cipher.encrypt(nonce, plain, _PURPOSE.encode()))
        self._notes = notes
