"""What requests need of others; the application joins them. Each may be asked the same again, after a kill."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, final

from ringfence.identifiers import CaseId, ProviderId, RowId, StaffId, SubjectId
from ringfence.privacy.requests.kind import Kind, LetterKind, Outcome
from ringfence.privacy.requests.plan import Stage

__all__ = ["Executor", "Post", "Posting", "Progress", "Reminder", "Reminders", "Work", "Writer", "Writing", "Written"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One stage of one request. `case` makes it the same work each time it is asked for."""

    provider: ProviderId
    subject: SubjectId
    case: CaseId
    kind: Kind
    stage: Stage
    language: str = "en"
    """In which the person is answered (ISO 639-1)."""
    details: Mapping[str, str] = field(default_factory=dict, repr=False)
    package: RowId | None = None


@final
@dataclass(frozen=True, slots=True)
class Progress:
    """What became of it. `done` False: still under way, ask again. `outcome` PARTLY where law keeps some of it."""

    done: bool = True
    package: RowId | None = None
    outcome: Outcome | None = None


class Executor(Protocol):
    """Carries out one kind of stage: packages, erasures, restrictions, rectifications, consents, transmissions."""

    async def carry_out(self, work: Work) -> Progress:
        """Idempotent by case and stage. A RingfenceError or OSError is noted on the request, and tried again."""
        ...


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """What a letter has to tell. Days are local to the provider's country; `fee` is in cents."""

    provider: ProviderId
    subject: SubjectId
    case: CaseId
    about: LetterKind
    kind: Kind
    language: str
    outcome: Outcome | None
    received: dt.date
    legal: dt.date
    promised: dt.date
    extended: bool
    exception: str
    ground: str
    fee: int
    recourse: str
    package: RowId | None
    follows: CaseId | None
    name: str = field(repr=False)
    note: str = field(repr=False)
    details: Mapping[str, str] = field(repr=False)


@final
@dataclass(frozen=True, slots=True)
class Written:
    """A letter, ready to leave."""

    title: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)


class Writer(Protocol):
    """Writes letters in the person's language, complete by construction."""

    async def write(self, writing: Writing) -> Written: ...


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A letter to be mailed; `id` is the same on each try, and fit for a Message-ID."""

    id: RowId
    provider: ProviderId
    concerned: SubjectId
    to: str = field(repr=False)
    written: Written = field(repr=False)


class Post(Protocol):
    """Mails letters."""

    async def send(self, posting: Posting) -> None:
        """Returns when the mail was handed over; a RingfenceError or OSError is tried again."""
        ...


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """An answer must leave in `days_left` days (0: today; negative: it is late)."""

    provider: ProviderId
    case: CaseId
    kind: Kind
    days_left: int
    to: tuple[StaffId, ...]
    """Who works on it, and their deputy; nobody: all officers are meant."""
    escalated: bool
    """All officers are told, whoever works on it."""


class Reminders(Protocol):
    """Tells the staff."""

    async def remind(self, reminder: Reminder) -> None: ...
