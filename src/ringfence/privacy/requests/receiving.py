"""Taking a request in: who it is from as far as that is known, whether it joins another, and what follows by rule."""

import dataclasses
from typing import Final, final

from ringfence.declarations import Deadline, IdentifierKind
from ringfence.identifiers import CaseId, RowId, SubjectId, new_id
from ringfence.persistence import SubjectGone, UnitOfWork
from ringfence.privacy.ledger import Event as LedgerEvent
from ringfence.privacy.requests.asked import Asked, check_limits
from ringfence.privacy.requests.casefile import CaseFile
from ringfence.privacy.requests.clocks import clocks, day_number
from ringfence.privacy.requests.desk import Desk
from ringfence.privacy.requests.errors import TooManyOpen
from ringfence.privacy.requests.identity import OWN_ACT, Proof
from ringfence.privacy.requests.kind import (
    NEEDS_NO_PROOF,
    WHOLE,
    Channel,
    Kind,
    LetterKind,
    Mark,
    Outcome,
    Relation,
    Snapshot,
)
from ringfence.privacy.requests.records import Case, CaseOutline, MailSeen, Mandate
from ringfence.privacy.requests.state import OPEN, Event, State, Who
from ringfence.privacy.requests.step import PERSON, RINGFENCE, By

__all__ = ["Receiving"]

_YEAR: Final = 365 * 86_400.0
_SNAPSHOT: Final = frozenset({Kind.ACCESS, Kind.PORTABILITY, Kind.RECIPIENTS})
_UNPROVEN: Final = frozenset({Channel.FORM, Channel.MAIL})
_FOR_SOMEBODY: Final = {
    Relation.REPRESENTATIVE: "mandated",
    Relation.PARENT: "parents",
    Relation.HEIR: "heirs",
}


@final
class Receiving:
    """One for all providers."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def receive(self, asked: Asked) -> CaseId:
        """As `Requests.receive`."""
        check_limits(asked)
        async with self._desk.db.transaction() as unit:
            if asked.message is not None and (seen := await unit.get(MailSeen, asked.message)) is not None:
                return seen.case
            subject, guest = await self._whose(unit, asked)
            joined = await self._open_one(unit, asked, subject)
            if joined is not None:
                file = await self._join(unit, asked, joined)
            else:
                await self._refuse_flood(unit, asked)
                file = await self._begin(unit, asked, subject, guest=guest)
                await self._by_rule(file, asked)
            await file.save()
            if asked.message is not None:
                seen = MailSeen(id=asked.message, provider=asked.provider, case=file.id, at=self._desk.clock.time())
                await unit.add(seen)
        return file.id

    async def _whose(self, unit: UnitOfWork, asked: Asked) -> tuple[SubjectId, bool]:
        """The person of a session, else whoever wrote from that address before, else somebody new."""
        if asked.subject is not None:
            if not self._desk.keyring.knows(asked.subject):
                raise SubjectGone
            return asked.subject, False
        known = self._desk.of_mail(asked.provider, asked.contact)
        if known is not None and await unit.count(Case, subject=known, guest=True):
            return known, True
        guest = SubjectId(new_id(self._desk.randomness))
        if known is None and "@" in asked.contact:
            self._desk.keyring.bind(asked.provider, IdentifierKind.MAIL, asked.contact, guest)
        return guest, True

    async def _open_one(self, unit: UnitOfWork, asked: Asked, subject: SubjectId) -> Case | None:
        same = await unit.select(Case, subject=subject, right=asked.kind, state=tuple(OPEN))
        for case in same:
            as_before = (case.relation, case.identifier) == (asked.relation, _identifier(asked))
            if as_before and (asked.kind in WHOLE or (case.text, case.details) == (asked.text, dict(asked.details))):
                return case
        return None

    async def _join(self, unit: UnitOfWork, asked: Asked, joined: Case) -> CaseFile:
        file = await CaseFile.open(unit, self._desk, asked.provider, CaseId(joined.id))
        await file.enter(Event.ASKED, _by(asked), text=asked.text, codes=("joined",), repeats=joined.repeats + 1)
        if joined.repeats == 0 and not asked.quiet:  # once: nobody is to be flooded by our own letters
            await file.want(LetterKind.JOINED)
        return file

    async def _refuse_flood(self, unit: UnitOfWork, asked: Asked) -> None:
        if asked.channel not in _UNPROVEN:
            return
        waiting = await unit.count(Case, provider=asked.provider, state=State.RECEIVED, proof=Proof.NONE)
        most = self._desk.policies(asked.provider).most_unproven
        if waiting >= most:
            raise TooManyOpen(most=most)

    async def _begin(self, unit: UnitOfWork, asked: Asked, subject: SubjectId, *, guest: bool) -> CaseFile:
        now = self._desk.clock.time()
        received = min(asked.received or now, now)
        case = self._case(asked, subject, received, guest=guest)
        outline = self._outline(case)
        file = CaseFile(unit, self._desk, case, outline, [])
        await unit.add_all((case, outline))
        legal = file.clocks.legal
        head = await self._desk.ledger.append(
            unit,
            case.provider,
            LedgerEvent.REQUEST_RECEIVED,
            subject=subject,
            case=file.id,
            kind=case.right,
            channel=case.channel,
            until=legal,
        )
        await file.note(Event.ASKED, _by(asked), "", (), head.number)
        if asked.relation is not Relation.SELF:
            await self._add_mandate(file, asked)
        return file

    def _case(self, asked: Asked, subject: SubjectId, received: float, *, guest: bool) -> Case:
        candidate = None if not guest else self._desk.find(asked.provider, asked.identifier)
        known = None if guest else subject
        wanted = asked.kind in _SNAPSHOT and (known or candidate) is not None
        return Case(
            id=self._desk.row(),
            provider=asked.provider,
            subject=subject,
            right=asked.kind,
            state=State.RECEIVED,
            channel=asked.channel,
            relation=asked.relation,
            delivery=asked.delivery,
            proof=Proof.NONE,
            guest=guest,
            candidate=candidate,
            asker=None,
            mark=None,
            fee=0,
            repeats=0,
            steps=1,
            letters=0,
            assignee=None,
            deputy=None,
            proposer=None,
            reminded=0,
            send_by=Deadline(received),
            outcome=None,
            stage=None,
            queued=wanted,
            hindered=0,
            snapshot=Snapshot.WANTED if wanted else Snapshot.NOT_NEEDED,
            package=None,
            shred=None,
            former=None,
            follows=asked.follows,
            received=received,
            name=asked.name,
            contact=asked.contact,
            language=asked.language,
            text=asked.text,
            details=dict(asked.details),
            identifier=_identifier(asked),
        )

    def _outline(self, case: Case) -> CaseOutline:
        calendar = self._desk.calendar(case.provider)
        received = calendar.day_of(case.received)
        found = clocks(calendar, case.right, received, (), extended=False)
        return CaseOutline(
            id=case.id,
            provider=case.provider,
            right=case.right,
            channel=case.channel,
            received=day_number(received),
            promised=day_number(found.send_by),
            legal=day_number(found.legal),
            answered=None,
            outcome=None,
            extended=False,
            interim=False,
            mark=None,
            automatic=False,
            erasing=None,
            ref=self._desk.keyring.ledger_ref(case.subject),
        )

    async def _add_mandate(self, file: CaseFile, asked: Asked) -> None:
        mandate = Mandate(
            id=self._desk.row(),
            provider=asked.provider,
            subject=file.case.subject,
            case=file.id,
            relation=asked.relation,
            seen=False,
            name=asked.name,
            contact=asked.contact,
            paper=asked.mandate,
        )
        await file.unit.add(mandate)

    async def _by_rule(self, file: CaseFile, asked: Asked) -> None:
        """What follows without anybody's judgement; each rule leaves its line in the history."""
        await self._link(file)
        if not asked.quiet:
            await file.want(LetterKind.RECEIVED)
        await self._mark_repetitive(file)
        if not self._may_ask_for(file):
            await file.enter(Event.REFERRED, RINGFENCE, codes=("about_somebody_else",))
            if not asked.quiet:
                await file.want(LetterKind.ABOUT_SOMEBODY_ELSE)
        elif asked.proof in OWN_ACT and asked.subject is not None and asked.relation is Relation.SELF:
            await file.enter(Event.IDENTIFIED, RINGFENCE, codes=(asked.proof.value,), proof=asked.proof)
            await self._grant_automatically(file)
        elif asked.kind in NEEDS_NO_PROOF:
            await file.enter(Event.IDENTIFIED, RINGFENCE, codes=("not_needed",), proof=Proof.NOT_NEEDED)

    async def _link(self, file: CaseFile) -> None:
        """A follow-up is a request of its own, with its own clock (CTP-08); the earlier one says that it is there."""
        if file.case.follows is None:
            return
        former = await file.unit.get(Case, RowId(file.case.follows))
        if (
            former is None
            or former.subject != file.case.subject
            or former.state not in {State.ANSWERED, State.TAKEN_BACK}
        ):
            file.case = dataclasses.replace(file.case, follows=None)
            return
        earlier = await CaseFile.open(file.unit, self._desk, former.provider, CaseId(former.id))
        await earlier.enter(Event.FOLLOWED_UP, PERSON, codes=(file.id,))
        await earlier.save()

    async def _mark_repetitive(self, file: CaseFile) -> None:
        policy = self._desk.policies(file.case.provider)
        since = self._desk.clock.time() - _YEAR
        same = await file.unit.select(Case, subject=file.case.subject, right=file.case.right, state=State.ANSWERED)
        answered = [case for case in same if case.received >= since and case.outcome is not Outcome.REFUSED]
        if len(answered) >= policy.repetitive_after:
            fee = policy.further_copy_fee if file.case.right is Kind.ACCESS else 0
            codes = ("repetitive", f"answered_{len(answered)}_within_a_year")
            await file.enter(Event.MARKED, RINGFENCE, codes=codes, mark=Mark.REPETITIVE, fee=fee)

    def _may_ask_for(self, file: CaseFile) -> bool:
        """Whether the law knows somebody in that relation as one who may ask."""
        rules, relation = self._desk.rules(file.case.provider), file.case.relation
        if relation is Relation.HEIR:
            return rules.heirs.may(_FOR_SOMEBODY[relation], file.case.right.value)
        if relation in _FOR_SOMEBODY:
            return _FOR_SOMEBODY[relation] in rules.representatives.who
        return relation is Relation.SELF

    async def _grant_automatically(self, file: CaseFile) -> None:
        policy = self._desk.policies(file.case.provider)
        if file.case.proof is Proof.SESSION and file.case.right in policy.automatic and file.case.mark is None:
            await file.enter(Event.GRANTED, RINGFENCE, codes=("automatic",))
            file.decide(Outcome.GRANTED)
            file.outline = dataclasses.replace(file.outline, automatic=True)


def _by(asked: Asked) -> By:
    return PERSON if asked.staff is None else By(Who.STAFF, asked.staff)


def _identifier(asked: Asked) -> str:
    return asked.identifier.value if asked.identifier else ""
