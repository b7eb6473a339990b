"""What the console asks of the rest of the server, where a kernel object can't be used as it is; `app` joins them.

Everything is asked in the name of one provider; what belongs to another one is as if it were not there. Texts come in
the language that is asked for. Nothing but `Looks` gives out a value about a person.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, final

from ringfence.declarations import IdentifierKind
from ringfence.identifiers import CaseId, LedgerRef, ProviderId, RowId, StaffId, SubjectId
from ringfence.privacy.law import Exception_, Ground
from ringfence.privacy.ledger import Event as LedgerEvent
from ringfence.privacy.ledger import Report
from ringfence.privacy.looks import LookReason
from ringfence.privacy.notices import Difference, Notice
from ringfence.privacy.requests import (
    Asked,
    By,
    CaseContent,
    CaseSummary,
    CaseView,
    ClosedCase,
    Document,
    Kind,
    Proof,
    State,
    Step,
)
from ringfence.privacy.requests.dossier import Dossier
from ringfence.privacy.requests.figures import Figures
from ringfence.privacy.requests.records import Action, Approval
from ringfence.privacy.restriction import Ground as RestrictionGround
from ringfence.privacy.retention import Due
from ringfence.privacy.rights import HoldReason
from ringfence.privacy.secrecy import Order, OrderKind, ReleaseReason

__all__ = [
    "Approvals",
    "Cases",
    "Chain",
    "Coming",
    "Datum",
    "EntryShown",
    "Glance",
    "HoldShown",
    "Holds",
    "Looks",
    "Measure",
    "Orders",
    "People",
    "PersonShown",
    "Plans",
    "PublicationShown",
    "Rectifications",
    "RestrictionShown",
    "Restrictions",
    "Room",
    "RowShown",
    "Rules",
    "TableShown",
    "Texts",
    "VerdictShown",
    "Verdicts",
]


class Cases(Protocol):
    """`privacy.requests.Requests`."""

    async def receive(self, asked: Asked) -> CaseId: ...

    async def step(self, provider: ProviderId, case: CaseId, step: Step, by: By) -> None: ...

    async def inbox(
        self,
        provider: ProviderId,
        *,
        states: Sequence[State] = (),
        kinds: Sequence[Kind] = (),
        staff: StaffId | None = None,
        limit: int = 200,
    ) -> list[CaseSummary]: ...

    async def case(self, provider: ProviderId, case: CaseId, *, staff: StaffId | None = None) -> CaseView: ...

    async def of_subject(self, provider: ProviderId, subject: SubjectId) -> list[CaseSummary]: ...

    async def closed(
        self,
        provider: ProviderId,
        *,
        year: int | None = None,
        kind: Kind | None = None,
        case: CaseId | None = None,
        limit: int = 500,
    ) -> list[ClosedCase]: ...

    async def figures(self, provider: ProviderId, year: int) -> Figures: ...

    async def export_many(
        self, provider: ProviderId, approval: RowId, people: Sequence[SubjectId], reason: str
    ) -> list[CaseId]: ...


class Approvals(Protocol):
    """`privacy.requests.Approvals`, for exports of more than one person."""

    async def propose(
        self, provider: ProviderId, action: Action, people: Iterable[SubjectId], staff: StaffId
    ) -> RowId: ...

    async def pending(self, provider: ProviderId) -> list[Approval]: ...

    async def second(self, provider: ProviderId, approval: RowId, staff: StaffId) -> None: ...


class Rules(Protocol):
    """What the law of a provider's country says on requests."""

    def exceptions(self, provider: ProviderId, kind: Kind, *, proven: bool) -> Sequence[Exception_]:
        """What may refuse such a request; `proven`: it is settled who asks."""
        ...

    def grounds(self) -> Sequence[Ground]: ...

    def ladder(self, provider: ProviderId) -> Sequence[Proof]:
        """The rungs of identity, the mildest first."""
        ...

    def documents(self, provider: ProviderId) -> Sequence[Document]:
        """The kinds that may be shown."""
        ...

    def documents_needed(self, provider: ProviderId) -> int:
        """How many different ones settle who somebody is."""
        ...

    def seen_suffices(self, provider: ProviderId) -> bool: ...

    def today(self, provider: ProviderId) -> dt.date: ...


@final
@dataclass(frozen=True, slots=True)
class Glance:
    """One look at somebody's data, before it is taken: who, at what, what for.

    `note` is what the member says about it in their own words, and is kept sealed. `table` is empty where the look is
    at a request, which `case` then names.
    """

    provider: ProviderId
    staff: StaffId
    reason: LookReason
    note: str = field(repr=False)
    table: str = ""
    case: CaseId | None = None


@final
@dataclass(frozen=True, slots=True)
class RowShown:
    """A row's values, by the sentence that says what each is."""

    id: RowId
    values: Sequence[tuple[str, str]] = field(repr=False)


class Looks(Protocol):
    """`privacy.looks`: each look is on record before a value comes back (ZOI-11)."""

    async def find(self, glance: Glance, kind: IdentifierKind, value: str) -> SubjectId | None:
        """By the blind index; a hit is a look like any other. None where nobody of this provider has it."""
        ...

    async def rows(self, glance: Glance, subject: SubjectId, language: str) -> Sequence[RowShown]:
        """What a table holds of a person. Raises where the person is not this provider's, or the look not allowed."""
        ...

    async def content(self, glance: Glance) -> CaseContent:
        """What was said in the request that the glance names. Raises UnknownCase."""
        ...

    async def dossier(self, glance: Glance) -> Dossier:
        """The dossier of that request. Raises UnknownCase."""
        ...


@final
@dataclass(frozen=True, slots=True)
class TableShown:
    """What is kept of somebody in one table, without a value of it."""

    name: str
    what: Sequence[str]
    until: str
    rows: int
    restricted: bool


@final
@dataclass(frozen=True, slots=True)
class PersonShown:
    """Somebody, masked. `ref` is what the ledger calls them."""

    subject: SubjectId
    ref: LedgerRef | None
    tables: Sequence[TableShown]
    leaving: bool
    """An erasure was begun."""


@final
@dataclass(frozen=True, slots=True)
class VerdictShown:
    """What would become of a kind of datum."""

    what: str
    rows: int
    outcome: str
    until: dt.date | None
    law: str


@final
@dataclass(frozen=True, slots=True)
class Verdicts:
    """What an erasure would do now; nothing was done. `stops` says what would stop working, in sentences."""

    verdicts: Sequence[VerdictShown]
    stops: Sequence[str]


class People(Protocol):
    """Who is there, without a value of theirs."""

    async def outline(self, provider: ProviderId, subject: SubjectId, language: str) -> PersonShown | None:
        """None where this provider has nobody of that id."""
        ...

    async def dry_run(self, provider: ProviderId, subject: SubjectId, language: str) -> Verdicts: ...


@final
@dataclass(frozen=True, slots=True)
class Measure:
    """Something that is done about a person's rows, by whom, in which request."""

    provider: ProviderId
    staff: StaffId
    subject: SubjectId
    case: CaseId | None = None


@final
@dataclass(frozen=True, slots=True)
class HoldShown:
    """A hold that stands."""

    id: RowId
    subject: SubjectId
    reason: HoldReason
    tables: Sequence[str]
    placed: dt.date
    until: dt.date | None
    secret: bool


class Holds(Protocol):
    """`privacy.rights.Holds`: keeping what a law, a court or an authority forbids to erase."""

    async def standing(self, provider: ProviderId) -> Sequence[HoldShown]: ...

    async def place(
        self,
        measure: Measure,
        *,
        reason: HoldReason,
        tables: Sequence[str],
        until: dt.date | None,
        reference: str,
        secret: OrderKind | None,
    ) -> RowId:
        """`reference` names the paper: who orders it, under which number. `tables` empty: everything of the person.

        `secret`: who forbids to tell them; a secrecy order is entered with the hold.
        """
        ...

    async def release(self, provider: ProviderId, staff: StaffId, hold: RowId) -> None:
        """Raises where this provider has no such hold."""
        ...


@final
@dataclass(frozen=True, slots=True)
class RestrictionShown:
    """A restriction that stands."""

    id: RowId
    ground: RestrictionGround
    tables: Sequence[str]
    since: dt.date


class Restrictions(Protocol):
    """`privacy.restriction.Restrictions` (Art. 18 GDPR): open for storage only."""

    async def of(self, provider: ProviderId, subject: SubjectId) -> Sequence[RestrictionShown]: ...

    async def restrict(self, measure: Measure, *, tables: Sequence[str], ground: RestrictionGround) -> RowId:
        """`tables` empty: everything but what the person steers it with."""
        ...


@final
@dataclass(frozen=True, slots=True)
class Datum:
    """Something that may be corrected, without its value. `key` names row and field."""

    key: str
    what: str


class Rectifications(Protocol):
    """Art. 16 GDPR, by request: the officer enters what is right, and whoever received it is told."""

    async def correctable(self, provider: ProviderId, subject: SubjectId, language: str) -> Sequence[Datum]: ...

    async def correct(self, measure: Measure, key: str, value: str) -> None: ...


class Orders(Protocol):
    """`privacy.secrecy.Secrecy`, as far as officers see it."""

    async def standing(self, provider: ProviderId, staff: StaffId) -> list[Order]: ...

    async def release(self, provider: ProviderId, order: RowId, staff: StaffId, reason: ReleaseReason) -> None: ...


class Plans(Protocol):
    """`privacy.retention.Retention`."""

    async def plan(self, now: float | None = None, *, provider: ProviderId | None = None) -> list[Due]: ...


@final
@dataclass(frozen=True, slots=True)
class EntryShown:
    """An entry of the ledger: closed facts, no person."""

    number: int
    at: float
    event: str
    ref: LedgerRef | None
    facts: Mapping[str, str | int]
    hash: str


class Chain(Protocol):
    """The ledger, to be read."""

    async def entries(
        self, provider: ProviderId, *, event: LedgerEvent | None, ref: str, before: int, limit: int
    ) -> Sequence[EntryShown]:
        """The newest first, below number `before` (0: all), of one event or reference if they are given."""
        ...

    async def verify(self, provider: ProviderId) -> Report: ...


@final
@dataclass(frozen=True, slots=True)
class PublicationShown:
    """An edition that was published; `holds_from` in epoch seconds."""

    number: int
    version: str
    published: float
    holds_from: float
    announced: bool


@final
@dataclass(frozen=True, slots=True)
class Coming:
    """How the newest texts differ from those in force. `holds_from` None: not published yet."""

    differences: Sequence[Difference]
    holds_from: float | None


class Texts(Protocol):
    """Notices and terms."""

    @property
    def languages(self) -> Sequence[str]: ...

    async def preview(self, provider: ProviderId, language: str) -> Notice:
        """As they would be published today."""
        ...

    async def published(self, provider: ProviderId) -> Sequence[PublicationShown]:
        """The newest first."""
        ...

    async def coming(self, provider: ProviderId, language: str) -> Coming | None:
        """None where nothing differs."""
        ...

    async def publish(self, provider: ProviderId) -> bool:
        """Publish today's texts; False where they are published already. Who has to be told is told."""
        ...


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """All that the console stands on, beside the staff."""

    cases: Cases
    approvals: Approvals
    rules: Rules
    looks: Looks
    people: People
    holds: Holds
    restrictions: Restrictions
    rectifications: Rectifications
    orders: Orders
    plans: Plans
    chain: Chain
    texts: Texts
