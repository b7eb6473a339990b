"""What enrolment needs of the world; `app` brings it."""

from dataclasses import dataclass, field
from typing import Protocol, final

from ringfence.declarations import IdentifierKind
from ringfence.identifiers import DeviceId, LedgerRef, ProviderId, RowId, SubjectId, UpstreamId
from ringfence.persistence import UnitOfWork
from ringfence.privacy.ledger import Event, Fact
from ringfence.privacy.notices import Versions
from ringfence.privacy.rights import Reason
from ringfence.protocols.sip.digest import Algorithm

__all__ = [
    "Identities",
    "Ledger",
    "Notices",
    "Proof",
    "Prover",
    "PushApp",
    "PushInstances",
    "PushParameters",
    "Reach",
    "Rights",
]


@final
@dataclass(frozen=True, slots=True)
class PushParameters:
    """RFC 8599 parameters of one app on one device."""

    provider: str
    param: str
    prid: str = field(repr=False)


class Proof(Protocol):
    """That somebody knows a password: the digest secret for the realm and algorithm of the PBX's challenge."""

    @property
    def realm(self) -> bytes: ...

    @property
    def algorithm(self) -> Algorithm: ...

    @property
    def ha1(self) -> bytes: ...


class Prover(Protocol):
    """Asks the PBX; implemented by the gateway."""

    async def prove(self, upstream: UpstreamId, aor: str, auth_user: str, password: str) -> Proof:
        """Raises a fault with its own code: wrong credentials, no challenge, PBX away, too many failures."""
        ...


class Reach(Protocol):
    """Keeps accounts registered and devices known to the gateway. What is written works once the unit has committed."""

    async def keep(
        self,
        unit: UnitOfWork,
        *,
        subject: SubjectId,
        provider: ProviderId,
        upstream: UpstreamId,
        aor: str,
        auth_user: str,
        proof: Proof,
    ) -> None:
        """Keep the account registered upstream with this proof, in place of an older one."""
        ...

    async def keep_device(
        self,
        unit: UnitOfWork,
        *,
        subject: SubjectId,
        provider: ProviderId,
        device: DeviceId,
        sip_user: str,
        secret: str,
    ) -> None:
        """Let the device authenticate in our realm, with this secret alone."""
        ...

    def admit(self, subject: SubjectId) -> None:
        """Register the account now; called once what was kept is committed."""
        ...

    async def drop_device(self, unit: UnitOfWork, *, subject: SubjectId, device: DeviceId) -> None:
        """Its secret goes, and with the commit its binding."""
        ...

    async def release(self, unit: UnitOfWork, subject: SubjectId) -> None:
        """The account's digest secret is gone; un-registered upstream after the commit, without anybody waiting."""
        ...


class PushApp(Protocol):
    """A build that can be pushed."""

    @property
    def pn_provider(self) -> str:
        """Empty: it has no RFC 8599 parameters."""
        ...

    @property
    def pn_param(self) -> str: ...


class PushInstances(Protocol):
    """Implemented by `services.wake`."""

    def check(self, app: str, token: str, device_key: bytes) -> PushApp:
        """Raises what is wrong with them."""
        ...

    def subscribing_key(self, app: str) -> str:
        """With what the app subscribes at its push service; empty if it needs none. Raises if it is unknown."""
        ...

    async def keep(
        self,
        unit: UnitOfWork,
        *,
        provider: ProviderId,
        subject: SubjectId,
        device: DeviceId,
        app: str,
        token: str,
        device_key: bytes,
        due: float,
    ) -> None: ...

    async def renew(self, unit: UnitOfWork, device: DeviceId, due: float) -> None: ...

    async def change_token(self, unit: UnitOfWork, device: DeviceId, token: str) -> bool:
        """False if the device has no push instance any more."""
        ...

    async def end(self, unit: UnitOfWork, subject: SubjectId, device: DeviceId) -> None: ...

    def warn(self, device: DeviceId, *, visible: bool, by: float) -> None: ...


class Identities(Protocol):
    """Blind identifiers, from a SIP address to its person; the keyring. Calls are synchronous and short."""

    def find(self, provider: ProviderId, kind: IdentifierKind, value: str) -> SubjectId | None: ...

    def bind(self, provider: ProviderId, kind: IdentifierKind, value: str, subject: SubjectId) -> None:
        """Raises if the identifier leads to somebody else."""
        ...

    def unbind(self, provider: ProviderId, kind: IdentifierKind, value: str) -> bool:
        """Let the identifier lead to nobody."""
        ...

    def forget(self, subject: SubjectId) -> None:
        """Destroy every key and identifier of the subject."""
        ...


class Notices(Protocol):
    """The provider's current texts."""

    def versions(self, provider: ProviderId) -> Versions:
        """Which texts hold now."""
        ...


class Rights(Protocol):
    """Erasure, implemented by `privacy.rights`."""

    async def request(self, provider: ProviderId, subject: SubjectId, reason: Reason) -> RowId:
        """Begin the erasure, or find the one that has begun; its id, by which its state and certificate are asked."""
        ...


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
