"""What officers do about a person's rows (ports `Holds`, `Orders`, `Restrictions`, `Rectifications`)."""

import datetime as dt
from collections.abc import Sequence
from typing import final

import sqlalchemy as sa

from ringfence.clock import DAY, day_of
from ringfence.declarations import REGISTRY, Keep, Registry
from ringfence.errors import PeerFault
from ringfence.identifiers import ProviderId, RowId, StaffId, SubjectId
from ringfence.persistence import Database
from ringfence.privacy.restriction import Ground, Restrictions
from ringfence.privacy.restriction import Stage as Standing
from ringfence.privacy.rights import Hold, HoldReason, Holds
from ringfence.privacy.secrecy import Order, OrderKind, ReleaseReason, Secrecy
from ringfence.web.console import Datum, HoldShown, Measure, RestrictionShown

__all__ = ["ConsoleHolds", "ConsoleOrders", "ConsoleRestrictions", "NothingCorrectable"]


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


class NotCorrectable(PeerFault):
    """Nothing of that name can be corrected here."""

    code = "not_found"
    http_status = 404


@final
class NothingCorrectable:
    """For installations that keep nothing which could be corrected by hand."""

    async def correctable(self, provider: ProviderId, subject: SubjectId, language: str) -> Sequence[Datum]:
        del provider, subject, language
        return ()

    async def correct(self, measure: Measure, key: str, value: str) -> None:
        del measure, key, value
        raise NotCorrectable


def _shown(hold: Hold) -> HoldShown:
    until = None if hold.until is None else day_of(hold.until - 1.5 * DAY)  # `until` is noon of the day after
    return HoldShown(hold.id, hold.subject, hold.reason, hold.tables, day_of(hold.placed), until, hold.secret)
