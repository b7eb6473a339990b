"""Out of a form, what a member of staff does with a request; and who may do it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, final

from ringfence.identifiers import StaffId, SubjectId
from ringfence.privacy.requests import (
    AnswerQuestion,
    AskMeaning,
    AskProof,
    Assign,
    CaseView,
    Classify,
    Dismiss,
    Document,
    Event,
    Extend,
    Grant,
    HandIn,
    Identify,
    Kind,
    Mark,
    MarkAs,
    Posted,
    Proof,
    Refer,
    Refuse,
    Reopen,
    Second,
    SendBack,
    Settle,
    Step,
    TakeBack,
)
from ringfence.services.staff import Actor, Permission
from ringfence.web.look import Form

__all__ = ["NAMES_SOMEBODY", "OFFERED", "READERS", "Hand", "may_step", "needs"]

_REASON: Final = 5_000
_MOST_FEE: Final = 10_000  # cents: Art. 12(5) speaks of a reasonable fee


@final
@dataclass(frozen=True, slots=True)
class Hand:
    """Who fills in the form of which step; `concerning` is whom their entries lead to.

    Several forms stand on one page: a field is called after its step, so that no two have the same name.
    """

    event: Event
    actor: Actor
    case: CaseView
    concerning: SubjectId | None = None
    colleagues: frozenset[StaffId] = frozenset()

    def field(self, name: str) -> str:
        return f"{self.event}_{name}"


_ENTERED: Final = frozenset({Event.PROOF_GIVEN, Event.CLARIFIED, Event.TAKEN_BACK})
"""What the person said or sent, and somebody writes down for them."""
_CARRIED_OUT: Final = frozenset({Event.GRANTED, Event.SECONDED})
NAMES_SOMEBODY: Final = frozenset({Event.IDENTIFIED, Event.SETTLED})
"""Steps that say whom the request concerns."""


def needs(event: Event, kind: Kind) -> tuple[Permission, ...]:
    """What a step asks of a member's roles."""
    if event in _ENTERED:
        return (Permission.ENTER_CASES,)
    if event in _CARRIED_OUT and kind is Kind.ERASURE:
        return Permission.DECIDE_CASES, Permission.ERASE
    return (Permission.DECIDE_CASES,)


def may_step(actor: Actor, event: Event, kind: Kind) -> bool:
    """For what to show; to do it, `Actor.need` each of `needs`."""
    return all(actor.may(need) for need in needs(event, kind))


def _classify(form: Form, hand: Hand) -> Step:
    return Classify(Kind(form.choice(hand.field("kind"), list(Kind)) or Kind.ACCESS))


def _ask_proof(form: Form, hand: Hand) -> Step:
    rung = Proof(form.choice(hand.field("rung"), list(Proof)) or Proof.CALL_BACK)
    return AskProof(rung, form.letter(hand.field("reason"), most=_REASON, needed=rung is Proof.DOCUMENTS))


def _hand_in(form: Form, hand: Hand) -> Step:
    shown, copy = (
        Document(form.choice(hand.field("document"), list(Document)) or Document.MANDATE),
        form.document(hand.field("copy")),
    )
    return HandIn(shown, copy.content, copy.kind) if copy else HandIn(shown)


def _identify(form: Form, hand: Hand) -> Step:
    proof = form.choice(hand.field("proof"), (Proof.CALL_BACK.value, Proof.DOCUMENTS.value))
    return Identify(Proof(proof or Proof.CALL_BACK), hand.concerning)


def _settle(form: Form, hand: Hand) -> Step:
    return Settle(form.letter(hand.field("reason"), most=_REASON), hand.concerning)


def _assign(form: Form, hand: Hand) -> Step:
    """One press takes it over; a form names others."""
    known = sorted(hand.colleagues)
    assignee = form.choice(hand.field("assignee"), known, needed=False) or hand.actor.staff
    deputy = form.choice(hand.field("deputy"), known, needed=False)
    return Assign(StaffId(assignee), StaffId(deputy) if deputy else None)


def _mark(form: Form, hand: Hand) -> Step:
    mark, fee = form.choice(hand.field("mark"), list(Mark)), form.text(hand.field("fee"), most=6, needed=False)
    if fee and not (fee.isascii() and fee.isdecimal() and int(fee) <= _MOST_FEE):
        form.errors[hand.field("fee")] = "error.field.unfit"
        fee = ""
    return MarkAs(Mark(mark or Mark.REPETITIVE), form.letter(hand.field("reason"), most=_REASON), int(fee or 0))


def _refuse(form: Form, hand: Hand) -> Step:
    """Exception, ground and reasons; which of them this kind needs is the kernel's to say (CTP-09)."""
    exception, ground = (
        form.text(hand.field("exception"), most=64),
        form.text(hand.field("ground"), most=64, needed=False),
    )
    return Refuse(exception, form.letter(hand.field("reason"), most=_REASON), ground)


def _with_reason(step: Callable[[str], Step], *, needed: bool = True) -> "Reader":
    def read(form: Form, hand: Hand) -> Step:
        return step(form.letter(hand.field("reason"), most=_REASON, needed=needed))

    return read


def _plain(step: Callable[[], Step]) -> "Reader":
    def read(form: Form, hand: Hand) -> Step:
        del form, hand
        return step()

    return read


Reader = Callable[[Form, Hand], Step]

READERS: Final[Mapping[Event, Reader]] = MappingProxyType(
    {
        Event.ASSIGNED: _assign,
        Event.CLASSIFIED: _classify,
        Event.PROOF_ASKED: _ask_proof,
        Event.PROOF_GIVEN: _hand_in,
        Event.IDENTIFIED: _identify,
        Event.REFERRED: _with_reason(Refer),
        Event.SETTLED: _settle,
        Event.CLARIFICATION_ASKED: _with_reason(AskMeaning),
        Event.CLARIFIED: _with_reason(AnswerQuestion),
        Event.GRANTED: _with_reason(Grant, needed=False),
        Event.SECONDED: _plain(Second),
        Event.SENT_BACK: _with_reason(SendBack),
        Event.DELIVERED: _plain(Posted),
        Event.EXTENDED: _with_reason(Extend),
        Event.REFUSED: _refuse,
        Event.MARKED: _mark,
        Event.TAKEN_BACK: _plain(TakeBack),
        Event.DISMISSED: _with_reason(Dismiss),
        Event.REOPENED: _with_reason(Reopen),
    }
)
"""What a member can press; a test compares it with what the table of states lets staff do."""

OFFERED: Final = tuple(READERS)
"""In the order in which the page offers them."""
