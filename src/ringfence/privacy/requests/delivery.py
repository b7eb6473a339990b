"""The moment in which an answer has left."""

import dataclasses
from hashlib import sha256
from typing import Any

from ringfence.privacy.ledger import Event as LedgerEvent
from ringfence.privacy.requests.casefile import CaseFile
from ringfence.privacy.requests.kind import Outcome
from ringfence.privacy.requests.plan import Stage, stages
from ringfence.privacy.requests.records import CaseLetter
from ringfence.privacy.requests.state import Event
from ringfence.privacy.requests.step import By

__all__ = ["delivered", "stage_after"]


def stage_after(file: CaseFile, stage: Stage) -> Stage | None:
    """What comes next; None after the last."""
    plan = stages(file.case.right, file.case.outcome or Outcome.GRANTED)
    following = plan[plan.index(stage) + 1 :]
    return following[0] if following else None


async def delivered(file: CaseFile, answer: CaseLetter, by: By) -> None:
    """Closes the request, and leaves what is to be done after the answer.

    A person who is to be erased is named in the outline from here on: what is sealed for them ends with them.
    """
    await file.unit.replace(dataclasses.replace(answer, sent=True, at=file.desk.clock.time()))
    following = stage_after(file, Stage.SEND)
    outcome = file.case.outcome or Outcome.GRANTED
    await file.enter(Event.DELIVERED, by, codes=(outcome,), stage=following, queued=following is not None)
    facts: dict[str, Any] = {} if by.staff is None else {"staff": by.staff}
    await file.desk.ledger.append(
        file.unit,
        file.case.provider,
        LedgerEvent.REQUEST_ANSWERED,
        subject=file.case.subject,
        case=file.id,
        kind=file.case.right,
        outcome=outcome,
        digest=sha256(f"{answer.title}\n{answer.text}".encode()).hexdigest(),
        **facts,
    )
    await file.close(outcome)
    if following is Stage.ERASE:
        file.case = dataclasses.replace(file.case, stage=None, queued=False)
        file.outline = dataclasses.replace(file.outline, erasing=file.case.subject)
