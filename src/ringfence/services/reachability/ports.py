"""What reachability needs of the world, and what it is handed."""

from dataclasses import dataclass
from typing import Protocol

from ringfence.protocols.sip.digest import Algorithm
from ringfence.services.reachability.account import Account

__all__ = ["Proof", "Proven", "Registrations"]


@dataclass(frozen=True, slots=True)
class Proof:
    """That a PBX challenged for an account and then accepted our digest. What is left of the password."""

    realm: bytes
    algorithm: Algorithm
    ha1: bytes

    def __repr__(self) -> str:
        return "<Proof>"


class Proven(Protocol):
    """A proof as whoever brings it has it."""

    @property
    def realm(self) -> bytes: ...

    @property
    def algorithm(self) -> Algorithm: ...

    @property
    def ha1(self) -> bytes: ...


class Registrations(Protocol):
    """Keeps accounts registered at their PBXs; the gateway's keeper."""

    def admit(self, account: Account, *, urgent: bool = True) -> None:
        """Keep it registered from now on; one that is known gets its newest credentials tried."""
        ...

    async def withdraw(self, account: Account) -> None:
        """End our binding where that hits nobody else, within seconds; afterwards nothing is sent for the account.

        An account that is not kept may still have a binding from before a restart. Doing it twice changes nothing.
        """
        ...
