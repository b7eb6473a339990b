"""All that is kept on a person, derived from the declarations and read page by page: new records need no line here."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from itertools import repeat
from typing import Any, Final, Protocol, final

import msgspec
import sqlalchemy as sa

from ringfence.declarations import REGISTRY, Declaration, Keep, Record, Registry
from ringfence.identifiers import ProviderId, RowId, SubjectId
from ringfence.persistence import Database, Place, Sealer, Storage
from ringfence.privacy.packages.records import Kind, SnapshotRow
from ringfence.privacy.packages.view import Opened, Rows, View
from ringfence.privacy.rights import Hold
from ringfence.privacy.vault import Use, opened_for

__all__ = ["NOTHING_HIDDEN", "Hidden", "Hiding", "Holding", "Holdings", "pack_snapshot"]

_PAGE: Final = 2_000  # rows read and opened at once: about a megabyte, and ten milliseconds of a child's time


class Hiding(Protocol):
    """What a secrecy order hides of one person."""

    def covers(self, table: str, row: RowId) -> bool:
        """Whether the row is not to be spoken of; called for every row, so it is a look into a set."""
        ...


class Hidden(Protocol):
    """Which rows an order of an authority hides from their own person (law: secrecy); `privacy.secrecy` knows."""

    async def hidden(self, provider: ProviderId, subject: SubjectId) -> Hiding: ...


class _Nothing:
    def covers(self, table: str, row: RowId) -> bool:  # noqa: ARG002 - the port's
        return False

    async def hidden(self, provider: ProviderId, subject: SubjectId) -> Hiding:  # noqa: ARG002 - the port's
        return self


NOTHING_HIDDEN: Final[Hidden] = _Nothing()


@final
@dataclass(frozen=True, slots=True)
class Holding:
    """One table in which there may be rows about the person."""

    provider: ProviderId
    subject: SubjectId
    view: View
    keep: Keep
    hiding: Hiding
    has_snapshot: bool
    use: Use
    _db: Database
    _opener: Sealer

    async def opened(self) -> AsyncGenerator[Opened, None]:
        """Page by page, each in a read of its own that holds up no checkpoint; what a snapshot has comes last."""
        seen: set[RowId] | None = set() if self.has_snapshot else None
        async with aclosing(self._raw()) as stored:  # whoever has seen enough leaves no read behind
            async for rows in stored:
                ids, ends, sealed, *plain = zip(*rows, strict=True)
                if seen is not None:
                    seen.update(ids)
                if page := self._open(ids, ends, sealed, plain):
                    yield page
        if seen is not None:
            async for page in self._snapshot(seen):
                yield page

    async def pages(self) -> AsyncGenerator[Rows, None]:
        """The same as plain values (`View.rows`)."""
        async with aclosing(self.opened()) as pages:
            async for page in pages:
                yield self.view.rows(page)

    async def _raw(self) -> AsyncGenerator[Sequence[Any], None]:
        """Rows as they are stored; the next page is read while this one is worked on."""
        reading: asyncio.Task[Sequence[Any]] | None = asyncio.create_task(self._page(""))
        try:
            while reading is not None:
                rows = await reading
                reading = asyncio.create_task(self._page(rows[-1][0])) if len(rows) == _PAGE else None
                if rows:
                    yield rows
        finally:
            if reading is not None:
                reading.cancel()
                with suppress(asyncio.CancelledError):
                    await reading

    async def _page(self, after: str) -> Sequence[Any]:
        declaration = self.view.declaration
        table, sealed = declaration.table, declaration.sealed_column(self.view.part)
        columns = [table.c.id, table.c.due, table.c[sealed], *(table.c[name] for name in self.view.plain)]
        wanted = sa.select(*columns).where(*self._mine(declaration), table.c.id > after).order_by(table.c.id)
        async with self._db.reading() as unit:
            return (await unit.execute(wanted.limit(_PAGE))).fetchall()

    def _mine(self, declaration: Declaration) -> tuple[sa.ColumnElement[bool], ...]:
        table = declaration.table
        return table.c[declaration.subject_column(self.view.part)] == self.subject, table.c.provider == self.provider

    def _open(
        self,
        ids: Sequence[RowId],
        ends: Sequence[float | None],
        sealed: Sequence[bytes],
        plain: Sequence[Sequence[object]],
    ) -> Opened:
        """Those that can be read, and of which may be spoken."""
        with opened_for(self.use):
            packed = self._opener.open_all(list(zip(self._places(ids, ends), sealed, strict=True)))
        covers, name = self.hiding.covers, self.view.declaration.name
        wanted = [part is not None and not covers(name, row) for row, part in zip(ids, packed, strict=True)]
        opened = Opened(ids, ends, plain, [part or b"" for part in packed])
        return opened if all(wanted) else opened.only(wanted)

    def _places(self, ids: Sequence[RowId], ends: Sequence[float | None]) -> Iterator[Place]:
        """A hundred thousand of them, so without a call of our own for each."""
        table, part = self.view.declaration.number, self.view.part
        same = (repeat(self.provider), repeat(table), repeat(part), repeat(self.subject))
        fields = zip(*same, ids, repeat(self.keep), ends, repeat(Storage.IN_USE), strict=False)  # as long as the ids
        return map(tuple.__new__, repeat(Place), fields)

    async def _snapshot(self, seen: set[RowId]) -> AsyncIterator[Opened]:
        number, name = self.view.declaration.number, self.view.declaration.name
        following: RowId | None = RowId("")
        while following is not None:
            with opened_for(self.use):
                async with self._db.reading() as unit:
                    kept, following = await unit.page(SnapshotRow, after=following, limit=_PAGE, subject=self.subject)
            fresh = [each for each in kept if each.table_number == number and each.row not in seen]
            told = [(each.row, *_decode(each.packed)) for each in fresh if not self.hiding.covers(name, each.row)]
            mine = {row: (end, plain, packed) for row, part, end, plain, packed in told if part == self.view.part}
            seen.update(mine)  # two requests may each have taken it
            if mine:
                ends, plains, packed = zip(*mine.values(), strict=True)
                columns = [[plain.get(column) for plain in plains] for column in self.view.plain]
                yield Opened(list(mine), ends, columns, packed)


def pack_snapshot(opened: Opened, view: View) -> Iterator[tuple[RowId, bytes]]:
    """The rows, each as it goes into a snapshot; `Holding.opened` brings them back."""
    for at, row in enumerate(opened.ids):
        plain = {name: column[at] for name, column in zip(view.plain, opened.plain, strict=True)}
        yield row, _encode((view.part, opened.ends[at], plain, opened.packed[at]))


@final
class Holdings:
    """What is kept on people, over the whole registry."""

    def __init__(
        self, db: Database, opener: Sealer, *, registry: Registry = REGISTRY, hidden: Hidden = NOTHING_HIDDEN
    ) -> None:
        """`opener` is the vault."""
        self._db = db
        self._opener = opener
        self._registry = registry
        self._hidden = hidden

    async def of(
        self, provider: ProviderId, subject: SubjectId, *, kind: Kind = Kind.ACCESS, unsaid: object = None
    ) -> list[Holding]:
        """Every table (and part) that may hold rows about the person, by table number; ask each for its pages."""
        hiding = await self._hidden.hidden(provider, subject)
        use = await self._use(subject)
        taken = await self._snapshots(subject)
        return [
            Holding(
                provider,
                subject,
                view,
                _keep(record),
                hiding,
                record.declaration.number in taken,
                use,
                self._db,
                self._opener,
            )
            for record in self._registry.about_people()
            if record is not SnapshotRow  # its rows are told among those of their own tables
            for view in _views(record, kind, unsaid)
        ]

    async def _use(self, subject: SubjectId) -> Use:
        """All that is held, also past its term; but where a hold is secret, no row that is there by it alone."""
        async with self._db.reading() as unit:
            secret = await unit.count(Hold, subject=subject, secret=True, released=False)
        return Use.CONSENT if secret else Use.ACCESS

    async def _snapshots(self, subject: SubjectId) -> set[int]:
        """The numbers of the tables from which something was taken when the person asked."""
        table = SnapshotRow.declaration.table
        numbers = sa.select(table.c.table_number).where(table.c.subject == subject).distinct()
        async with self._db.reading() as unit:
            return set((await unit.execute(numbers)).scalars())


def _views(record: type[Record], kind: Kind, unsaid: object) -> list[View]:
    portable = kind is Kind.PORTABILITY
    views = [View(record.declaration, part, portable=portable, unsaid=unsaid) for part in record.declaration.parts]
    return [view for view in views if view.columns or not portable]


def _keep(record: type[Record]) -> Keep:
    keep = record.declaration.keep
    assert keep is not None  # noqa: S101 - records about people always have one
    return keep


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[str, float | None, dict[str, object], bytes]).decode
