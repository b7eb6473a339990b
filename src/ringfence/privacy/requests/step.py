"""What the staff, the person and Ringfence itself can do with a request: one class each."""

from dataclasses import dataclass, field
from typing import ClassVar, Final, Self, final

from ringfence.identifiers import StaffId, SubjectId
from ringfence.privacy.requests.identity import Document, Proof
from ringfence.privacy.requests.kind import Kind, Mark
from ringfence.privacy.requests.state import Event, Who

__all__ = [
    "PERSON",
    "RINGFENCE",
    "AnswerQuestion",
    "AskMeaning",
    "AskProof",
    "Assign",
    "By",
    "Classify",
    "Dismiss",
    "Extend",
    "Grant",
    "HandIn",
    "Identify",
    "MarkAs",
    "Posted",
    "Refer",
    "Refuse",
    "Reopen",
    "Second",
    "SendBack",
    "Settle",
    "Step",
    "TakeBack",
]


@final
@dataclass(frozen=True, slots=True)
class By:
    """Who lets something happen."""

    who: Who
    staff: StaffId | None = None

    @classmethod
    def member(cls, staff: StaffId) -> Self:
        return cls(Who.STAFF, staff)


PERSON: Final = By(Who.PERSON)
RINGFENCE: Final = By(Who.RINGFENCE)


@dataclass(frozen=True, slots=True)
class Classify:
    """Says what is asked for, where a letter or mail was read wrongly."""

    event: ClassVar = Event.CLASSIFIED
    kind: Kind


@dataclass(frozen=True, slots=True)
class AskProof:
    """Asks who they are. The text goes into the letter: what they are to do, and why less will not do (Art. 12(6))."""

    event: ClassVar = Event.PROOF_ASKED
    rung: Proof
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class HandIn:
    """A document was shown (`copy` empty), or a redacted copy of it came; never kept where "seen" suffices."""

    event: ClassVar = Event.PROOF_GIVEN
    document: Document
    copy: bytes = field(default=b"", repr=False)
    media: str = ""


@dataclass(frozen=True, slots=True)
class Identify:
    """Settles who it concerns. `concerning` None: nobody we serve; they stay under an id of their own."""

    event: ClassVar = Event.IDENTIFIED
    proof: Proof
    concerning: SubjectId | None = None


@dataclass(frozen=True, slots=True)
class Refer:
    """The usual proofs don't settle it: to the provider (ACR-17)."""

    event: ClassVar = Event.REFERRED
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settle:
    """The provider decided who it is, for reasons that go on record."""

    event: ClassVar = Event.SETTLED
    reason: str = field(repr=False)
    concerning: SubjectId | None = None


@dataclass(frozen=True, slots=True)
class AskMeaning:
    """Asks what they mean; only where it can't be answered without."""

    event: ClassVar = Event.CLARIFICATION_ASKED
    question: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AnswerQuestion:
    """Their answer to it."""

    event: ClassVar = Event.CLARIFIED
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Assign:
    """Who works on it, and who stands in."""

    event: ClassVar = Event.ASSIGNED
    assignee: StaffId
    deputy: StaffId | None = None


@dataclass(frozen=True, slots=True)
class MarkAs:
    """Manifestly unfounded or repetitive (Art. 12(5)), with the reason; a fee (cents) may be noted with it."""

    event: ClassVar = Event.MARKED
    mark: Mark
    reason: str = field(repr=False)
    fee: int = 0


@dataclass(frozen=True, slots=True)
class Extend:
    """Two months more, told with reasons inside the first month (Art. 12(3))."""

    event: ClassVar = Event.EXTENDED
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Grant:
    """Does what was asked. Where two are needed this only proposes it. To a complaint the reason is the answer."""

    event: ClassVar = Event.GRANTED
    reason: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Refuse:
    """Refuses under an exception that the law's tables know, with the ground that keeps processing going (CTP-09)."""

    event: ClassVar = Event.REFUSED
    exception: str
    reason: str = field(repr=False)
    ground: str = ""


@dataclass(frozen=True, slots=True)
class Second:
    """The second member of staff agrees."""

    event: ClassVar = Event.SECONDED


@dataclass(frozen=True, slots=True)
class SendBack:
    """The second member of staff does not agree; or what was decided can't be carried out, and is decided anew."""

    event: ClassVar = Event.SENT_BACK
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Posted:
    """The printed answer was put in the post."""

    event: ClassVar = Event.DELIVERED


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Who asked wants it no more."""

    event: ClassVar = Event.TAKEN_BACK


@dataclass(frozen=True, slots=True)
class Dismiss:
    """It is no request about data."""

    event: ClassVar = Event.DISMISSED
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reopen:
    """It was dismissed by mistake."""

    event: ClassVar = Event.REOPENED
    reason: str = field(repr=False)


Step = (
    Classify
    | AskProof
    | HandIn
    | Identify
    | Refer
    | Settle
    | AskMeaning
    | AnswerQuestion
    | Assign
    | MarkAs
    | Extend
    | Grant
    | Refuse
    | Second
    | SendBack
    | Posted
    | TakeBack
    | Dismiss
    | Reopen
)
