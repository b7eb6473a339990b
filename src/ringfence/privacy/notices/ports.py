"""What announcing asks of others."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Protocol, final

from ringfence.identifiers import ProviderId, RowId, SubjectId
from ringfence.privacy.notices.text import Versions
from ringfence.privacy.rights import Reason

__all__ = ["Mailer", "People", "Person", "Rights"]


@final
@dataclass(frozen=True, slots=True)
class Person:
    """Who has to be told: what they agreed to, and how they can be reached.

    Without a mail address of theirs or their administrator's they are told at their next start.
    """

    subject: SubjectId
    language: str
    agreed: Versions
    mail: str = field(default="", repr=False)
    administrator: str = field(default="", repr=False)


class People(Protocol):
    """Who is enrolled."""

    def of(self, provider: ProviderId) -> AsyncIterator[Person]:
        """Everybody of a provider, in any order."""
        ...

    async def one(self, provider: ProviderId, subject: SubjectId) -> Person | None:
        """None for somebody who is not enrolled with that provider."""
        ...


class Mailer(Protocol):
    """Sends mail; implemented by `senders.mail`."""

    async def send(
        self, provider: ProviderId, to: str, subject: str, text: str, html: str, concerned: SubjectId | None
    ) -> None:
        """Raises a RingfenceError when it could not be handed over; `concerned` is for the disclosure log."""
        ...


class Rights(Protocol):
    """Erasure; implemented by `privacy.rights`."""

    async def request(self, provider: ProviderId, subject: SubjectId, reason: Reason) -> RowId: ...
