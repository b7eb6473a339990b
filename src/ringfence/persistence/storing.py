"""Rows that are only stored: sealed anew as their guards say, and put away where somebody would delete them."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, final

import sqlalchemy as sa

from ringfence.declarations import Declaration, Record
from ringfence.identifiers import RowId, SubjectId
from ringfence.persistence.guards import Guards, covering, not_put_away, read_guards
from ringfence.persistence.records import Guard
from ringfence.persistence.sealing import SealedPart, Sealer, Storage, parts_of

__all__ = ["Storing"]

_GUARDS: Final = Guard.declaration.table
Execute = Callable[..., Any]


@final
class Storing:
    """Works within one unit's transaction; `execute` is the unit's."""

    __slots__ = ("_any", "_execute", "_sealer")

    def __init__(self, execute: Execute, sealer: Sealer) -> None:
        self._execute = execute
        self._sealer = sealer
        self._any: bool | None = None

    async def protects(self, declaration: Declaration) -> bool:
        """Whether anything at all may be protected from deletion, as hardly ever; asked once per unit."""
        if not declaration.parts:
            return False
        if self._any is None:
            found = await self._execute(sa.select(_GUARDS.c.id).where(_GUARDS.c.protects, ~_GUARDS.c.released).limit(1))
            self._any = found.first() is not None
        return self._any

    def changed(self) -> None:
        """Guards were written in this unit."""
        self._any = None

    async def reseal(
        self, kind: type[Record], subject: SubjectId, *, after: RowId, limit: int, only: Iterable[RowId] = ()
    ) -> RowId | None:
        """Seal the person's parts of the next rows as guards say; where the rows after them begin, or None."""
        guards = Guards((await self._execute(read_guards(subject))).all())
        declaration = kind.declaration
        table = declaration.table
        conditions = [declaration.concerns(subject), table.c.id > after]
        if chosen := list(only):
            conditions.append(table.c.id.in_(chosen))
        rows = (await self._execute(sa.select(table).where(*conditions).order_by(table.c.id).limit(limit))).all()
        for part in parts_of(declaration):
            await self._reseal_part(declaration, part, [row._asdict() for row in rows], subject, guards)
        return RowId(rows[-1].id) if len(rows) == limit else None

    async def in_use(self, kind: type[Record], subject: SubjectId) -> bool:
        """Whether a protected part of the person's is still in use."""
        declaration = kind.declaration
        for part in declaration.parts:
            mine = declaration.table.c[declaration.subject_column(part)] == subject
            found = sa.select(declaration.table.c.id).where(
                mine, covering(declaration, part), not_put_away(declaration, part)
            )
            if (await self._execute(found.limit(1))).first() is not None:
                return True
        return False

    async def put_away(
        self, kind: type[Record], conditions: Sequence[sa.ColumnElement[bool]], whose: SubjectId | None = None
    ) -> int:
        """Store only what is protected among the rows that somebody would delete; they go when their guards end.

        `whose` parts are to be deleted; None: everybody's.
        """
        declaration, count = kind.declaration, 0
        table = declaration.table
        for part in declaration.parts:
            pairs = sa.select(table.c.id.label("row"), _GUARDS).where(
                *conditions, covering(declaration, part), not_put_away(declaration, part)
            )
            if whose is not None:
                pairs = pairs.where(_GUARDS.c.subject == whose)
            found = (await self._execute(pairs)).all()
            for who in {pair.subject for pair in found}:
                theirs = [pair for pair in found if pair.subject == who]
                await self._guard_rows(theirs, declaration.number)
                rows = sorted({pair.row for pair in theirs})
                await self.reseal(kind, SubjectId(who), after=RowId(""), limit=len(rows), only=rows)
                count += len(rows)
        return count

    async def _guard_rows(self, pairs: Sequence[Any], table_number: int) -> None:
        wanted = {
            f"{pair.row}.{pair.origin}": {
                "id": f"{pair.row}.{pair.origin}",
                "provider": pair.provider,
                "subject": pair.subject,
                "table_number": table_number,
                "row": pair.row,
                "storage": max(pair.storage, int(Storage.HELD)),
                "protects": True,
                "ends": True,
                "released": False,
                "until": pair.until,
                "origin": pair.origin,
                "law": pair.law,
            }
            for pair in pairs
        }
        known = sa.select(_GUARDS.c.id).where(_GUARDS.c.id.in_(list(wanted)))
        for there in (await self._execute(known)).scalars().all():
            del wanted[there]
        if wanted:
            await self._execute(sa.insert(_GUARDS), list(wanted.values()))

    async def _reseal_part(
        self,
        declaration: Declaration,
        part: SealedPart,
        rows: Sequence[dict[str, Any]],
        subject: SubjectId,
        guards: Guards,
    ) -> None:
        todo = [
            (row["id"], place, row[part.column])
            for row in rows
            if row[part.column] is not None and (place := part.place(row, guards)) and place.subject == subject
        ]
        sealed = self._sealer.reseal_all([(place, value) for _, place, value in todo])
        changes = [{"key": row, "value": new} for (row, _, _), new in zip(todo, sealed, strict=True) if new is not None]
        if changes:
            table = declaration.table
            update = sa.update(table).where(table.c.id == sa.bindparam("key"))
            await self._execute(update.values({part.column: sa.bindparam("value")}), changes)
