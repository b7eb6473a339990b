"""Requests whose person has gone: nobody is left to answer, and who asked for them is not kept on without a reason."""

import dataclasses
from typing import final

import sqlalchemy as sa

from ringfence.errors import RingfenceError
from ringfence.identifiers import RowId, SubjectId
from ringfence.privacy.requests.clocks import day_number
from ringfence.privacy.requests.desk import Desk, stands
from ringfence.privacy.requests.kind import Outcome
from ringfence.privacy.requests.records import Case, CaseOutline, Mandate

__all__ = ["Overtaken"]


@final
class Overtaken:
    """Finds them by their outlines: an erasure takes the request along, or shuts it away as it was."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def close(self) -> int:
        """Notes on each outline of somebody who has gone that no answer is owed any more; tells how many.

        Representatives whose request went with its person go, too.
        """
        await self._end_representatives()
        ended = [outline for outline, subject in await self._open() if self._desk.has_gone(subject)]
        return sum([await self._close(outline) for outline in ended])

    async def _open(self) -> list[tuple[RowId, SubjectId | None]]:
        outlines, cases = CaseOutline.declaration.table.c, Case.declaration.table.c
        joined = outlines.id.table.outerjoin(cases.id.table, outlines.id == cases.id)
        chosen = sa.select(outlines.id, cases.subject).select_from(joined).where(outlines.answered.is_(None))
        async with self._desk.db.reading() as unit:
            return [(RowId(row.id), row.subject) for row in (await unit.execute(chosen)).all()]

    async def _end_representatives(self) -> None:
        """Whoever asks for somebody else has an id of their own, which the erasure of that person does not know.

        A subscriber who asked for another stays what they are: only an id that nothing else stands under is forgotten.
        """
        mandates, cases = Mandate.declaration.table.c, Case.declaration.table.c
        joined = mandates.id.table.outerjoin(cases.id.table, mandates.case == cases.id)
        orphans = sa.select(mandates.id, mandates.subject).select_from(joined).where(cases.id.is_(None))
        async with self._desk.db.reading() as unit:
            found = (await unit.execute(orphans)).all()
        for row in found:
            async with self._desk.db.transaction() as unit:
                await unit.delete(Mandate, id=RowId(row.id))
                stays = await stands(unit, SubjectId(row.subject))
            if not stays:
                self._desk.keyring.forget(SubjectId(row.subject))
        if found:
            await self._desk.db.checkpoint()

    async def _close(self, name: RowId) -> bool:
        async with self._desk.db.transaction() as unit:
            outline = await unit.get(CaseOutline, name)
            if outline is None or outline.answered is not None:
                return False
            try:
                today = day_number(self._desk.today(outline.provider))
            except RingfenceError:
                return False  # its provider is not served any more: nobody counts its figures
            await unit.replace(dataclasses.replace(outline, answered=today, outcome=Outcome.OVERTAKEN))
        return True
