"""What pages may show of a request: no more of a person than they show."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import final

from ringfence.identifiers import CaseId, LedgerRef, ProviderId, RowId, StaffId, SubjectId
from ringfence.privacy.requests.clocks import Clocks
from ringfence.privacy.requests.identity import Document, Proof
from ringfence.privacy.requests.kind import Channel, Delivery, Kind, LetterKind, Mark, Outcome, Relation
from ringfence.privacy.requests.plan import Stage
from ringfence.privacy.requests.state import Event, State, Who

__all__ = ["CaseContent", "CaseSummary", "CaseView", "HistoryLine", "LetterView", "MandateView"]


@final
@dataclass(frozen=True, slots=True)
class CaseSummary:
    """A line of the inbox; nothing in it is about a person."""

    id: CaseId
    provider: ProviderId
    kind: Kind
    state: State
    channel: Channel
    relation: Relation
    proof: Proof
    guest: bool
    mark: Mark | None
    outcome: Outcome | None
    assignee: StaffId | None
    deputy: StaffId | None
    send_by: dt.date
    days_left: int
    """Until the answer must leave; negative when late, 0 when nothing is owed any more."""
    hindered: int
    repeats: int


@final
@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One step, without what was said in it (that is in `CaseContent.said`, by number)."""

    number: int
    at: float
    event: Event
    state: State
    who: Who
    staff: StaffId | None
    codes: tuple[str, ...]


@final
@dataclass(frozen=True, slots=True)
class LetterView:
    """A letter to who asked; its text is in `CaseContent.letters`, by id."""

    id: RowId
    about: LetterKind
    written: bool
    sent: bool
    delivery: Delivery


@final
@dataclass(frozen=True, slots=True)
class CaseView:
    """One request on one page: clocks, history, and what may be done now."""

    summary: CaseSummary
    clocks: Clocks
    history: tuple[HistoryLine, ...]
    letters: tuple[LetterView, ...]
    allowed: tuple[Event, ...]
    """What the staff may let happen now; for the person's own page, what they may."""
    stage: Stage | None
    documents: tuple[Document, ...]
    """What is there to look at, or was noted as seen, until it is decided who asks."""
    next_rung: Proof | None
    """What to ask for next of who asks; None when it is settled, or only the provider can decide."""
    candidate: SubjectId | None
    subject: SubjectId
    ref: LedgerRef | None
    proposer: StaffId | None
    second_needed: bool
    fee: int
    package: RowId | None
    follows: CaseId | None


@final
@dataclass(frozen=True, slots=True)
class MandateView:
    """Who acts for the person."""

    relation: Relation
    seen: bool
    name: str = field(repr=False)
    contact: str = field(repr=False)
    paper: str = field(repr=False)


@final
@dataclass(frozen=True, slots=True)
class CaseContent:
    """What was said and written; staff see it only by `privacy.looks`, the person always."""

    name: str = field(repr=False)
    contact: str = field(repr=False)
    language: str
    text: str = field(repr=False)
    details: Mapping[str, str] = field(repr=False)
    identifier: str = field(repr=False)
    exception: str
    ground: str
    reasons: str = field(repr=False)
    said: Mapping[int, str] = field(repr=False)
    letters: Mapping[RowId, tuple[str, str, str]] = field(repr=False)
    """Title, text and HTML of each letter that was written."""
    mandate: MandateView | None
