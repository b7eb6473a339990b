"""What signing in needs of the world; `app` brings it."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol, final

from ringfence.declarations import IdentifierKind
from ringfence.identifiers import LedgerRef, ProviderId, SubjectId, UpstreamId
from ringfence.persistence import UnitOfWork
from ringfence.privacy.ledger import Event, Fact
from ringfence.protocols.sip.digest import Algorithm

__all__ = [
    "Credentials",
    "Directory",
    "Held",
    "Holder",
    "Identities",
    "Ledger",
    "PinSender",
    "Proof",
    "Prover",
    "Standing",
]


@final
@dataclass(frozen=True, slots=True)
class Held:
    """The sealed digest secret of an enrolled account, opened."""

    auth_user: str = field(repr=False)
    realm: str
    algorithm: Algorithm
    ha1: bytes = field(repr=False)


class Proof(Protocol):
    """That the PBX challenged and then accepted a password: what is left of it."""

    @property
    def realm(self) -> bytes: ...

    @property
    def algorithm(self) -> Algorithm: ...

    @property
    def ha1(self) -> bytes: ...


class Credentials(Protocol):
    """What enrolment keeps of a password."""

    async def of(self, subject: SubjectId) -> Held | None:
        """None where nothing is held (any more), or there is no such subject; takes as long either way."""
        ...

    async def remembers(self, subject: SubjectId, proof: Proof) -> bool:
        """Whether it is the password with which this person enrolled; in constant time."""
        ...


class Prover(Protocol):
    """Asks the PBX by a REGISTER without Contact; the gateway's."""

    async def prove(self, upstream: UpstreamId, aor: str, auth_user: str, password: str) -> Proof:
        """Returns only where the PBX challenged this very question and then accepted the answer; else raises."""
        ...


class Directory(Protocol):
    """From what people call themselves to whom we keep data of; synchronous, and as long for a miss as for a hit."""

    def by_address(self, provider: ProviderId, address: str) -> SubjectId | None:
        """`address` is `user@domain`."""
        ...

    def by_number(self, provider: ProviderId, number: str) -> SubjectId | None:
        """A telephone number as people write it, or an extension; None also where it could be two people's."""
        ...


class Standing(Enum):
    """How the account of whoever enrolled stands with its PBX."""

    ACCEPTED = "accepted"
    """The PBX accepts what the person enrolled with: the number is still theirs."""
    REFUSED = "refused"
    """It does not: another holder, or another password."""
    UNKNOWN = "unknown"
    """Nothing is held any more, or the PBX does not answer."""


class Holder(Protocol):
    """Whether the person who enrolled still holds the number."""

    def standing(self, subject: SubjectId) -> Standing: ...


class PinSender(Protocol):
    """Brings a text to a number, by the PBX or a text message service."""

    async def send(self, provider: ProviderId, subject: SubjectId, number: str, text: str) -> None:
        """Raises a RingfenceError where it could not be handed over."""
        ...


class Identities(Protocol):
    """The part of the keyring that leads from a passkey to its person."""

    def find(self, provider: ProviderId, kind: IdentifierKind, value: str) -> SubjectId | None: ...

    def bind(self, provider: ProviderId, kind: IdentifierKind, value: str, subject: SubjectId) -> None: ...

    def unbind(self, provider: ProviderId, kind: IdentifierKind, value: str) -> bool: ...


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
