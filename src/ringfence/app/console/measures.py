"""What officers do about a person's rows (ports `Holds`, `Orders`, `Restrictions`, `Rectifications`)."""

import datetime as dt
from collections.abc import Sequence
from typing import Final, final

import msgspec
import sqlalchemy as sa

from ringfence.clock import DAY, day_of
from ringfence.declarations import REGISTRY, Keep, Record, Registry
from ringfence.declarations.declaration import PersonalField
from ringfence.identifiers import ProviderId, RowId, StaffId, SubjectId
from ringfence.persistence import Database
from ringfence.privacy.datamap import said
from ringfence.privacy.rectification import RectificationRefused, Rectifications
from ringfence.privacy.restriction import Ground, Restrictions
from ringfence.privacy.restriction import Stage as Standing
from ringfence.privacy.rights import Hold, HoldReason, Holds
from ringfence.privacy.secrecy import Order, OrderKind, ReleaseReason, Secrecy
from ringfence.web.console import Datum, HoldShown, Measure, RestrictionShown

__all__ = ["ConsoleHolds", "ConsoleOrders", "ConsoleRectifications", "ConsoleRestrictions"]


_ROWS: Final = 20  # of one kind to choose from


@final
class ConsoleHolds:
    """A secret hold comes with the order that demands the secrecy, so that only its release ends both."""

    def __init__(self, db: Database, holds: Holds, secrecy: Secrecy, registry: Registry = REGISTRY) -> None:
        self._db = db
        self._holds = holds
        self._secrecy = secrecy
        kinds = registry.about_people()
        self._tables = [kind.declaration.name for kind in kinds if kind.declaration.keep is not Keep.STAFF]

    async def standing(self, provider: ProviderId) -> Sequence[HoldShown]:
        columns = Hold.declaration.table.c
        chosen = sa.select(columns.subject).where(columns.provider == provider, columns.released.is_(False)).distinct()
        async with self._db.reading() as unit:
            subjects = [SubjectId(subject) for subject in (await unit.execute(chosen)).scalars()]
        found = [_shown(hold) for subject in subjects for hold in await self._holds.of(provider, subject)]
        return sorted(found, key=lambda hold: hold.placed)

    async def place(
        self,
        measure: Measure,
        *,
        reason: HoldReason,
        tables: Sequence[str],
        until: dt.date | None,
        reference: str,
        secret: OrderKind | None,
    ) -> RowId:
        order = None
        if secret is not None:
            order = await self._secrecy.impose(
                measure.provider, measure.subject, measure.staff, kind=secret, reference=reference
            )
        return await self._holds.place(
            measure.provider,
            measure.subject,
            measure.staff,
            tables=tables or self._tables,
            reason=reason,
            until=until,
            note=reference,
            case=measure.case,
            order=order,
        )

    async def release(self, provider: ProviderId, staff: StaffId, hold: RowId) -> None:
        await self._holds.release(provider, hold, staff)


@final
class ConsoleOrders:
    """What an order hid is told from its release on, holds among it."""

    def __init__(self, secrecy: Secrecy, holds: Holds) -> None:
        self._secrecy = secrecy
        self._holds = holds

    async def standing(self, provider: ProviderId, staff: StaffId) -> list[Order]:
        return await self._secrecy.standing(provider, staff)

    async def release(self, provider: ProviderId, order: RowId, staff: StaffId, reason: ReleaseReason) -> None:
        concerned = [each.subject for each in await self.standing(provider, staff) if each.id == order]
        await self._secrecy.release(provider, order, staff, reason)
        for subject in concerned:
            await self._holds.disclose(provider, subject)


@final
class ConsoleRestrictions:
    def __init__(self, restrictions: Restrictions) -> None:
        self._restrictions = restrictions

    async def of(self, provider: ProviderId, subject: SubjectId) -> Sequence[RestrictionShown]:
        found = await self._restrictions.of(provider, subject)
        return [
            RestrictionShown(each.id, each.ground, each.tables, day_of(each.since))
            for each in found
            if each.stage is not Standing.LIFTED
        ]

    async def restrict(self, measure: Measure, *, tables: Sequence[str], ground: Ground) -> RowId:
        return await self._restrictions.restrict(
            measure.provider, measure.subject, ground=ground, case=measure.case, tables=tables, staff=measure.staff
        )


@final
class ConsoleRectifications:
    """Names what could be corrected without opening it: which row, by its place among its kind."""

    def __init__(self, db: Database, rectifications: Rectifications) -> None:
        self._db = db
        self._rectifications = rectifications

    async def correctable(self, provider: ProviderId, subject: SubjectId, language: str) -> Sequence[Datum]:
        fields = self._rectifications.fields()
        found: list[Datum] = []
        async with self._db.reading() as unit:
            for kind in dict.fromkeys(kind for kind, _ in fields):
                columns = kind.declaration.table.c
                theirs = sa.select(columns.id).where(columns.provider == provider, columns.subject == subject)
                rows = (await unit.execute(theirs.order_by(columns.id).limit(_ROWS))).scalars().all()
                of_kind = [declared for each, declared in fields if each is kind]
                found += [
                    Datum(f"{kind.declaration.name}.{row}.{declared.name}", _what(kind, declared, number, language))
                    for number, row in enumerate(rows, 1)
                    for declared in of_kind
                ]
        return found

    async def correct(self, measure: Measure, key: str, value: str) -> None:
        """A text stays one where the field is text; else it is read as JSON (a number, yes or no, a date)."""
        table, _, rest = key.partition(".")
        row, _, field = rest.rpartition(".")
        try:
            await self._correct(measure, table, RowId(row), field, value)
        except RectificationRefused:
            try:
                read = msgspec.json.decode(value.encode())
            except msgspec.DecodeError:
                read = None
            if read is None:
                raise
            await self._correct(measure, table, RowId(row), field, read)

    async def _correct(self, measure: Measure, table: str, row: RowId, field: str, value: object) -> None:
        await self._rectifications.correct(
            measure.provider,
            measure.subject,
            measure.staff,
            case=measure.case,
            table=table,
            row=row,
            field=field,
            value=value,
        )


def _what(kind: type[Record], declared: PersonalField, number: int, language: str) -> str:
    name = f"{kind.declaration.name} {number}, {declared.name.replace('_', ' ')}"
    return f"{said(declared.says.category, language)} ({name})"


def _shown(hold: Hold) -> HoldShown:
    until = None if hold.until is None else day_of(hold.until - 1.5 * DAY)  # `until` is noon of the day after
    return HoldShown(hold.id, hold.subject, hold.reason, hold.tables, day_of(hold.placed), until, hold.secret)
