"""What is kept of a request, and how long: with the person, but for an outline that names nobody."""

from enum import StrEnum

from ringfence.declarations import (
    Category,
    Deadline,
    Flow,
    Keep,
    Medium,
    Purpose,
    Record,
    Role,
    Source,
    TechnicalRecord,
    personal,
    technical,
)
from ringfence.identifiers import CaseId, LedgerRef, ProviderId, RowId, StaffId, SubjectId
from ringfence.privacy.requests.identity import Document, Proof
from ringfence.privacy.requests.kind import Channel, Delivery, Kind, LetterKind, Mark, Outcome, Relation, Snapshot
from ringfence.privacy.requests.plan import Stage
from ringfence.privacy.requests.state import Event, State, Who

__all__ = [
    "MAILBOX",
    "Action",
    "Approval",
    "Case",
    "CaseLetter",
    "CaseOutline",
    "CaseStep",
    "Evidence",
    "MailSeen",
    "Mandate",
]


class Case(
    Record,
    table="request_case",
    number=60,
    keep=Keep.REQUEST,
    index=(("provider", "state"), ("provider", "right"), ("send_by",), ("queued",)),
):
    """One request. Its subject is whom it concerns, once that is settled; before, whoever asks.

    `due` is set by the answer: three years after the end of its year at the latest.
    """

    right: Kind = technical("which right is used")
    state: State = technical("where it stands")
    channel: Channel = technical("by which way it came")
    relation: Relation = technical("for whom somebody asks")
    delivery: Delivery = technical("how answers reach who asked")
    proof: Proof = technical("what settled who asks")
    guest: bool = technical("whether its subject is no subscriber, and exists by this request only")
    candidate: SubjectId | None = technical("to whom the given identifier leads; a hint, never a proof")
    asker: SubjectId | None = technical("who asks, where that is somebody else than the subject")
    mark: Mark | None = technical("why an officer looks at it twice")
    fee: int = technical("a fee that was noted (cents); none unless a reason is on record")
    repeats: int = technical("how often the same was asked again meanwhile")
    steps: int = technical("how many entries its history has")
    letters: int = technical("how many letters were begun")
    assignee: StaffId | None = technical("who of the staff works on it")
    deputy: StaffId | None = technical("who stands in for them")
    proposer: StaffId | None = technical("who would grant it, while a second member of staff has to agree")
    reminded: int = technical("how many reminders went out")
    send_by: Deadline = technical("the day on which the answer must leave (its first instant)")
    outcome: Outcome | None = technical("what was decided")
    stage: Stage | None = technical("what is to be done next, once it is decided")
    queued: bool = technical("whether something is to be done without anybody's click")
    hindered: int = technical("how many tries of the present stage failed")
    snapshot: Snapshot = technical("whether short-lived data was copied at receipt")
    package: RowId | None = technical("the package that answers it")
    shred: SubjectId | None = technical("whose copies of documents must still lose their key")
    former: SubjectId | None = technical("the id under which they asked before it was settled who they are; it ends")
    follows: CaseId | None = technical("the request that this one follows up")

    received: float = personal(1, Category.RIGHTS_REQUEST, Purpose.ANSWER_RIGHTS, Source.GENERATED)
    name: str = personal(2, Category.NAME, Purpose.ANSWER_RIGHTS, Source.PERSON)
    contact: str = personal(3, Category.CONTACT_DETAIL, Purpose.ANSWER_RIGHTS, Source.PERSON)
    language: str = personal(4, Category.CORRESPONDENCE, Purpose.ANSWER_RIGHTS, Source.PERSON)
    text: str = personal(5, Category.CORRESPONDENCE, Purpose.ANSWER_RIGHTS, Source.PERSON)
    details: dict[str, str] = personal(6, Category.RIGHTS_REQUEST, Purpose.ANSWER_RIGHTS, Source.PERSON)
    identifier: str = personal(7, Category.CONTACT_DETAIL, Purpose.PROVE_IDENTITY, Source.PERSON)
    exception: str = personal(8, Category.RIGHTS_REQUEST, Purpose.ANSWER_RIGHTS, Source.PROVIDER, default="")
    ground: str = personal(9, Category.RIGHTS_REQUEST, Purpose.ANSWER_RIGHTS, Source.PROVIDER, default="")
    reasons: str = personal(10, Category.CORRESPONDENCE, Purpose.ANSWER_RIGHTS, Source.PROVIDER, default="")


class CaseStep(Record, table="request_step", number=61, keep=Keep.REQUEST, index=(("case",),)):
    """One line of a request's history; written with the change that it tells, never changed."""

    case: CaseId = technical("the request")
    number: int = technical("its place in the history, from 1")
    event: Event = technical("what happened")
    state: State = technical("where the request stood after it")
    who: Who = technical("who let it happen")
    staff: StaffId | None = technical("which member of staff, if one did")
    entry: int = technical("the ledger's entry that says the same")
    at: float = personal(1, Category.RIGHTS_REQUEST, Purpose.ANSWER_RIGHTS, Source.GENERATED)
    text: str = personal(2, Category.CORRESPONDENCE, Purpose.ANSWER_RIGHTS, Source.PROVIDER)
    codes: list[str] = personal(3, Category.RIGHTS_REQUEST, Purpose.ANSWER_RIGHTS, Source.GENERATED)


class Evidence(Record, table="identity_evidence", number=62, keep=Keep.IDENTITY_EVIDENCE, index=(("case",),)):
    """A document that was seen, with a redacted copy only where one is needed; gone with the decision."""

    case: CaseId = technical("the request")
    document: Document = technical("which kind of document")
    copied: bool = technical("whether a copy is here")
    media: str = personal(1, Category.IDENTITY_EVIDENCE, Purpose.PROVE_IDENTITY, Source.PERSON)
    copy: bytes = personal(2, Category.IDENTITY_EVIDENCE, Purpose.PROVE_IDENTITY, Source.PERSON)


class Mandate(Record, table="request_mandate", number=63, keep=Keep.REQUEST, index=(("case",),)):
    """Somebody who acts for another person. Its subject is the one who acts, not the one they act for."""

    case: CaseId = technical("the request")
    relation: Relation = technical("as what they act")
    seen: bool = technical("whether a paper that says so was seen")
    name: str = personal(1, Category.NAME, Purpose.ANSWER_RIGHTS, Source.REPRESENTATIVE)
    contact: str = personal(2, Category.CONTACT_DETAIL, Purpose.ANSWER_RIGHTS, Source.REPRESENTATIVE)
    paper: str = personal(3, Category.MANDATE, Purpose.PROVE_IDENTITY, Source.REPRESENTATIVE)


class CaseLetter(Record, table="request_letter", number=64, keep=Keep.REQUEST, index=(("case",), ("sent",))):
    """A letter to who asked: wanted (no text yet), written, then sent; its id is the mail's, so none is sent twice."""

    case: CaseId = technical("the request")
    number: int = technical("its place among the letters of the request, from 1")
    about: LetterKind = technical("what it is about")
    written: bool = technical("whether its text stands")
    sent: bool = technical("whether it left")
    delivery: Delivery = technical("how it leaves")
    note: str = personal(1, Category.CORRESPONDENCE, Purpose.ANSWER_RIGHTS, Source.PROVIDER)
    title: str = personal(2, Category.CORRESPONDENCE, Purpose.ANSWER_RIGHTS, Source.GENERATED, default="")
    text: str = personal(3, Category.CORRESPONDENCE, Purpose.ANSWER_RIGHTS, Source.GENERATED, default="")
    html: str = personal(4, Category.CORRESPONDENCE, Purpose.ANSWER_RIGHTS, Source.GENERATED, default="")
    at: float = personal(5, Category.RIGHTS_REQUEST, Purpose.ANSWER_RIGHTS, Source.GENERATED, default=0.0)


class CaseOutline(TechnicalRecord, table="request_outline", number=65, index=(("provider", "received"), ("erasing",))):
    """What stays of a request when its person has gone: kind, days and outcome. Its id is the request's.

    Days are counted from 1970-01-01. `erasing` and `ref` are random ids that lead to nobody once the keys are gone.
    """

    provider: ProviderId = technical("whose customer it was")
    right: Kind = technical("which right was used")
    channel: Channel = technical("by which way it came")
    received: int = technical("the day on which it came")
    promised: int = technical("the day on which the answer had to leave")
    legal: int = technical("the last day that the law gave")
    answered: int | None = technical("the day on which the answer left")
    outcome: Outcome | None = technical("what became of it")
    extended: bool = technical("whether two months were added")
    interim: bool = technical("whether only an interim answer left by the promised day")
    mark: Mark | None = technical("whether it was marked as repetitive or unfounded")
    automatic: bool = technical("whether no member of staff had to decide")
    erasing: SubjectId | None = technical("whose erasure is still to begin")
    ref: LedgerRef = technical("how the ledger speaks of the person")


class Action(StrEnum):
    """What no member of staff does alone."""

    EXPORT_MANY = "export_many"


class Approval(TechnicalRecord, table="request_approval", number=66, index=(("provider",),)):
    """Two members of staff about one action on certain people, named by a digest of their random ids; used once."""

    provider: ProviderId = technical("whose staff")
    action: Action = technical("what is to be done")
    people: str = technical("for whom", reviewed="a digest over random ids")
    first: StaffId = technical("who proposed it")
    second: StaffId | None = technical("who agreed")
    until: float = technical("until when it counts (epoch seconds)")
    used: bool = technical("whether it was done")


class MailSeen(TechnicalRecord, table="request_mail_seen", number=67, index=(("at",),)):
    """That a mail became a request, so that it does not become another; its id is a MAC over the mail's."""

    provider: ProviderId = technical("whose mailbox")
    case: CaseId = technical("the request")
    at: float = technical("when it was read (epoch seconds)")


MAILBOX = Flow(
    name="requests.mailbox",
    medium=Medium.MAIL,
    carries=(Category.NAME, Category.CONTACT_DETAIL, Category.CORRESPONDENCE, Category.IDENTITY_EVIDENCE),
    purpose=Purpose.ANSWER_RIGHTS,
    source=Source.PERSON,
    to=Role.STAFF,
    says="A mail to the provider's mailbox for privacy becomes a request in the console.",
    rests="In the provider's own mailbox, until the provider deletes it there.",
)
