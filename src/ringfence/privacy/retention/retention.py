"""What goes when, computed from declarations and rows; and the sweep that makes it so."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, final

import sqlalchemy as sa

from ringfence.clock import DAY, Clock, day_of
from ringfence.declarations import REGISTRY, Keep, Record, Registry
from ringfence.identifiers import ProviderId, RowId
from ringfence.persistence import Database, Pace, UnitOfWork
from ringfence.privacy.ledger import Event, Ledger
from ringfence.privacy.retention.lease import Holder
from ringfence.privacy.retention.policy import RetentionPolicy
from ringfence.privacy.rights import Guardian, Remains
from ringfence.privacy.vault import Keyring
from ringfence.randomness import Randomness

__all__ = ["Due", "Expiry", "Retention", "Swept"]

_BATCH: Final = 500  # rows handed over at once
_LEASE: Final = 120.0  # seconds; renewed before each batch, so a dead sweeper holds up the next one two minutes


class Expiry(Protocol):
    """A service that carries out the end of its rows itself, since more hangs on them than a row."""

    async def expired(self, records: Sequence[Record]) -> None:
        """These are due. Called at every sweep while they are there; idempotent."""
        ...


@final
@dataclass(frozen=True, slots=True)
class Due:
    """What would go: `rows` of a table on a day; `day` None stands for rows that end with a state, not a date."""

    table: str
    keep: Keep
    day: dt.date | None
    rows: int

    @property
    def why(self) -> str:
        """The declaration's own sentence."""
        return self.keep.sentence

    @property
    def starts(self) -> str:
        """The event from which the term runs, or the state that keeps the row."""
        return self.keep.starts


@final
@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did. `held_elsewhere`: another process is sweeping, and nothing was done."""

    deleted: Mapping[str, int] = field(default_factory=dict)
    handed_over: Mapping[str, int] = field(default_factory=dict)
    keys_destroyed: int = 0
    remains_ended: int = 0
    """Of how many people, long gone, the last of something that was kept has ended."""
    held_elsewhere: bool = False


@final
class Retention:
    """Over all tables about people.

    `owners` are told what is due in their tables, and end it. `elsewhere` are tables whose service finds by itself what
    is due, by a state table of its own; the sweep leaves them alone, and the plan shows them. With a `ledger` each
    sweep leaves its evidence; `policies` tighten the terms of a provider's rows.
    """

    def __init__(
        self,
        db: Database,
        keyring: Keyring,
        clock: Clock,
        randomness: Randomness,
        *,
        owners: Mapping[type[Record], Expiry] | None = None,
        elsewhere: Collection[type[Record]] = (),
        ledger: Ledger | None = None,
        policies: Mapping[ProviderId, RetentionPolicy] | None = None,
        registry: Registry = REGISTRY,
    ) -> None:
        self._db = db
        self._keyring = keyring
        self._clock = clock
        self._owners = dict(owners or {})
        self._elsewhere = frozenset(elsewhere)
        self._ledger = ledger
        self._policies = dict(policies or {})
        self._registry = registry
        self._guardian = Guardian(db, registry)
        self._remains = Remains(db, keyring, registry)
        self._lease = Holder(db, "retention", clock, randomness, seconds=_LEASE)

    async def plan(self, now: float | None = None, *, provider: ProviderId | None = None) -> list[Due]:
        """All that is held (of one provider), by table and by the day it goes; what is overdue has today.

        Dates first, then states.
        """
        today = day_of(self._clock.time() if now is None else now)
        found: list[Due] = []
        async with self._db.reading() as unit:
            for kind in self._registry.about_people():
                found.extend(await self._of_table(unit, kind, today, provider))
        return sorted(found, key=lambda due: (due.day or dt.date.max, due.table))

    async def sweep(self, now: float | None = None) -> Swept:
        """Deletes what is due, a bounded batch at a time, and destroys the keys of periods that are over.

        What a hold or restriction protects is put away instead; guards whose time is over end first. Each batch is in
        the ledger of its provider. Idempotent; a kill in between loses nothing. Rows with an owner are handed over.
        """
        now = self._clock.time() if now is None else now
        if not await self._lease.hold():
            return Swept(held_elsewhere=True)
        try:
            await self._guardian.end_due(now)
            await self._tighten(now)
            deleted, handed = await self._sweep_tables(now)
        finally:
            await self._lease.release()
        ended = await self._remains.sweep()
        keys = self._keyring.expire()
        if deleted:
            await self._db.checkpoint()
        return Swept(deleted, handed, keys, remains_ended=ended)

    async def _tighten(self, now: float) -> None:
        """Rows that a provider wants gone earlier than they are due become due then."""
        for provider, policy in self._policies.items():
            for table in policy.days:
                columns = self._registry[table].declaration.table.c
                latest = policy.latest(table, now)
                later = sa.update(columns.due.table).where(columns.provider == provider, columns.due > latest)
                async with self._db.transaction() as unit:
                    await unit.execute(later.values(due=latest))

    async def _sweep_tables(self, now: float) -> tuple[dict[str, int], dict[str, int]]:
        deleted: dict[str, int] = {}
        handed: dict[str, int] = {}
        for kind in self._registry.about_people():
            owner = self._owners.get(kind)
            if kind in self._elsewhere:
                continue
            if owner is not None:
                count, into = await self._hand_over(kind, owner, now), handed
            else:
                count, into = await self._delete(kind, now), deleted
            if count:
                into[kind.declaration.name] = count
        return deleted, handed

    async def _delete(self, kind: type[Record], now: float) -> int:
        async with self._db.transaction() as unit:
            await unit.put_away(kind, due_before=now)
        total, pace = 0, Pace(self._clock, self._db.dialect)
        while (provider := await self._provider_due(kind, now)) is not None:
            more = True
            while more and await self._lease.hold():
                count, more = await self._delete_some(kind, provider, now, pace)
                total += count
            if more:  # the lease is somebody else's
                break
        return total

    async def _delete_some(self, kind: type[Record], provider: ProviderId, now: float, pace: Pace) -> tuple[int, bool]:
        """How many rows went, and whether there may be more."""
        async with self._db.bulk() as unit:
            allowed = pace.begin()
            count = await unit.delete(kind, due_before=now, limit=allowed, provider=provider)
            unit.after_commit(pace.end)
            if count and self._ledger is not None:
                await self._ledger.append(unit, provider, Event.SWEPT, table=kind.declaration.name, count=count)
        return count, count >= allowed

    async def _provider_due(self, kind: type[Record], now: float) -> ProviderId | None:
        async with self._db.reading() as unit:
            return await unit.provider_due(kind, now)

    async def _delete_unreadable(self, kind: type[Record], rows: Collection[RowId], now: float) -> int:
        """Rows whose key went with its period before a late sweep saw them: no owner can be handed what none can read.

        Without this they would stay for ever.
        """
        keep = kind.declaration.keep
        if not rows or keep is None or keep.period is None:
            return 0
        async with self._db.transaction() as unit:
            return await unit.delete(kind, id=list(rows), due_before=now - keep.period)

    async def _hand_over(self, kind: type[Record], owner: Expiry, now: float) -> int:
        table, total, last = kind.declaration.table, 0, ""
        while await self._lease.hold():
            async with self._db.reading() as unit:
                due = sa.select(table.c.id).where(table.c.due <= now, table.c.id > last).order_by(table.c.id)
                ids = [RowId(row) for row in (await unit.execute(due.limit(_BATCH))).scalars()]
                records = await unit.select(kind, id=ids)
            if records:
                await owner.expired(records)
            total += len(records) + await self._delete_unreadable(kind, set(ids) - {each.id for each in records}, now)
            if len(ids) < _BATCH:
                break
            last = ids[-1]
        return total

    async def _of_table(
        self, unit: UnitOfWork, kind: type[Record], today: dt.date, provider: ProviderId | None
    ) -> list[Due]:
        table, keep = kind.declaration.table, kind.declaration.keep
        assert keep is not None  # noqa: S101 - records about people always have one
        whole = sa.func.floor(table.c.due / DAY) if self._db.dialect == "postgresql" else table.c.due / DAY
        bucket = sa.cast(whole, sa.BigInteger).label("bucket")  # SQLite's cast cuts off, PostgreSQL's rounds
        counted = sa.select(bucket, sa.func.count().label("rows")).group_by(bucket)
        if provider is not None:
            counted = counted.where(table.c.provider == provider)
        rows = (await unit.execute(counted)).all()
        days = ((None if row.bucket is None else day_of(row.bucket * DAY), row.rows) for row in rows)
        merged: dict[dt.date | None, int] = {}
        for day, count in days:
            when = None if day is None else max(day, today)
            merged[when] = merged.get(when, 0) + count
        return [Due(kind.declaration.name, keep, day, count) for day, count in merged.items()]
