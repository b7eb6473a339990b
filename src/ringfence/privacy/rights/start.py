"""The check at every start: whatever copies the files came from, nobody who is gone comes back."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, final

import sqlalchemy as sa

from ringfence.clock import Clock, day_of
from ringfence.declarations import REGISTRY, Record, Registry
from ringfence.identifiers import ProviderId, SubjectId
from ringfence.persistence import Database, UnitOfWork
from ringfence.privacy.ledger import Event, Ledger
from ringfence.privacy.rights.errors import KeyringMismatch, KeyringTooOld
from ringfence.privacy.rights.guardian import Guardian, erasable, erasable_rows
from ringfence.privacy.rights.records import ErasureRecord
from ringfence.privacy.rights.tombstone import Tombstone, TombstoneFile
from ringfence.privacy.vault import KeptClass, Keyring

__all__ = ["StartReport", "startup_check"]


@final
@dataclass(frozen=True, slots=True)
class StartReport:
    """What the check found.

    `replayed` persons came from an older copy and were erased again. `orphans` have rows that no key opens: they
    enrolled after the keyring's copy was made, and must enrol anew.
    """

    replayed: int
    orphans: int


class Protects(Protocol):
    """Who has noted, where no older copy reaches, what of a person's must stay (`restriction.Standing`)."""

    async def protect(self, unit: UnitOfWork, subject: SubjectId, registry: Registry) -> None:
        """Put guards up in this unit, unless they are. Idempotent."""
        ...


async def startup_check(
    db: Database,
    keyring: Keyring,
    tombstones: TombstoneFile,
    ledger: Ledger,
    clock: Clock,
    *,
    protects: Protects | None = None,
    registry: Registry = REGISTRY,
) -> StartReport:
    """Compares epochs and tombstones with both databases, before anything else reads them; replays or refuses.

    `protects` knows what must outlive an erasure though the copy does not.
    Erasures that were merely interrupted are left to `Erasures.resume`. Raises KeyringTooOld, KeyringMismatch or
    TombstonesTooOld, each with its remedy.
    """
    dead = keyring.dead_epochs()
    if dead:
        raise KeyringTooOld(epochs=len(dead), newest=max(dead), remedy="put_back_current_keyring")
    await _demand_newest(db, tombstones)
    present = await _present(db, registry)
    known = set(keyring.subjects())
    gone = {subject: stone for subject in known | present.keys() if (stone := tombstones.of(subject))}
    if present.keys() - gone.keys() and not known:
        raise KeyringMismatch(remedy="check_keyring_path")
    today = day_of(clock.time())
    replayed = [
        stone
        for subject, stone in gone.items()
        if await _Replay(db, keyring, ledger, protects, registry, subject, stone, today).needed()
    ]
    await db.checkpoint()  # a log that a kill left behind may hold what was deleted since
    keyring.scrub()
    return StartReport(len(replayed), len(present.keys() - known - gone.keys()))


async def _demand_newest(db: Database, tombstones: TombstoneFile) -> None:
    """The database may know of tombstones that an older copy of the file lacks."""
    table = ErasureRecord.declaration.table
    newest = sa.select(table.c.tombstone, table.c.tombstone_digest).where(table.c.tombstone.is_not(None))
    async with db.reading() as unit:
        row = (await unit.execute(newest.order_by(table.c.tombstone.desc()).limit(1))).first()
    if row is not None:
        tombstones.demand(row.tombstone, row.tombstone_digest)


async def _present(db: Database, registry: Registry) -> dict[SubjectId, ProviderId]:
    """Everybody who has a row of their own, or a part of one."""
    found: dict[SubjectId, ProviderId] = {}
    async with db.reading() as unit:
        for kind in registry.about_people():
            declaration = kind.declaration
            for part in declaration.parts:
                column = declaration.table.c[declaration.subject_column(part)]
                rows = await unit.execute(sa.select(column.label("who"), declaration.table.c.provider).distinct())
                found.update((row.who, row.provider) for row in rows if row.who)
    return found


@final
@dataclass(frozen=True, slots=True)
class _Replay:
    """One person who came back with an older copy, or half of whom a kill left."""

    db: Database
    keyring: Keyring
    ledger: Ledger
    protects: Protects | None
    registry: Registry
    subject: SubjectId
    stone: Tombstone
    today: dt.date

    async def needed(self) -> bool:
        """Erases again what the tombstone does not keep; False if there is none, or an erasure is under way."""
        keeping = tuple(each for each in self.stone.keeps if each.until is None or each.until >= self.today)
        async with self.db.reading() as unit:
            if await unit.count(ErasureRecord, subject=self.subject):
                return False
            done = await unit.get(ErasureRecord, self.stone.erasure)
            left = await erasable_rows(unit, self.registry, self.subject, keeping)
        if not left and self.keyring.is_forgotten(self.subject, keeping):
            return False
        if any(each.name != each.keep.code for each in keeping):
            await self._protect()
            await Guardian(self.db, self.registry).put_away(self.subject)  # as far as the copy knows of holds
        self.keyring.forget(self.subject, keeping)
        await self._delete(keeping, done.provider if done is not None else None)
        return True

    async def _protect(self) -> None:
        if self.protects is not None:
            async with self.db.transaction() as unit:
                await self.protects.protect(unit, self.subject, self.registry)

    async def _delete(self, keeping: Sequence[KeptClass], provider: ProviderId | None) -> None:
        async with self.db.transaction() as unit:
            for kind in erasable(self.registry, keeping):
                provider = provider or await _provider_of(unit, kind, self.subject)
                await unit.delete(kind, subject=self.subject)
            if provider is not None:
                await self.ledger.append(unit, provider, Event.ERASURE_REPLAYED, number=self.stone.number)


async def _provider_of(unit: UnitOfWork, kind: type[Record], subject: SubjectId) -> ProviderId | None:
    table = kind.declaration.table
    found: ProviderId | None = (
        await unit.execute(sa.select(table.c.provider).where(kind.declaration.concerns(subject)).limit(1))
    ).scalar()
    return found
