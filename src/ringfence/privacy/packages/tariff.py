"""What a copy costs: the first is free, for further ones a reasonable fee may be asked (Articles 12(5), 15(3) GDPR)."""

import datetime as dt
from typing import final

from ringfence.clock import Clock, day_of
from ringfence.identifiers import SubjectId
from ringfence.persistence import UnitOfWork
from ringfence.privacy.packages.records import Copy, FeeReason, Kind, Package
from ringfence.privacy.packages.status import Charge, PackageSettings

__all__ = ["Tariff"]


@final
class Tariff:
    """Counts by the rows that say that a copy was made; the caller opens what is only stored."""

    def __init__(self, settings: PackageSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    async def charge(self, unit: UnitOfWork, subject: SubjectId, kind: Kind) -> Charge:
        """What the next copy would cost."""
        if kind is Kind.PORTABILITY:
            return Charge(charged=False, reason=FeeReason.PORTABILITY_IS_FREE)
        if await self.count(unit, subject) < self._settings.free_copies:
            return Charge(charged=False, reason=FeeReason.FIRST_COPY)
        return Charge(charged=True, reason=FeeReason.FURTHER_COPY)

    async def count(self, unit: UnitOfWork, subject: SubjectId) -> int:
        """How many copies the person had in the time within which the first is free."""
        since = self._clock.time() - self._settings.free_seconds
        copies = await unit.select(Copy, subject=subject)
        return sum(copy.kind is Kind.ACCESS and copy.made_at > since for copy in copies)

    def copy(self, record: Package, charge: Charge) -> Copy:
        """The row by which this copy is counted."""
        return Copy(
            id=record.id,
            provider=record.provider,
            subject=record.subject,
            due=_lapsed(record.asked_at),
            kind=record.kind,
            charged=charge.charged,
            reason=charge.reason,
            made_at=record.asked_at,
        )


def _lapsed(asked_at: float) -> float:
    """When claims about the answer have lapsed: with the third year after that of the request (epoch seconds)."""
    return dt.datetime(day_of(asked_at).year + 4, 1, 1, tzinfo=dt.UTC).timestamp()
