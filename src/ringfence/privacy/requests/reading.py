"""Out of rows, what pages show."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final, final

from ringfence.clock import DAY
from ringfence.identifiers import CaseId, ProviderId, StaffId, SubjectId
from ringfence.persistence import UnitOfWork
from ringfence.privacy.requests.casefile import CaseFile
from ringfence.privacy.requests.clocks import EPOCH
from ringfence.privacy.requests.desk import Desk
from ringfence.privacy.requests.errors import UnknownCase
from ringfence.privacy.requests.identity import Proof, next_rung
from ringfence.privacy.requests.kind import Kind
from ringfence.privacy.requests.records import Case, CaseLetter, CaseStep, Evidence
from ringfence.privacy.requests.state import OPEN, Event, State, Who, allowed_events
from ringfence.privacy.requests.step import By
from ringfence.privacy.requests.stepping import may_send_back, needs_second
from ringfence.privacy.requests.view import (
    CaseContent,
    CaseSummary,
    CaseView,
    HistoryLine,
    LetterView,
    MandateView,
)

__all__ = ["Reading"]

_BYPASSED: Final = frozenset({Event.ASKED, Event.PROPOSED, Event.FOLLOWED_UP})
"""Events that follow from something else than a step of their own."""


@final
class Reading:
    """Answers pages; writes nothing."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def inbox(
        self,
        provider: ProviderId,
        *,
        states: Sequence[State] = (),
        kinds: Sequence[Kind] = (),
        staff: StaffId | None = None,
        limit: int = 200,
    ) -> list[CaseSummary]:
        """As `Requests.inbox`."""
        where: dict[str, Any] = {"provider": provider, "state": tuple(states or OPEN)}
        if kinds:
            where["right"] = tuple(kinds)
        if staff is not None:
            where["assignee"] = staff
        async with self._desk.db.reading() as unit:
            cases = await unit.select(Case, order="send_by", limit=limit, **where)
        today = self._desk.today(provider)
        return [self._summary(case, today) for case in cases]

    async def of_subject(self, provider: ProviderId, subject: SubjectId) -> list[CaseSummary]:
        """As `Requests.of_subject`."""
        async with self._desk.db.reading() as unit:
            cases = await unit.select(Case, provider=provider, subject=subject, order="-send_by")
        today = self._desk.today(provider)
        return [self._summary(case, today) for case in cases]

    async def view(
        self, provider: ProviderId, case: CaseId, *, owner: SubjectId | None = None, staff: StaffId | None = None
    ) -> CaseView:
        """Raises UnknownCase; with `owner` also for a request that is not theirs."""
        async with self._desk.db.reading() as unit:
            file = await self._open(unit, provider, case, owner)
            letters = await unit.select(CaseLetter, case=case, order="number")
            evidence = await unit.select(Evidence, case=case)
        who = Who.STAFF if owner is None else Who.PERSON
        return CaseView(
            summary=self._summary(file.case, self._desk.today(provider)),
            clocks=file.clocks,
            history=tuple(_line(step) for step in file.steps),
            letters=tuple(_letter(letter) for letter in letters),
            allowed=_allowed(file.case, who),
            stage=file.case.stage,
            documents=tuple(sorted(row.document for row in evidence)),
            next_rung=self._next_rung(file),
            candidate=file.case.candidate if owner is None else None,
            subject=file.case.subject,
            ref=file.outline.ref if owner is None else None,
            proposer=file.case.proposer,
            second_needed=needs_second(file, By(Who.STAFF, staff)),
            fee=file.case.fee,
            package=file.case.package,
            follows=file.case.follows,
        )

    async def content(self, provider: ProviderId, case: CaseId, *, owner: SubjectId | None = None) -> CaseContent:
        """What was said and written; for the staff, only behind `privacy.looks`. Raises UnknownCase."""
        async with self._desk.db.reading() as unit:
            file = await self._open(unit, provider, case, owner)
            letters = await unit.select(CaseLetter, case=case, written=True)
            mandate = await file.mandate() if owner is None else None
        row = file.case
        return CaseContent(
            name=row.name,
            contact=row.contact,
            language=row.language,
            text=row.text,
            details=row.details,
            identifier=row.identifier,
            exception=row.exception,
            ground=row.ground,
            reasons=row.reasons,
            said={step.number: step.text for step in file.steps if step.text},
            letters={letter.id: (letter.title, letter.text, letter.html) for letter in letters},
            mandate=None
            if mandate is None
            else MandateView(mandate.relation, mandate.seen, mandate.name, mandate.contact, mandate.paper),
        )

    def _next_rung(self, file: CaseFile) -> Proof | None:
        if file.case.proof is not Proof.NONE:
            return None
        tried = {Proof(code) for step in file.steps if step.event is Event.PROOF_ASKED for code in step.codes}
        return next_rung(tried, self._desk.rules(file.case.provider).documents)

    async def _open(self, unit: UnitOfWork, provider: ProviderId, case: CaseId, owner: SubjectId | None) -> CaseFile:
        file = await CaseFile.open(unit, self._desk, provider, case)
        if owner is not None and file.case.subject != owner:
            raise UnknownCase
        return file

    def _summary(self, case: Case, today: dt.date) -> CaseSummary:
        send_by = EPOCH + dt.timedelta(days=round(case.send_by / DAY))
        return CaseSummary(
            id=CaseId(case.id),
            provider=case.provider,
            kind=case.right,
            state=case.state,
            channel=case.channel,
            relation=case.relation,
            proof=case.proof,
            guest=case.guest,
            mark=case.mark,
            outcome=case.outcome,
            assignee=case.assignee,
            deputy=case.deputy,
            send_by=send_by,
            days_left=(send_by - today).days if case.state in OPEN else 0,
            hindered=case.hindered,
            repeats=case.repeats,
        )


def _allowed(case: Case, who: Who) -> tuple[Event, ...]:
    unfit = set(_BYPASSED)
    if case.state is State.ANSWERING and not may_send_back(case):
        unfit.add(Event.SENT_BACK)
    return tuple(event for event in allowed_events(case.state, who) if event not in unfit)


def _line(step: CaseStep) -> HistoryLine:
    return HistoryLine(
        number=step.number,
        at=step.at,
        event=step.event,
        state=step.state,
        who=step.who,
        staff=step.staff,
        codes=tuple(step.codes),
    )


def _letter(letter: CaseLetter) -> LetterView:
    return LetterView(letter.id, letter.about, letter.written, letter.sent, letter.delivery)
