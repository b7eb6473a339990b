"""The ledger: appends within a unit of work, swears checkpoints, verifies."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final, final

import sqlalchemy as sa

from ringfence.clock import Clock
from ringfence.identifiers import LedgerRef, ProviderId, RowId, SubjectId
from ringfence.persistence import Database, UnitOfWork
from ringfence.privacy.ledger.chain import Damage, Head, Link, Part, Walk, body_of, genesis, link_hash
from ringfence.privacy.ledger.checkpoint import Statement, read_checkpoint, sign_checkpoint
from ringfence.privacy.ledger.event import Event, Fact, closed_facts
from ringfence.privacy.ledger.records import LedgerCheckpoint, LedgerEntry
from ringfence.privacy.ledger.signature import Signer
from ringfence.privacy.vault import Keyring

__all__ = ["Ledger", "Report"]

_PAGE: Final = 1000  # entries read at once: below a megabyte


@final
@dataclass(frozen=True, slots=True)
class Report:
    """What verifying a chain found. `head` is the newest entry that is there."""

    provider: ProviderId
    entries: int
    checkpoints: int
    head: Head
    damages: tuple[Damage, ...]

    @property
    def sound(self) -> bool:
        return not self.damages


@final
class Ledger:
    """One for all providers; each has a chain of its own."""

    __slots__ = ("_clock", "_db", "_keyring", "_signer")

    def __init__(self, db: Database, keyring: Keyring, signer: Signer, clock: Clock) -> None:
        self._db = db
        self._keyring = keyring
        self._signer = signer
        self._clock = clock

    async def append(
        self,
        unit: UnitOfWork,
        provider: ProviderId,
        event: Event,
        *,
        subject: SubjectId | None = None,
        ref: LedgerRef | None = None,
        **facts: Fact,
    ) -> Head:
        """Records an event with what the unit writes, or not at all. Raises FactNotClosed, or SubjectGone.

        `subject` is recorded by the person's reference; whoever has that already (a person who is gone has no other
        trace) hands in `ref` instead.
        """
        closed = closed_facts(event, facts)
        if subject is not None:
            ref = self._keyring.ledger_ref(subject)
        head = await self._head(unit, provider)
        number = head.number + 1
        body = body_of(provider, number, self._clock.time(), event, ref, closed)
        digest = link_hash(head.hash, body)
        entry = LedgerEntry(id=RowId(f"{provider}:{number}"), provider=provider, number=number, body=body, hash=digest)
        await unit.add(entry)
        return Head(number, digest)

    async def head(self, provider: ProviderId) -> Head:
        """Where the chain stands; number 0 if nothing was recorded yet."""
        async with self._db.reading() as unit:
            return await _newest(unit, provider)

    async def providers(self) -> list[ProviderId]:
        """Who has a chain."""
        table = LedgerEntry.declaration.table
        async with self._db.reading() as unit:
            found = await unit.execute(sa.select(table.c.provider).distinct().order_by(table.c.provider))
            return [ProviderId(name) for name in found.scalars()]

    async def checkpoint(self, provider: ProviderId) -> Head:
        """Swears to where the chain stands now; twice at the same place is once."""
        async with self._db.transaction() as unit:
            head = await _newest(unit, provider)
            sworn = sign_checkpoint(provider, head, self._clock.time(), self._signer)
            if head.number and await unit.get(LedgerCheckpoint, sworn.id) is None:
                await unit.add(sworn)
        return head

    async def verify(self, provider: ProviderId, *, at_least: int = 0) -> Report:
        """Reads the whole chain. `at_least` is an entry that is known to have existed (from a tombstone, a backup)."""
        walk, entries = Walk(provider), 0
        async with self._db.reading() as unit:
            sworn, forged = await self._checkpoints(unit, provider)
            async for link in self._links(unit, provider):
                entries += 1
                walk.step(link)
                if link.number in sworn:
                    walk.checkpoint(link.number, sworn[link.number].hash)
        damages = walk.finish(at_least=max((at_least, *sworn)))
        found = sorted({*damages, *(Damage(number, Part.CHECKPOINT) for number in forged)})
        return Report(provider, entries, len(sworn) + len(forged), walk.head, tuple(found))

    async def _head(self, unit: UnitOfWork, provider: ProviderId) -> Head:
        if self._db.dialect == "postgresql":  # SQLite has one writer anyway; here two would chain to the same entry
            await unit.execute(sa.text("LOCK TABLE ledger_entry IN SHARE ROW EXCLUSIVE MODE"))
        return await _newest(unit, provider)

    async def _checkpoints(self, unit: UnitOfWork, provider: ProviderId) -> tuple[dict[int, Statement], list[int]]:
        sworn, forged = {}, []
        for row in await unit.select(LedgerCheckpoint, provider=provider):
            statement = read_checkpoint(row, self._signer)
            if statement is None:
                forged.append(row.number)
            else:
                sworn[statement.number] = statement
        return sworn, forged

    async def _links(self, unit: UnitOfWork, provider: ProviderId) -> AsyncIterator[Link]:
        """In pages, by number; ids are read as bytes, since a flipped bit may leave text that is no text."""
        table = LedgerEntry.declaration.table
        row_id = sa.cast(table.c.id, sa.LargeBinary) if self._db.dialect == "sqlite" else table.c.id
        columns = sa.select(row_id.label("name"), table.c.number, table.c.body, table.c.hash)
        last: tuple[int, object] | None = None
        while True:
            page = columns.where(table.c.provider == provider).order_by(table.c.number, row_id).limit(_PAGE)
            if last is not None:
                page = page.where(sa.tuple_(table.c.number, row_id) > sa.tuple_(last[0], last[1]))
            rows = (await unit.execute(page)).all()
            for row in rows:
                yield _link(provider, row.name, row.number, row.body, row.hash)
            if len(rows) < _PAGE:
                return
            last = (rows[-1].number, rows[-1].name)


async def _newest(unit: UnitOfWork, provider: ProviderId) -> Head:
    found = await unit.select(LedgerEntry, provider=provider, order="-number", limit=1)
    return Head(found[0].number, found[0].hash) if found else Head(0, genesis(provider))


def _link(provider: ProviderId, name: str | bytes, number: int, body: bytes, digest: bytes) -> Link:
    """An entry under a wrong id counts as filed under another number: nothing else refers to ids."""
    text = name.decode("utf-8", "replace") if isinstance(name, bytes) else name
    return Link(number if text == f"{provider}:{number}" else -1, body, digest)
