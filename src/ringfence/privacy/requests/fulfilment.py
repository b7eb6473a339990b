"""Carrying out what was decided, stage by stage, so that a kill at any moment loses nothing and does nothing twice.

    note of the stage (the request's row) ──> executor, idempotent by request and stage ──> note of the next stage

Each note is one transaction. A kill before it is written asks the executor again; it knows the request, and does
nothing twice. What is owed is computed from the rows each time: there is no list that could be lost.
"""

import dataclasses
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from enum import StrEnum
from typing import Final, final

import sqlalchemy as sa

from ringfence.errors import RingfenceError
from ringfence.identifiers import CaseId, ProviderId, RowId, SubjectId
from ringfence.persistence import SubjectGone
from ringfence.privacy.requests.casefile import CaseFile
from ringfence.privacy.requests.delivery import delivered, stage_after
from ringfence.privacy.requests.desk import Desk
from ringfence.privacy.requests.errors import UnknownCase
from ringfence.privacy.requests.kind import Delivery, Kind, LetterKind, Snapshot
from ringfence.privacy.requests.letters import Letters
from ringfence.privacy.requests.plan import Stage
from ringfence.privacy.requests.ports import Executor, Progress, Work
from ringfence.privacy.requests.records import Case, CaseLetter, CaseOutline
from ringfence.privacy.requests.shredding import shred
from ringfence.privacy.requests.state import OPEN, Event, State
from ringfence.privacy.requests.step import RINGFENCE

__all__ = ["Fulfilment", "Point", "When"]

_FAILURES: Final = (RingfenceError, OSError, TimeoutError)


class When(StrEnum):
    """A moment of a stage at which a test kills the process."""

    BEFORE = "before"
    DONE = "done"  # the executor has done it, and nobody has noted it
    NOTED = "noted"


Point = Callable[[Stage, When], None]


@final
class Fulfilment:
    """Goes on with everything that is queued."""

    def __init__(
        self, desk: Desk, letters: Letters, executors: Mapping[Stage, Executor], at: Point = lambda _, __: None
    ) -> None:
        self._desk = desk
        self._letters = letters
        self._executors = executors
        self._at = at

    async def resume(self) -> int:
        """All that can be done now; tells how many requests had something to do. One that fails holds up no other.

        What nobody foresaw (a detail that an executor chokes on) is noted on its request, and raised at the end for
        whoever supervises.
        """
        columns = Case.declaration.table.c
        chosen = sa.select(columns.provider, columns.id).where(columns.queued.is_(True)).order_by(columns.send_by)
        async with self._desk.db.reading() as unit:
            rows = (await unit.execute(chosen)).all()
        cases = [(ProviderId(row.provider), CaseId(row.id)) for row in rows]
        unforeseen: list[Exception] = []
        for case in cases:
            try:
                await self._whole(*case)
            except Exception as fault:  # noqa: BLE001 - strangers fill requests: none may stop the others' answers
                unforeseen.append(fault)
                await self._stuck(*case)
        erased = await self._erase_all()
        if unforeseen:
            raise unforeseen[0]
        return len(cases) + erased

    async def _whole(self, provider: ProviderId, case: CaseId) -> None:
        try:
            while await self._one(provider, case):
                pass
        except (SubjectGone, UnknownCase):
            return  # their erasure is under way: it takes the request along

    async def _stuck(self, provider: ProviderId, case: CaseId) -> None:
        with suppress(RingfenceError):  # its person has gone, or its provider is not served any more
            async with self._desk.db.reading() as unit:
                file = await CaseFile.open(unit, self._desk, provider, case)
            await self._hindered(file)

    async def _one(self, provider: ProviderId, case: CaseId) -> bool:
        """One thing of one request; False when nothing is left to do by itself for now."""
        async with self._desk.db.reading() as unit:
            file = await CaseFile.open(unit, self._desk, provider, case)
            letters = await unit.select(CaseLetter, case=case, sent=False, order="number")
        if file.case.shred is not None or file.case.former is not None:
            return await self._shred(file)
        if file.case.snapshot is Snapshot.WANTED and file.case.state in OPEN:
            return await self._snapshot(file)
        if file.case.snapshot in {Snapshot.WANTED, Snapshot.TAKEN} and file.case.state not in OPEN:
            return await self._discard(file)
        for letter in letters:
            if letter.about is not LetterKind.ANSWER and await self._letter(file, letter):
                return True
        if file.case.stage is not None and file.case.outcome is not None:
            return await self._stage(file, file.case.stage, letters)
        return await self._rest(file, letters)

    async def _rest(self, file: CaseFile, letters: list[CaseLetter]) -> bool:
        """Takes it off the queue, unless mail waits for another try, or somebody has done something meanwhile."""
        if not any(letter.delivery is Delivery.MAIL for letter in letters):
            async with self._noted(file) as now:
                now.case = dataclasses.replace(now.case, queued=now.case != file.case)
        return False

    async def _shred(self, file: CaseFile) -> bool:
        await shred(self._desk, file.case)
        async with self._noted(file) as now:
            now.case = dataclasses.replace(now.case, shred=None, former=None)
        return True

    async def _snapshot(self, file: CaseFile) -> bool:
        return await self._about_snapshot(file, Stage.SNAPSHOT, Snapshot.TAKEN)

    async def _discard(self, file: CaseFile) -> bool:
        """A stranger's claim must not keep anybody's short-lived data; an answer has its own copy by now."""
        return await self._about_snapshot(file, Stage.DISCARD, Snapshot.DISCARDED)

    async def _about_snapshot(self, file: CaseFile, stage: Stage, after: Snapshot) -> bool:
        """Of whom it was taken: the one to whom the given identifier led, or who signed in."""
        subject = file.case.candidate or file.case.subject
        if self._desk.keyring.knows(subject):
            progress = await self._carry_out(file, stage, subject)
            if progress is None or not progress.done:
                return False
        async with self._noted(file) as now:
            now.case = dataclasses.replace(now.case, snapshot=after)
        self._at(stage, When.NOTED)
        return True

    async def _letter(self, file: CaseFile, letter: CaseLetter) -> bool:
        """Writes or sends one; False when that has to wait."""
        try:
            return await self._letters.further(file, letter)
        except _FAILURES:
            await self._hindered(file)
            return False

    async def _stage(self, file: CaseFile, stage: Stage, letters: list[CaseLetter]) -> bool:
        if stage is Stage.LETTER:
            return await self._write_answer(file, letters)
        if stage is Stage.SEND:
            return await self._send_answer(file, letters)
        progress = await self._carry_out(file, stage, file.case.subject)
        if progress is None or not progress.done:
            return False
        async with self._noted(file) as now:
            package, outcome = progress.package or now.case.package, progress.outcome or now.case.outcome
            now.case = dataclasses.replace(
                now.case, stage=stage_after(now, stage), package=package, outcome=outcome, hindered=0
            )
        self._at(stage, When.NOTED)
        return True

    async def _write_answer(self, file: CaseFile, letters: list[CaseLetter]) -> bool:
        answers = [letter for letter in letters if letter.about is LetterKind.ANSWER]
        self._at(Stage.LETTER, When.BEFORE)
        if not answers:
            async with self._noted(file) as now:
                await now.want(LetterKind.ANSWER, now.case.reasons)
            return True
        if not answers[0].written and not await self._letter(file, answers[0]):
            return False
        self._at(Stage.LETTER, When.DONE)
        async with self._noted(file) as now:
            now.case = dataclasses.replace(now.case, stage=Stage.SEND, hindered=0)
        self._at(Stage.LETTER, When.NOTED)
        return True

    async def _send_answer(self, file: CaseFile, letters: list[CaseLetter]) -> bool:
        answer = next(letter for letter in letters if letter.about is LetterKind.ANSWER)
        if answer.delivery is Delivery.POST:
            return False  # an officer prints it, and says when it was posted
        self._at(Stage.SEND, When.BEFORE)
        try:
            await self._letters.mail(file, answer)
        except _FAILURES:
            await self._hindered(file)
            return False
        self._at(Stage.SEND, When.DONE)
        async with self._noted(file) as now:
            await delivered(now, answer, RINGFENCE)
        self._at(Stage.SEND, When.NOTED)
        return True

    async def _erase_all(self) -> int:
        table = CaseOutline.declaration.table
        async with self._desk.db.reading() as unit:
            found = (await unit.execute(table.select().where(table.c.erasing.is_not(None)))).all()
        for row in found:
            await self._erase(RowId(row.id), ProviderId(row.provider), SubjectId(row.erasing), Kind(row.right))
        return len(found)

    async def _erase(self, outline: RowId, provider: ProviderId, subject: SubjectId, kind: Kind) -> None:
        """Begins the erasure; from then on it is carried out by itself, and the request goes with the person."""
        work = Work(provider=provider, subject=subject, case=CaseId(outline), kind=kind, stage=Stage.ERASE)
        self._at(Stage.ERASE, When.BEFORE)
        try:
            await self._executors[Stage.ERASE].carry_out(work)
        except SubjectGone:
            pass  # begun before a kill, and over by now
        except _FAILURES:
            return
        self._at(Stage.ERASE, When.DONE)
        async with self._desk.db.transaction() as unit:
            row = await unit.get(CaseOutline, outline)
            if row is not None:
                await unit.replace(dataclasses.replace(row, erasing=None))
        self._at(Stage.ERASE, When.NOTED)

    async def _carry_out(self, file: CaseFile, stage: Stage, subject: SubjectId) -> Progress | None:
        """None when it failed; the request says so, and it is tried again."""
        work = Work(
            provider=file.case.provider,
            subject=subject,
            case=file.id,
            kind=file.case.right,
            stage=stage,
            language=file.case.language,
            details=file.case.details,
            package=file.case.package,
        )
        self._at(stage, When.BEFORE)
        try:
            progress = await self._executors[stage].carry_out(work)
        except SubjectGone:
            raise
        except _FAILURES as fault:
            await self._hindered(file, _named(fault))
            return None
        self._at(stage, When.DONE)
        return progress

    async def _hindered(self, file: CaseFile, reasons: Sequence[str] = ()) -> None:
        """Notes the first failure of a stage in the history, with what an officer has to know; counts the others."""
        async with self._noted(file) as now:
            if now.case.hindered == 0 and now.case.state is State.ANSWERING:
                await now.enter(Event.HINDERED, RINGFENCE, codes=(now.case.stage or "letter", *reasons))
            now.case = dataclasses.replace(now.case, hindered=now.case.hindered + 1)

    @asynccontextmanager
    async def _noted(self, file: CaseFile) -> AsyncIterator[CaseFile]:
        """The request as it is now, to be changed: an officer may have done something meanwhile."""
        async with self._desk.db.transaction() as unit:
            now = await CaseFile.open(unit, self._desk, file.case.provider, file.id)
            yield now
            await now.save()


def _named(fault: Exception) -> tuple[str, ...]:
    """The stable code of what failed, and the problem that it names; both are closed words."""
    if not isinstance(fault, RingfenceError):
        return ()
    problem = fault.facts.get("problem")
    return (fault.code, problem) if isinstance(problem, str) else (fault.code,)
