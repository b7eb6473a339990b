"""A unit of work: everything that must become true together."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any, TypeVar, final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from ringfence.clock import Clock
from ringfence.declarations import NOBODY, Declaration, Kept, Record
from ringfence.declarations.fields import MAIN
from ringfence.identifiers import ProviderId, RowId, SubjectId
from ringfence.persistence.errors import RowMissing, SubjectGone
from ringfence.persistence.guards import Guards, fences_and_guards, protected, read_guards
from ringfence.persistence.records import Fence, Guard
from ringfence.persistence.rows import Codec, codec_of
from ringfence.persistence.sealing import Sealer
from ringfence.persistence.storing import Storing

__all__ = ["UnitOfWork"]

K = TypeVar("K", bound=Kept)
_FIRST = RowId("")
_BATCH = 500  # rows sealed and sent at once: about a millisecond of the loop's time
_ASKED = 2_000  # persons in one statement: two parameters each, of the 32,766 that SQLite and PostgreSQL take


@final
class UnitOfWork:
    """Reads and writes within one transaction; made by `Database.transaction()`.

    Conditions are keyword arguments over technical columns: a value means equality, None means absence, and a tuple,
    list or set means any of these. On a row about two people `subject=` finds both persons' rows.
    """

    def __init__(self, connection: AsyncConnection, sealer: Sealer, clock: Clock) -> None:
        self._connection = connection
        self._sealer = sealer
        self._clock = clock
        self._callbacks: list[Callable[[], object]] = []
        self._fence_locks: set[str] = set()
        self._storing = Storing(self.execute, sealer)

    async def add(self, record: Kept) -> None:
        """Insert one record; raises SubjectGone when its person is being erased."""
        await self.add_all((record,))

    async def add_all(self, records: Iterable[Kept]) -> None:
        """Insert many records, of any kinds; raises SubjectGone when a person among them is being erased."""
        by_kind: dict[type[Kept], list[Kept]] = {}
        for record in records:
            by_kind.setdefault(type(record), []).append(record)
        for kind, same in by_kind.items():
            await self._insert(codec_of(kind), same)

    async def attest(self, record: Record) -> None:
        """Insert a record about somebody who may be fenced: why something of theirs is not deleted."""
        await self._lock_fences("EXCLUSIVE")
        guards = Guards(tuple(row) for row in (await self.execute(read_guards(record.subject))).all())
        codec = codec_of(type(record))
        await self.execute(sa.insert(codec.table), codec.rows((record,), self._sealer, guards))

    async def replace(self, record: Kept) -> None:
        """Write a record over the row with its id; raises RowMissing, or SubjectGone as `add`."""
        codec = codec_of(type(record))
        guards = await self._check_fences(_subjects((record,)))
        (row,) = codec.rows((record,), self._sealer, guards)
        done = await self.execute(sa.update(codec.table).where(codec.table.c.id == record.id).values(row))  # type: ignore[attr-defined]  # both roots of records have an id
        if done.rowcount != 1:
            raise RowMissing(table=codec.table.name)

    async def get(self, kind: type[K], row: RowId) -> K | None:
        """The record with that id; None when there is none, or its key was destroyed."""
        found = await self.select(kind, id=row)
        return found[0] if found else None

    async def select(
        self,
        kind: type[K],
        *,
        due_before: float | None = None,
        order: str = "",
        limit: int | None = None,
        **where: object,
    ) -> list[K]:
        """The records that meet all conditions; those whose key was destroyed are left out.

        `due_before` finds rows due at that instant or earlier. `order` names a technical column, with a leading minus
        for descending. Raises UnknownColumn, or Unreadable when a sealed part was tampered with.
        """
        codec = codec_of(kind)
        statement = sa.select(codec.table).where(*_conditions(codec, kind.declaration, due_before, where))
        if order:
            codec.value(order.removeprefix("-"), None)
            column = codec.table.c[order.removeprefix("-")]
            statement = statement.order_by(column.desc() if order.startswith("-") else column)
        rows = (await self.execute(statement.limit(limit))).all()
        return codec.records(rows, self._sealer)

    async def page(
        self, kind: type[K], *, after: RowId, limit: int, subject: SubjectId | None = None
    ) -> tuple[list[K], RowId | None]:
        """The next records by id, and where the page after them begins; None after the last.

        A page can be short, even empty, where keys were destroyed: only None is the end.
        """
        codec = codec_of(kind)
        where: dict[str, object] = {} if subject is None else {"subject": subject}
        conditions = [codec.table.c.id > after, *_conditions(codec, kind.declaration, None, where)]
        statement = sa.select(codec.table).where(*conditions).order_by(codec.table.c.id).limit(limit)
        rows = (await self.execute(statement)).all()
        last = RowId(rows[-1].id) if len(rows) == limit else None
        return codec.records(rows, self._sealer), last

    async def count(self, kind: type[Kept], *, due_before: float | None = None, **where: object) -> int:
        """How many rows meet all conditions, readable or not."""
        codec = codec_of(kind)
        conditions = _conditions(codec, kind.declaration, due_before, where)
        statement = sa.select(sa.func.count()).select_from(codec.table).where(*conditions)
        return int((await self.execute(statement)).scalar_one())

    async def deletable(self, kind: type[Record], subject: SubjectId) -> int:
        """How many of the person's rows `delete` would delete: those that no guard protects."""
        table = kind.declaration.table
        theirs = [
            sa.and_(table.c[kind.declaration.subject_column(part)] == subject, ~protected(kind.declaration, part))
            for part in kind.declaration.parts
        ]
        statement = sa.select(sa.func.count()).select_from(table).where(sa.or_(*theirs))
        return int((await self.execute(statement)).scalar_one())

    async def dues(self, kind: type[Record], subject: SubjectId) -> list[float]:
        """When the person's rows that have a day are due, each instant once."""
        table = kind.declaration.table
        mine = sa.select(table.c.due).distinct().where(kind.declaration.concerns(subject), table.c.due.is_not(None))
        return list((await self.execute(mine)).scalars())

    async def provider_due(self, kind: type[Record], now: float) -> ProviderId | None:
        """Whose row would be swept next: a provider with something due that nothing protects."""
        table, conditions = kind.declaration.table, [kind.declaration.table.c.due <= now]
        if await self._storing.protects(kind.declaration):
            conditions.append(~protected(kind.declaration))
        found: ProviderId | None = (
            await self.execute(sa.select(table.c.provider).where(*conditions).order_by(table.c.due).limit(1))
        ).scalar()
        return found

    async def in_use(self, kind: type[Record], subject: SubjectId) -> bool:
        """Whether something protected of the person is not put away yet."""
        return await self._storing.in_use(kind, subject)

    async def delete(
        self, kind: type[Kept], *, due_before: float | None = None, limit: int | None = None, **where: object
    ) -> int:
        """Delete the rows that meet all conditions, at most `limit` of them, and tell how many rows were touched.

        Of a row about two people only the part of `subject` goes; the row goes with the last part. What a guard
        protects stays, but only stored, until the guard ends; with `limit` alone that is left to `put_away`.
        """
        codec, declaration = codec_of(kind), kind.declaration
        subject = where.get("subject")
        guarded = await self._storing.protects(declaration)
        conditions = list(_conditions(codec, declaration, due_before, where))
        if guarded and (limit is None or subject is not None):
            whose = SubjectId(subject) if isinstance(subject, str) else None
            await self._storing.put_away(kind, conditions, whose)  # type: ignore[arg-type]  # technical records have no guards
        if len(declaration.parts) > 1 and isinstance(subject, str):
            others = {name: value for name, value in where.items() if name != "subject"}
            more = list(_conditions(codec, declaration, due_before, others))
            return await self._forget_parts(declaration, SubjectId(subject), more, limit, guarded=guarded)
        if guarded:
            conditions.append(~protected(declaration))
        if limit is None:
            return (await self.execute(sa.delete(codec.table).where(*conditions))).rowcount
        return (await self.execute(self._some(codec.table, conditions, limit, sort=subject is not None))).rowcount

    async def put_away(self, kind: type[Record], *, due_before: float) -> int:
        """Store only what is due and protected, so that nobody uses it past its term; tells how many rows."""
        if not await self._storing.protects(kind.declaration):
            return 0
        conditions = list(_conditions(codec_of(kind), kind.declaration, due_before, {}))
        return await self._storing.put_away(kind, conditions)

    async def guard(self, *guards: Guard) -> None:
        """Put guards up; waits for running writes, so that none slips through. `reseal` then what is there already.

        Also about a person who is fenced: what is to be kept is kept, until its keys are gone.
        """
        await self._lock_fences("EXCLUSIVE")
        await self._insert(codec_of(Guard), guards)
        self._storing.changed()

    async def reseal(
        self, kind: type[Record], subject: SubjectId, *, after: RowId = _FIRST, limit: int = _BATCH
    ) -> RowId | None:
        """Seal the person's next rows as their guards say now; where the rows after them begin, None after the last.

        Idempotent. On rows about two people it is the person's own part.
        """
        return await self._storing.reseal(kind, subject, after=after, limit=limit)

    async def fence(self, subject: SubjectId) -> None:
        """Refuse every later write about the subject; waits for running writes. Doing it twice changes nothing.

        Fence first, then write: on PostgreSQL two units that do it the other way round can wait for each other.
        """
        await self._lock_fences("EXCLUSIVE")
        if not await self._fenced([subject]):
            await self._insert(codec_of(Fence), [Fence(id=RowId(subject), since=self._clock.time())])

    def after_commit(self, callback: Callable[[], object]) -> None:
        """Call something once everything is written; never called when the transaction fails."""
        self._callbacks.append(callback)

    async def execute(
        self, statement: sa.Executable, rows: Sequence[dict[str, object]] | None = None
    ) -> sa.CursorResult[Any]:
        """Run a statement of the kernel's own (upserts, aggregates) over `Kind.declaration.table`."""
        return await self._connection.execute(statement, rows)

    def committed(self) -> None:
        """Run what waits for the commit; each callback runs even if another raises."""
        with ExitStack() as stack:
            for callback in reversed(self._callbacks):
                stack.callback(callback)

    async def _insert(self, codec: Codec[Any], records: Sequence[Kept]) -> None:
        guards = await self._check_fences(_subjects(records))
        for start in range(0, len(records), _BATCH):
            batch = records[start : start + _BATCH]
            await self.execute(sa.insert(codec.table), codec.rows(batch, self._sealer, guards))

    async def _forget_parts(
        self,
        declaration: Declaration,
        subject: SubjectId,
        more: Sequence[sa.ColumnElement[bool]],
        limit: int | None,
        *,
        guarded: bool,
    ) -> int:
        table, touched = declaration.table, 0
        for part in declaration.parts:
            column = declaration.subject_column(part)
            theirs = [table.c[column] == subject, *more, *([~protected(declaration, part)] if guarded else [])]
            emptied = {column: NOBODY if part == MAIN else None, declaration.sealed_column(part): None}
            others = [
                table.c[declaration.sealed_column(other)].is_(None) for other in declaration.parts if other != part
            ]
            for statement in (sa.delete(table), sa.update(table).values(emptied)):
                alone = others if isinstance(statement, sa.Delete) else []
                left = None if limit is None else limit - touched
                chosen = sa.select(table.c.id).where(*theirs, *alone).limit(left)
                done = await self.execute(statement.where(table.c.id.in_(chosen)))
                touched += done.rowcount
        return touched

    def _some(
        self, table: sa.Table, conditions: Sequence[sa.ColumnElement[bool]], limit: int, *, sort: bool
    ) -> sa.Delete:
        """Delete so many of the rows, by where they lie.

        On SQLite rows deleted in that order share pages, and a page is written once and not for each row; on a due
        index they lie so anyway, and sorting a million would take longer.
        """
        if self._connection.dialect.name == "sqlite":
            rowid: sa.ColumnElement[int] = sa.literal_column(f"{table.name}.rowid", sa.BigInteger)
            chosen = sa.select(rowid).where(*conditions).limit(limit)
            return sa.delete(table).where(rowid.in_(chosen.order_by(rowid) if sort else chosen))
        ctid: sa.ColumnElement[str] = sa.literal_column(f"{table.name}.ctid", sa.Text)
        places = sa.select(ctid).where(*conditions).limit(limit).scalar_subquery()
        return sa.delete(table).where(ctid == sa.func.any(sa.func.array(places)))

    async def _check_fences(self, subjects: set[SubjectId]) -> Guards | None:
        if not subjects:
            return None
        await self._lock_fences("ROW SHARE")
        found: list[Any] = []
        asked = sorted(subjects)
        for start in range(0, len(asked), _ASKED):
            found += (await self.execute(fences_and_guards(asked[start : start + _ASKED]))).all()
        if any(row.fenced for row in found):
            raise SubjectGone
        return Guards((row.who, row.table_number, row.row, row.storage, row.protects) for row in found) or None

    async def _fenced(self, subjects: list[SubjectId]) -> bool:
        fences = Fence.declaration.table
        found = await self.execute(sa.select(fences.c.id).where(fences.c.id.in_(subjects)).limit(1))
        return found.first() is not None

    async def _lock_fences(self, mode: str) -> None:
        # SQLite has one writer at a time. On PostgreSQL a writer that saw no fence could still commit after the fence
        # did; so writers share a lock that fencing excludes.
        if self._connection.dialect.name == "postgresql" and mode not in self._fence_locks:
            await self.execute(sa.text(f"LOCK TABLE fence IN {mode} MODE"))
            self._fence_locks.add(mode)


def _subjects(records: Iterable[Kept]) -> set[SubjectId]:
    found: set[SubjectId] = set()
    for record in records:
        if isinstance(record, Record):
            parts = record.declaration.parts
            found.update(getattr(record, record.declaration.subject_column(part)) or NOBODY for part in parts)
    return found - {NOBODY}


def _conditions(
    codec: Codec[Any], declaration: Declaration, due_before: float | None, where: dict[str, object]
) -> Iterator[sa.ColumnElement[bool]]:
    if due_before is not None:
        codec.value("due", due_before)
        yield codec.table.c.due <= due_before
    for name, wanted in where.items():
        if name == "subject":
            columns = [declaration.subject_column(part) for part in declaration.parts or (MAIN,)]
            yield sa.or_(*(_equals(codec, column, wanted) for column in columns))
        else:
            yield _equals(codec, name, wanted)


def _equals(codec: Codec[Any], name: str, wanted: object) -> sa.ColumnElement[bool]:
    if isinstance(wanted, tuple | list | set | frozenset):
        return codec.table.c[name].in_([codec.value(name, value) for value in wanted if _storable(value)])
    value = codec.value(name, wanted)
    if not _storable(value):
        return codec.table.c[name].in_([])
    return codec.table.c[name] == value if value is not None else codec.table.c[name].is_(None)


def _storable(value: object) -> bool:
    """Whether a row could hold it: text without NUL, which PostgreSQL refuses, and without half a character.

    A stranger writes both into an id in an address; no row has them, so such a condition is met by none.
    """
    return not isinstance(value, str) or ("\0" not in value and not any("\ud800" <= each <= "\udfff" for each in value))
