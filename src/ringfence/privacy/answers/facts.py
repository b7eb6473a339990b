"""What a letter tells of one request, as values; gathered by `answers`, written by `letters`."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import final

from ringfence.identifiers import CaseId
from ringfence.privacy.consent import Choice
from ringfence.privacy.egress import LegalRole
from ringfence.privacy.notices import ProviderPolicy
from ringfence.privacy.requests.kind import Kind, LetterKind, Outcome
from ringfence.privacy.rights import Verdict

__all__ = ["ActualRecipient", "AnswerFacts", "Hearing", "Hears", "Held"]


@final
@dataclass(frozen=True, slots=True)
class Held:
    """That there are rows about the person in a table; only what they may see is counted."""

    table: str
    rows: int


@final
@dataclass(frozen=True, slots=True)
class ActualRecipient:
    """Who received something about this person (Art. 15(1)(c) as read in C-154/21), between which days.

    `name` is empty for one that is no longer configured. `mechanisms` are titles; none where the law asks for none.
    """

    name: str
    country: str
    role: LegalRole
    flow: str
    first: dt.date
    last: dt.date
    mechanisms: tuple[str, ...] = ()
    abroad: bool = False


class Hears(StrEnum):
    """Whether and how a recipient hears of a change (Art. 19 GDPR)."""

    DONE = "done"
    NEEDLESS = "needless"  # nothing is left with them by itself
    MAIL = "mail"
    HAND = "hand"
    CANT = "cant"


@final
@dataclass(frozen=True, slots=True)
class Hearing:
    """One recipient who is to be told, by name (empty: not configured, or named by the person), and how that stands."""

    name: str
    hears: Hears


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFacts:
    """Everything. Days are local to the provider's country; `fee` is in cents.

    `exception` and `ground` are ids of the tables of the law. `ends_on` is the last day on which the copy can be
    fetched. `note` is what an officer wrote for the person: reasons, a question, an answer to a complaint.
    """

    policy: ProviderPolicy
    case: CaseId
    about: LetterKind
    kind: Kind
    outcome: Outcome | None
    received: dt.date
    promised: dt.date
    legal: dt.date
    today: dt.date
    held: tuple[Held, ...] = ()
    recipients: tuple[ActualRecipient, ...] = ()
    hearing: tuple[Hearing, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    withdrawn: tuple[Choice, ...] = ()
    partners: Mapping[str, str] = field(default_factory=dict)
    exception: str = ""
    ground: str = ""
    fee: int = 0
    recourse: str = ""
    ends_on: dt.date | None = None
    follows: CaseId | None = None
    name: str = field(default="", repr=False)
    note: str = field(default="", repr=False)
    details: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def refused(self) -> bool:
        return self.outcome is Outcome.REFUSED
