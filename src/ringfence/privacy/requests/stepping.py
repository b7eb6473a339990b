"""The steps, one function each: the rules that the table of states can't say."""

import dataclasses
from collections.abc import Awaitable, Callable
from typing import Any, Final, final

from ringfence.clock import DAY
from ringfence.identifiers import CaseId, ProviderId, SubjectId
from ringfence.privacy.requests.asked import MOST_TEXT
from ringfence.privacy.requests.casefile import CaseFile
from ringfence.privacy.requests.delivery import delivered
from ringfence.privacy.requests.desk import Desk
from ringfence.privacy.requests.errors import (
    AnswerNotThere,
    AskedTooMuch,
    ExtensionTooLate,
    GroundMissing,
    ProofInsufficient,
    ReasonMissing,
    SameMember,
    StepNotAllowed,
    UnknownCase,
)
from ringfence.privacy.requests.identity import IDENTITY, OWN_ACT, Document, Proof, documents_settle, kept_copy
from ringfence.privacy.requests.kind import Delivery, Kind, LetterKind, Outcome, Relation
from ringfence.privacy.requests.plan import AFTER_ANSWER, Stage
from ringfence.privacy.requests.records import Case, CaseLetter, Evidence
from ringfence.privacy.requests.state import Event, State, Who, advance
from ringfence.privacy.requests.step import (
    AnswerQuestion,
    AskMeaning,
    AskProof,
    Assign,
    By,
    Classify,
    Dismiss,
    Extend,
    Grant,
    HandIn,
    Identify,
    MarkAs,
    Posted,
    Refer,
    Refuse,
    Reopen,
    Second,
    SendBack,
    Settle,
    Step,
    TakeBack,
)

__all__ = ["Stepping", "may_send_back", "needs_second"]

_MOST_COPY: Final = 5 * 1024 * 1024
"""Bytes of a copy: a scanned page at 300 dpi."""
_MOST_EVIDENCE: Final = 10
_MEDIA: Final = frozenset({"application/pdf", "image/jpeg", "image/png"})
_EVIDENCE_DAYS: Final = 120


def needs_second(file: CaseFile, by: By) -> bool:
    """Erasure by the staff, where the person did not show by an act of their own that it is they who ask."""
    return file.case.right is Kind.ERASURE and by.who is Who.STAFF and file.case.proof not in OWN_ACT


def may_send_back(case: Case) -> bool:
    """Whether what was decided is stuck, and can still be decided anew."""
    unwritten = case.stage is not None and case.stage not in {Stage.SEND, *AFTER_ANSWER}
    return case.hindered > 0 and unwritten and case.proof is not Proof.NONE


@final
class Stepping:
    """One for all providers."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._does: dict[type, Callable[[CaseFile, Any, By], Awaitable[None]]] = {
            Classify: self._classify,
            AskProof: self._ask_proof,
            HandIn: self._hand_in,
            Identify: self._identify,
            Refer: self._refer,
            Settle: self._settle,
            AskMeaning: self._ask_meaning,
            AnswerQuestion: self._answer_question,
            Assign: self._assign,
            MarkAs: self._mark,
            Extend: self._extend,
            Grant: self._grant,
            Refuse: self._refuse,
            Second: self._second,
            SendBack: self._send_back,
            Posted: self._posted,
            TakeBack: self._take_back,
            Dismiss: self._dismiss,
            Reopen: self._reopen,
        }

    async def step(
        self, provider: ProviderId, case: CaseId, step: Step, by: By, *, owner: SubjectId | None = None
    ) -> None:
        """As `Requests.step`; with `owner` only if the request is theirs."""
        async with self._desk.db.transaction() as unit:
            file = await CaseFile.open(unit, self._desk, provider, case)
            if owner is not None and file.case.subject != owner:
                raise UnknownCase
            advance(file.case.state, step.event, by.who)  # the table speaks before any other rule
            await self._does[type(step)](file, step, by)
            await file.save()

    async def _classify(self, file: CaseFile, step: Classify, by: By) -> None:
        await file.enter(step.event, by, codes=(file.case.right, step.kind), right=step.kind)

    async def _ask_proof(self, file: CaseFile, step: AskProof, by: By) -> None:
        if step.rung.value not in self._desk.rules(file.case.provider).documents.ladder:
            raise ProofInsufficient(proof=step.rung.value)
        _demand(step.text)
        await file.enter(step.event, by, text=step.text, codes=(step.rung,))
        await file.want(LetterKind.PROOF_ASKED, step.text)

    async def _hand_in(self, file: CaseFile, step: HandIn, by: By) -> None:
        rule = self._desk.rules(file.case.provider).documents
        if step.document in IDENTITY and step.document.value not in rule.kinds:
            raise ProofInsufficient(proof=step.document.value)
        copy = kept_copy(step.document, step.copy, rule)
        _check_copy(copy, step.media)
        held = await file.unit.count(Evidence, case=file.id)
        if held >= _MOST_EVIDENCE:
            raise AskedTooMuch(what="documents", most=_MOST_EVIDENCE)
        if by.who is Who.STAFF and rule.seen_suffices and step.document in IDENTITY:
            copy = b""  # the officer saw it; a copy would show no more
        await file.enter(step.event, by, codes=(step.document, "copy" if copy else "seen"))
        await file.unit.add(
            Evidence(
                id=self._desk.row(),
                provider=file.case.provider,
                subject=file.case.subject,
                due=self._desk.clock.time() + _EVIDENCE_DAYS * DAY,
                case=file.id,
                document=step.document,
                copied=bool(copy),
                media=step.media if copy else "",
                copy=copy,
            )
        )

    async def _identify(self, file: CaseFile, step: Identify, by: By) -> None:
        await self._check_proof(file, step, by)
        await self._check_mandate(file)
        await self._settled(file, by, step.event, step.proof, step.concerning, "")

    async def _settle(self, file: CaseFile, step: Settle, by: By) -> None:
        _demand(step.reason)
        await self._settled(file, by, step.event, Proof.PROVIDER, step.concerning, step.reason)

    async def _settled(
        self, file: CaseFile, by: By, event: Event, proof: Proof, concerning: SubjectId | None, reason: str
    ) -> None:
        if concerning is not None and not self._desk.keyring.knows(concerning):
            raise UnknownCase
        seen = await file.drop_evidence()
        mandate = await file.mandate()
        if mandate is not None and not mandate.seen:
            await file.unit.replace(dataclasses.replace(mandate, seen=Document.MANDATE in seen))
        await file.enter(event, by, text=reason, codes=(proof, *seen), proof=proof)
        if concerning is not None:
            await file.hand_over(concerning)

    async def _check_proof(self, file: CaseFile, step: Identify, by: By) -> None:
        """Session and PIN are the sign-in's to say; the rest is an officer's, within the rules of the country."""
        if (step.proof in OWN_ACT) != (by.who is Who.RINGFENCE):
            raise ProofInsufficient(proof=step.proof.value)
        if step.proof is Proof.DOCUMENTS:
            seen = {row.document for row in await file.unit.select(Evidence, case=file.id)}
            rule = self._desk.rules(file.case.provider).documents
            led_to = file.case.candidate if file.case.guest else file.case.subject
            leads = step.concerning is not None and step.concerning == led_to
            acting = file.case.relation is not Relation.SELF and Document.MANDATE in seen and leads
            if not acting and not documents_settle(seen, rule, identifier_leads=leads):
                raise ProofInsufficient(proof=step.proof.value)
        elif step.proof not in OWN_ACT and step.proof is not Proof.CALL_BACK:
            raise ProofInsufficient(proof=step.proof.value)

    async def _check_mandate(self, file: CaseFile) -> None:
        if file.case.relation is Relation.SELF:
            return
        seen = {row.document for row in await file.unit.select(Evidence, case=file.id)}
        if Document.MANDATE not in seen:
            raise ProofInsufficient(proof=Document.MANDATE.value)

    async def _refer(self, file: CaseFile, step: Refer, by: By) -> None:
        _demand(step.reason)
        await file.enter(step.event, by, text=step.reason)
        await file.want(LetterKind.REFERRED, step.reason)

    async def _ask_meaning(self, file: CaseFile, step: AskMeaning, by: By) -> None:
        _demand(step.question)
        await file.enter(step.event, by, text=step.question)
        await file.want(LetterKind.CLARIFICATION_ASKED, step.question)

    async def _answer_question(self, file: CaseFile, step: AnswerQuestion, by: By) -> None:
        _demand(step.text)
        await file.enter(step.event, by, text=step.text)

    async def _assign(self, file: CaseFile, step: Assign, by: By) -> None:
        await file.enter(step.event, by, assignee=step.assignee, deputy=step.deputy)

    async def _mark(self, file: CaseFile, step: MarkAs, by: By) -> None:
        _demand(step.reason)
        await file.enter(step.event, by, text=step.reason, codes=(step.mark,), mark=step.mark, fee=max(0, step.fee))

    async def _extend(self, file: CaseFile, step: Extend, by: By) -> None:
        _demand(step.reason)
        found = file.clocks
        late = self._desk.today(file.case.provider) > found.extend_by
        if found.extended or late or file.case.right is Kind.COMPLAINT:
            raise ExtensionTooLate
        await file.enter(step.event, by, text=step.reason)
        await file.want(LetterKind.EXTENDED, step.reason)

    async def _grant(self, file: CaseFile, step: Grant, by: By) -> None:
        if file.case.right is Kind.COMPLAINT:
            _demand(step.reason)
        if needs_second(file, by):
            await file.enter(Event.PROPOSED, by, text=step.reason, proposer=by.staff)
            return
        await file.enter(step.event, by, text=step.reason)
        file.decide(Outcome.GRANTED, reasons=step.reason)

    async def _refuse(self, file: CaseFile, step: Refuse, by: By) -> None:
        _demand(step.reason)
        self._check_ground(file, step)
        seen = await file.drop_evidence()
        await file.enter(step.event, by, text=step.reason, codes=(step.exception, *seen))
        file.decide(Outcome.REFUSED, exception=step.exception, ground=step.ground, reasons=step.reason)

    def _check_ground(self, file: CaseFile, step: Refuse) -> None:
        """An exception that kind, country, day and proof leave, with a ground where it needs one."""
        law, provider = self._desk.law, file.case.provider
        fit = law.exceptions_for(
            file.case.right.value,
            self._desk.country(provider),
            self._desk.today(provider),
            proven=file.case.proof is not Proof.NONE,
        )
        exception = next((row for row in fit if row.name == step.exception), None)
        if exception is None or ("ground" in exception.needs and not step.ground):
            raise GroundMissing(kind=file.case.right.value)
        if step.ground and step.ground not in {row.name for row in law.grounds}:
            raise GroundMissing(kind=file.case.right.value)

    async def _second(self, file: CaseFile, step: Second, by: By) -> None:
        if by.staff == file.case.proposer:
            raise SameMember
        await file.enter(step.event, by)
        file.decide(Outcome.GRANTED)

    async def _send_back(self, file: CaseFile, step: SendBack, by: By) -> None:
        _demand(step.reason)
        if file.case.state is State.ANSWERING:
            await self._undecide(file, step, by)
        await file.enter(step.event, by, text=step.reason, proposer=None, outcome=None, stage=None, hindered=0)

    async def _undecide(self, file: CaseFile, step: SendBack, by: By) -> None:
        """Only what is stuck, before its answer is written, and only where it is settled who asks."""
        if not may_send_back(file.case):
            raise StepNotAllowed(state=file.case.state.value, event=step.event.value, who=by.who.value)
        await file.unit.delete(CaseLetter, case=file.id, about=LetterKind.ANSWER, written=False)
        file.undecide()

    async def _posted(self, file: CaseFile, _: Posted, by: By) -> None:
        letters = await file.unit.select(CaseLetter, case=file.id, about=LetterKind.ANSWER, written=True)
        if file.case.delivery is not Delivery.POST or file.case.stage is not Stage.SEND or not letters:
            raise AnswerNotThere
        await delivered(file, letters[-1], by)

    async def _take_back(self, file: CaseFile, step: TakeBack, by: By) -> None:
        await file.drop_evidence()
        await file.enter(step.event, by)
        await file.close(Outcome.TAKEN_BACK)

    async def _dismiss(self, file: CaseFile, step: Dismiss, by: By) -> None:
        _demand(step.reason)
        if file.case.proof is not Proof.NONE:
            raise StepNotAllowed(state=file.case.state.value, event=step.event.value, who=by.who.value)
        await file.drop_evidence()
        await file.enter(step.event, by, text=step.reason)
        await file.close(Outcome.NOT_A_REQUEST)

    async def _reopen(self, file: CaseFile, step: Reopen, by: By) -> None:
        _demand(step.reason)
        await file.enter(step.event, by, text=step.reason)
        await file.reopen()


def _demand(reason: str) -> None:
    if not reason.strip():
        raise ReasonMissing
    if len(reason) > MOST_TEXT:
        raise AskedTooMuch(what="text", most=MOST_TEXT)


def _check_copy(copy: bytes, media: str) -> None:
    if len(copy) > _MOST_COPY:
        raise AskedTooMuch(what="copy", most=_MOST_COPY)
    if copy and media not in _MEDIA:
        raise ProofInsufficient(proof="media_type")
