"""One request inside one unit of work: every change writes its line of history and its ledger entry with it."""

import dataclasses
from collections.abc import Sequence
from typing import Any, Self, final

from ringfence.declarations import Deadline
from ringfence.identifiers import CaseId, ProviderId, RowId, SubjectId
from ringfence.persistence import UnitOfWork
from ringfence.privacy.ledger import Event as LedgerEvent
from ringfence.privacy.requests.clocks import Clocks, clocks, day_number, instant_of, pauses
from ringfence.privacy.requests.desk import Desk
from ringfence.privacy.requests.errors import UnknownCase
from ringfence.privacy.requests.identity import Document
from ringfence.privacy.requests.kind import LetterKind, Outcome, Snapshot
from ringfence.privacy.requests.plan import stages
from ringfence.privacy.requests.records import Case, CaseLetter, CaseOutline, CaseStep, Evidence, Mandate
from ringfence.privacy.requests.state import OPEN, Event, advance
from ringfence.privacy.requests.step import By

__all__ = ["CaseFile"]


@final
class CaseFile:
    """Open it, let things happen, then `save` it once; nothing of it is shared with another unit."""

    def __init__(self, unit: UnitOfWork, desk: Desk, case: Case, outline: CaseOutline, steps: list[CaseStep]) -> None:
        self.case = case
        self.outline = outline
        self.steps = steps
        self.unit = unit
        self.desk = desk

    @classmethod
    async def open(cls, unit: UnitOfWork, desk: Desk, provider: ProviderId, case: CaseId) -> Self:
        """Raises UnknownCase, also for a request of another provider."""
        found = await unit.get(Case, RowId(case))
        outline = await unit.get(CaseOutline, RowId(case))
        if found is None or outline is None or found.provider != provider:
            raise UnknownCase
        return cls(unit, desk, found, outline, await unit.select(CaseStep, case=case, order="number"))

    @property
    def id(self) -> CaseId:
        return CaseId(self.case.id)

    @property
    def clocks(self) -> Clocks:
        """As they stand now."""
        calendar = self.desk.calendar(self.case.provider)
        return clocks(
            calendar,
            self.case.right,
            calendar.day_of(self.case.received),
            pauses(calendar, self.steps),
            extended=self.extended,
        )

    @property
    def extended(self) -> bool:
        return any(step.event is Event.EXTENDED for step in self.steps)

    async def enter(self, event: Event, by: By, *, text: str = "", codes: Sequence[str] = (), **changes: Any) -> None:
        """Lets something happen, with changes of the request's own fields; raises StepNotAllowed."""
        state = advance(self.case.state, event, by.who)
        self.case = dataclasses.replace(self.case, state=state, steps=self.case.steps + 1, **changes)
        facts: dict[str, Any] = {} if by.staff is None else {"staff": by.staff}
        head = await self.desk.ledger.append(
            self.unit,
            self.case.provider,
            LedgerEvent.REQUEST_STEPPED,
            subject=self.case.subject,
            case=self.id,
            kind=self.case.right,
            state=state,
            reason=event,
            **facts,
        )
        await self.note(event, by, text, codes, head.number)

    async def note(self, event: Event, by: By, text: str, codes: Sequence[str], entry: int) -> None:
        """Writes a line of history whose ledger entry is there already."""
        step = CaseStep(
            id=self.desk.row(),
            provider=self.case.provider,
            subject=self.case.subject,
            due=self.case.due,
            case=self.id,
            number=self.case.steps,
            event=event,
            state=self.case.state,
            who=by.who,
            staff=by.staff,
            entry=entry,
            at=self.desk.clock.time(),
            text=text,
            codes=list(codes),
        )
        self.steps.append(step)
        await self.unit.add(step)

    async def want(self, about: LetterKind, note: str = "") -> None:
        """A letter is to be written and sent, once this unit is committed."""
        self.case = dataclasses.replace(self.case, letters=self.case.letters + 1, queued=True)
        letter = CaseLetter(
            id=self.desk.row(),
            provider=self.case.provider,
            subject=self.case.subject,
            due=self.case.due,
            case=self.id,
            number=self.case.letters,
            about=about,
            written=False,
            sent=False,
            delivery=self.case.delivery,
            note=note,
        )
        await self.unit.add(letter)

    def decide(self, outcome: Outcome, *, exception: str = "", ground: str = "", reasons: str = "") -> None:
        """What is to be done now, from its first stage."""
        self.case = dataclasses.replace(
            self.case,
            outcome=outcome,
            stage=stages(self.case.right, outcome)[0],
            queued=True,
            hindered=0,
            exception=exception,
            ground=ground,
            reasons=reasons,
        )

    def undecide(self) -> None:
        """It is to be decided anew; nothing of the former decision is told."""
        self.case = dataclasses.replace(self.case, exception="", ground="", reasons="")
        self.outline = dataclasses.replace(self.outline, automatic=False)

    async def close(self, outcome: Outcome) -> None:
        """Nothing is owed any more: from now on it is only kept, and until when is known."""
        today = self.desk.today(self.case.provider)
        due = self.desk.kept_until(self.case.provider, today)
        queued = self.case.queued or self.case.snapshot in {Snapshot.WANTED, Snapshot.TAKEN}
        self.case = dataclasses.replace(self.case, outcome=outcome, due=due, queued=queued)
        self.outline = dataclasses.replace(self.outline, answered=day_number(today), outcome=outcome)
        await self._rewrite(subject=self.case.subject, due=due)
        for mandate in await self.unit.select(Mandate, case=self.id):
            await self.unit.replace(dataclasses.replace(mandate, due=due))

    async def reopen(self) -> None:
        """It is owed again."""
        self.case = dataclasses.replace(self.case, outcome=None, due=None)
        self.outline = dataclasses.replace(self.outline, answered=None, outcome=None)
        await self._rewrite(subject=self.case.subject, due=None)
        for mandate in await self.unit.select(Mandate, case=self.id):
            await self.unit.replace(dataclasses.replace(mandate, due=None))

    async def hand_over(self, subject: SubjectId) -> None:
        """The request is this person's: all of it moves under their key, and goes with them.

        Who asked for them stays under a key of their own, with the mandate; who asked for themself is nobody else.
        """
        if subject == self.case.subject:
            return
        acting = await self.unit.count(Mandate, case=self.id) > 0
        before = self.case.subject
        changes: dict[str, Any] = {"asker": before, "name": "", "contact": ""} if acting else {}
        if self.case.guest and not acting:
            changes = {"former": before, "queued": True}
        self.case = dataclasses.replace(self.case, subject=subject, guest=False, **changes)
        self.outline = dataclasses.replace(self.outline, ref=self.desk.keyring.ledger_ref(subject))
        await self._rewrite(subject=subject, due=self.case.due)

    async def drop_evidence(self) -> tuple[Document, ...]:
        """Deletes what was handed in; the key goes when this unit is committed. Tells which kinds were seen."""
        held = await self.unit.select(Evidence, case=self.id)
        if held:
            await self.unit.delete(Evidence, case=self.id)
            self.case = dataclasses.replace(self.case, shred=self.case.shred or held[0].subject, queued=True)
        return tuple(sorted({row.document for row in held}))

    async def mandate(self) -> Mandate | None:
        found = await self.unit.select(Mandate, case=self.id, limit=1)
        return found[0] if found else None

    async def save(self) -> None:
        """Writes the request and its outline, with clocks as the history now says."""
        found = self.clocks
        open_ = self.case.state in OPEN
        self.case = dataclasses.replace(self.case, send_by=Deadline(instant_of(found.send_by)))
        self.outline = dataclasses.replace(
            self.outline,
            right=self.case.right,
            promised=day_number(found.send_by),
            legal=day_number(found.legal) if open_ else self.outline.legal,
            extended=found.extended,
            mark=self.case.mark,
        )
        await self.unit.replace(self.case)
        await self.unit.replace(self.outline)

    async def _rewrite(self, *, subject: SubjectId, due: float | None) -> None:
        self.steps = [dataclasses.replace(step, subject=subject, due=due) for step in self.steps]
        letters = await self.unit.select(CaseLetter, case=self.id)
        for row in (*self.steps, *(dataclasses.replace(letter, subject=subject, due=due) for letter in letters)):
            await self.unit.replace(row)
