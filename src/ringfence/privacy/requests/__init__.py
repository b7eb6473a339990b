"""Requests of people who use their rights: taken in, identified, decided, carried out and answered, with their clocks.

    portal, API, form, officer, mailbox ──receive(Asked)──> Requests <──step(Step, By)── console, the person
                                                               │
         law (clocks, countries) <──ask── Receiving, Stepping, Vigil ──one unit──> rows, outline, ledger
                                                               │
         executors, writer, post (ports) <──idempotent── Fulfilment, stage by stage, resumed after a kill

One state machine, as data (`state.TRANSITIONS`, docs/request-states.md). A request belongs to whom it concerns; until
that is settled, to whoever asks, under an id made for it.

Invariants
- Whatever happens to a request is a line of its history and an entry of the ledger, in the same unit of work.
- Nothing happens silently: what joins another, is marked, referred or about somebody else is told to who asked.
- Pauses move the legal date and never the promised one; on day 29 an answer leaves, whatever state it is in.
- Copies of documents are gone, with their key, as soon as it is decided who asks.
- When the person goes, the request goes with them; an outline without anybody keeps the yearly figures right.

Refuses: a step that its state does not know, a refusal without an exception in law, an erasure by one member of staff
alone, a document where less would do, somebody else's request.
"""

from ringfence.privacy.requests.approvals import Approvals
from ringfence.privacy.requests.asked import Asked, Identifier
from ringfence.privacy.requests.clocks import Clocks
from ringfence.privacy.requests.closed import ClosedCase
from ringfence.privacy.requests.dossier import Dossier
from ringfence.privacy.requests.errors import (
    AnswerNotThere,
    AskedTooMuch,
    CopyNotAllowed,
    ExtensionTooLate,
    GroundMissing,
    ProofInsufficient,
    ReasonMissing,
    RequestFault,
    SameMember,
    SecondMemberNeeded,
    StepNotAllowed,
    TooManyOpen,
    UnknownCase,
    UnknownPolicy,
)
from ringfence.privacy.requests.expiry import CaseExpiry
from ringfence.privacy.requests.figures import Figures, KindFigures
from ringfence.privacy.requests.fulfilment import When
from ringfence.privacy.requests.identity import Document, Proof, next_rung
from ringfence.privacy.requests.kind import Channel, Delivery, Kind, LetterKind, Mark, Outcome, Relation
from ringfence.privacy.requests.plan import PLANS, Stage
from ringfence.privacy.requests.policy import RequestPolicy
from ringfence.privacy.requests.ports import (
    Executor,
    Post,
    Posting,
    Progress,
    Reminder,
    Reminders,
    Work,
    Writer,
    Writing,
    Written,
)
from ringfence.privacy.requests.records import Action, Approval
from ringfence.privacy.requests.requests import Requests
from ringfence.privacy.requests.state import TRANSITIONS, Event, State, Who
from ringfence.privacy.requests.step import (
    PERSON,
    RINGFENCE,
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
from ringfence.privacy.requests.view import CaseContent, CaseSummary, CaseView, HistoryLine, LetterView, MandateView

__all__ = [
    "PERSON",
    "PLANS",
    "RINGFENCE",
    "TRANSITIONS",
    "Action",
    "AnswerNotThere",
    "AnswerQuestion",
    "Approval",
    "Approvals",
    "AskMeaning",
    "AskProof",
    "Asked",
    "AskedTooMuch",
    "Assign",
    "By",
    "CaseContent",
    "CaseExpiry",
    "CaseSummary",
    "CaseView",
    "Channel",
    "Classify",
    "Clocks",
    "ClosedCase",
    "CopyNotAllowed",
    "Delivery",
    "Dismiss",
    "Document",
    "Dossier",
    "Event",
    "Executor",
    "Extend",
    "ExtensionTooLate",
    "Figures",
    "Grant",
    "GroundMissing",
    "HandIn",
    "HistoryLine",
    "Identifier",
    "Identify",
    "Kind",
    "KindFigures",
    "LetterKind",
    "LetterView",
    "MandateView",
    "Mark",
    "MarkAs",
    "Outcome",
    "Post",
    "Posted",
    "Posting",
    "Progress",
    "Proof",
    "ProofInsufficient",
    "ReasonMissing",
    "Refer",
    "Refuse",
    "Relation",
    "Reminder",
    "Reminders",
    "Reopen",
    "RequestFault",
    "RequestPolicy",
    "Requests",
    "SameMember",
    "Second",
    "SecondMemberNeeded",
    "SendBack",
    "Settle",
    "Stage",
    "State",
    "Step",
    "StepNotAllowed",
    "TakeBack",
    "TooManyOpen",
    "UnknownCase",
    "UnknownPolicy",
    "When",
    "Who",
    "Work",
    "Writer",
    "Writing",
    "Written",
    "next_rung",
]
