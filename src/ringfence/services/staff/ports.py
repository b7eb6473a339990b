"""What the staff service needs of the world; `app` brings it."""

from dataclasses import dataclass
from typing import Protocol, final

from ringfence.clock import Clock
from ringfence.declarations import IdentifierKind
from ringfence.identifiers import LedgerRef, ProviderId, RowId, SubjectId
from ringfence.persistence import Database, UnitOfWork
from ringfence.privacy.access import Passkeys, Sessions
from ringfence.privacy.ledger import Event, Fact
from ringfence.privacy.rights import Reason
from ringfence.randomness import Randomness

__all__ = ["Identities", "Ledger", "Rights", "World"]


class Identities(Protocol):
    """The part of the keyring that leads from a mail address to a member."""

    def find(self, provider: ProviderId, kind: IdentifierKind, value: str) -> SubjectId | None: ...

    def bind(self, provider: ProviderId, kind: IdentifierKind, value: str, subject: SubjectId) -> None:
        """Raises IdentifierTaken where it leads to somebody else."""
        ...

    def unbind(self, provider: ProviderId, kind: IdentifierKind, value: str) -> bool: ...


class Rights(Protocol):
    """Erasure: who leaves is forgotten, with tombstone and certificate as anybody."""

    async def request(self, provider: ProviderId, subject: SubjectId, reason: Reason) -> RowId: ...


class Ledger(Protocol):
    """The part of `privacy.ledger.Ledger` that we use."""

    async def append(
        self,
        unit: UnitOfWork,
        provider: ProviderId,
        event: Event,
        *,
        subject: SubjectId | None = None,
        ref: LedgerRef | None = None,
        **facts: Fact,
    ) -> object: ...


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything that the service stands on. `sessions` are staff's own, apart from those of subscribers."""

    db: Database
    ledger: Ledger
    identities: Identities
    rights: Rights
    sessions: Sessions
    passkeys: Passkeys
    clock: Clock
    randomness: Randomness
