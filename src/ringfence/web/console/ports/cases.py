"""Requests, what needs two members, and what the law says on both."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Protocol

from ringfence.identifiers import CaseId, ProviderId, RowId, StaffId, SubjectId
from ringfence.privacy.requests import Asked, By, CaseSummary, CaseView, ClosedCase, Document, Kind, Proof, State, Step
from ringfence.privacy.requests.figures import Figures
from ringfence.privacy.requests.records import Action, Approval

__all__ = ["Approvals", "Cases", "Rules"]


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

    def exceptions(self, provider: ProviderId, kind: Kind, *, proven: bool, language: str) -> Sequence[tuple[str, str]]:
        """What may refuse such a request, by name, and what it is called; `proven`: it is settled who asks."""
        ...

    def grounds(self, language: str) -> Sequence[tuple[str, str]]:
        """The lawful bases, by name, and what they are called."""
        ...

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
