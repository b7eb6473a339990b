"""What billing needs of the kernel; the keyring is the one, the tables of the law the other."""

import datetime as dt
from typing import Protocol

from ringfence.declarations import IdentifierKind
from ringfence.identifiers import ProviderId, SubjectId

__all__ = ["Customers", "Terms"]


class Customers(Protocol):
    """Who is meant."""

    def find(self, provider: ProviderId, kind: IdentifierKind, value: str) -> SubjectId | None:
        """The person that the identifier leads to; also one who has gone and of whom invoices are kept."""
        ...

    def bind(self, provider: ProviderId, kind: IdentifierKind, value: str, subject: SubjectId) -> None:
        """Let the identifier lead to the person; twice is as once. Raises SubjectGone."""
        ...


class Terms(Protocol):
    """How long invoices must be kept."""

    def until(self, provider: ProviderId, issued: dt.date) -> dt.date:
        """The last day on which an invoice of that day is kept, by the law of the provider's country."""
        ...
