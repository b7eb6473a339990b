"""The end of a dossier: when claims out of it have lapsed, and nobody asked for it sooner."""

from collections.abc import Awaitable, Callable, Sequence
from typing import final

from ringfence.declarations import Record
from ringfence.identifiers import CaseId, ProviderId, SubjectId
from ringfence.persistence import SubjectGone
from ringfence.privacy.requests.desk import Desk, stands
from ringfence.privacy.requests.records import Case, CaseLetter, CaseStep, Evidence, Mandate

__all__ = ["CaseExpiry"]

Erase = Callable[[ProviderId, SubjectId], Awaitable[object]]


@final
class CaseExpiry:
    """Implements retention's port `Expiry` for `Case`.

    The rows of a request go together. Somebody who exists by their requests only goes with the last of them: `erase`
    begins that erasure, as for everybody else. A subscriber who asked for somebody stays what they are.
    """

    def __init__(self, desk: Desk, erase: Erase) -> None:
        self._desk = desk
        self._erase = erase

    async def expired(self, records: Sequence[Record]) -> None:
        for case in records:
            if isinstance(case, Case):
                await self._end(case)

    async def _end(self, case: Case) -> None:
        async with self._desk.db.transaction() as unit:
            for kind in (CaseStep, CaseLetter, Mandate, Evidence):
                await unit.delete(kind, case=CaseId(case.id))
            await unit.delete(Case, id=case.id)
            others = await unit.count(Case, subject=case.subject)
            asker_stays = case.asker is None or await stands(unit, case.asker)
        if case.guest and not others:
            await self._gone(case.provider, case.subject)
        if case.asker is not None and not asker_stays:
            await self._gone(case.provider, case.asker)

    async def _gone(self, provider: ProviderId, subject: SubjectId) -> None:
        try:
            await self._erase(provider, subject)
        except SubjectGone:
            return
