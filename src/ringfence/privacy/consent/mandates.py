"""Who may act for whom, as the requests have it on record."""

from typing import Final, final

from ringfence.identifiers import CaseId, ProviderId, RowId, SubjectId
from ringfence.persistence import Database
from ringfence.privacy.requests import Relation, State
from ringfence.privacy.requests.records import Case, Mandate

__all__ = ["CaseMandates"]

_ACTING: Final = frozenset({Relation.PARENT, Relation.REPRESENTATIVE})  # heirs act for nobody who could consent
_UNSETTLED: Final = frozenset({State.RECEIVED, State.IDENTIFYING, State.REFERRED, State.DISMISSED, State.TAKEN_BACK})


@final
class CaseMandates:
    """The port `Mandates`: a case about the person in which staff saw the paper and settled who acts."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def holds(self, provider: ProviderId, subject: SubjectId, case: CaseId) -> bool:
        async with self._db.reading() as unit:
            found = await unit.get(Case, RowId(case))
            if found is None or (found.provider, found.subject) != (provider, subject):
                return False
            if found.relation not in _ACTING or found.state in _UNSETTLED:
                return False
            return await unit.count(Mandate, case=case, seen=True) > 0
