"""Looking at what is kept of somebody; nothing else gives out a value about a person."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, final

from ringfence.declarations import IdentifierKind
from ringfence.identifiers import CaseId, ProviderId, RowId, StaffId, SubjectId
from ringfence.privacy.looks import LookReason
from ringfence.privacy.requests import CaseContent
from ringfence.privacy.requests.dossier import Dossier

__all__ = ["Glance", "Looks", "RowShown"]


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
