"""What is kept about consents: where each person stands now, and every act that led there."""

from dataclasses import dataclass
from enum import StrEnum
from typing import final

from ringfence.declarations import Category, Keep, Purpose, Record, Source, personal
from ringfence.identifiers import CaseId, RowId
from ringfence.privacy.consent.choice import Choice

__all__ = ["Act", "By", "ConsentEvent", "ConsentState", "Ending", "EventKind", "Standing", "Use"]


class EventKind(StrEnum):
    """What happened to a choice; the first three are states of ISO/IEC TS 27560."""

    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    OPTED_OUT = "opted_out"  # by Global Privacy Control: of all marketing, whoever it is from


class Act(StrEnum):
    """What the person did; the same acts give, refuse and withdraw."""

    SWITCH = "switch"  # moved a switch on a page or in the app
    ANSWER = "answer"  # answered a question in the app when a feature was first used
    LETTER = "letter"  # wrote, or said it to the provider's staff
    LINK = "link"  # followed the link at the foot of a message
    SIGNAL = "signal"  # their browser said so (Sec-GPC)


class By(StrEnum):
    """Who did it."""

    PERSON = "person"
    GUARDIAN = "guardian"  # who holds parental responsibility (Article 8 GDPR)
    REPRESENTATIVE = "representative"


@final
@dataclass(frozen=True, slots=True)
class Standing:
    """A consent that stands: since when (epoch seconds), by which event, to which text."""

    choice: Choice
    since: float
    event: RowId
    version: str


@final
@dataclass(frozen=True, slots=True)
class Ending:
    """A withdrawal that was said while something was being sent: nothing new begins, it is recorded when that ends."""

    choice: Choice
    act: Act
    by: By
    case: CaseId | None


@final
@dataclass(frozen=True, slots=True)
class Use:
    """That a consent is being relied on this moment; over at `until` (epoch seconds) at the latest."""

    id: RowId
    choice: Choice
    until: float


class ConsentState(Record, table="consent", number=70, keep=Keep.EVIDENCE):
    """Where one person stands with everything; the row's id is the person's, so there is one."""

    standing: tuple[Standing, ...] = personal(1, Category.CONSENT, Purpose.PROVE_AGREEMENT, Source.PERSON, default=())
    ending: tuple[Ending, ...] = personal(2, Category.CONSENT, Purpose.PROVE_AGREEMENT, Source.PERSON, default=())
    uses: tuple[Use, ...] = personal(3, Category.CONSENT, Purpose.PROVE_AGREEMENT, Source.GENERATED, default=())
    refused: tuple[Choice, ...] = personal(4, Category.CONSENT, Purpose.PROVE_AGREEMENT, Source.PERSON, default=())
    opted_out: bool = personal(5, Category.CONSENT, Purpose.PROVE_AGREEMENT, Source.DEVICE, default=False)
    old_enough: bool = personal(6, Category.AGE, Purpose.PROVE_AGREEMENT, Source.PERSON, default=False)
    changes: int = personal(7, Category.CONSENT, Purpose.PROVE_AGREEMENT, Source.GENERATED, default=0)
    events: int = personal(8, Category.CONSENT, Purpose.PROVE_AGREEMENT, Source.GENERATED, default=0)


class ConsentEvent(Record, table="consent_event", number=71, keep=Keep.EVIDENCE):
    """One act. Added and never changed: what was lawful before a withdrawal stays on record."""

    kind: EventKind = personal(1, Category.CONSENT, Purpose.PROVE_AGREEMENT, Source.PERSON)
    choice: Choice | None = personal(2, Category.CONSENT, Purpose.PROVE_AGREEMENT, Source.PERSON)
    at: float = personal(3, Category.CONSENT, Purpose.PROVE_AGREEMENT, Source.GENERATED)
    act: Act = personal(4, Category.CONSENT, Purpose.PROVE_AGREEMENT, Source.PERSON)
    by: By = personal(5, Category.CONSENT, Purpose.PROVE_AGREEMENT, Source.PERSON)
    version: str = personal(6, Category.CONSENT, Purpose.PROVE_AGREEMENT, Source.PERSON, default="")
    language: str = personal(7, Category.CONSENT, Purpose.PROVE_AGREEMENT, Source.PERSON, default="")
    case: CaseId | None = personal(8, Category.CONSENT, Purpose.PROVE_AGREEMENT, Source.PERSON, default=None)
    number: int = personal(9, Category.CONSENT, Purpose.PROVE_AGREEMENT, Source.GENERATED, default=0)
