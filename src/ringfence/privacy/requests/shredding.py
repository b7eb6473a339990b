"""The end of documents that were handed in: their key goes as soon as it is decided who asks (CTP-07)."""

from ringfence.declarations import Keep
from ringfence.identifiers import SubjectId
from ringfence.persistence import UnitOfWork
from ringfence.privacy.requests.desk import Desk
from ringfence.privacy.requests.records import Case, CaseLetter, CaseStep, Evidence, Mandate

__all__ = ["shred"]


async def shred(desk: Desk, case: Case) -> None:
    """Destroys what sealed the copies of this request, once no open one needs the same key; idempotent.

    Who asked under an id of their own, and turned out to be a subscriber, is nobody any more: all of that id goes.
    """
    async with desk.db.reading() as unit:
        needed = case.shred is None or await unit.count(Evidence, subject=case.shred) > 0
        lives = case.former is None or await _rows(unit, case.former) > 0
    if case.shred is not None and not needed:
        desk.keyring.destroy(case.shred, Keep.IDENTITY_EVIDENCE)
    if case.former is not None and not lives:
        desk.keyring.forget(case.former)
    await desk.db.checkpoint()  # what was deleted leaves the log as well


async def _rows(unit: UnitOfWork, subject: SubjectId) -> int:
    """What still stands under an id that was made for a request."""
    kinds = (Case, CaseStep, CaseLetter, Evidence, Mandate)
    return sum([await unit.count(kind, subject=subject) for kind in kinds])
