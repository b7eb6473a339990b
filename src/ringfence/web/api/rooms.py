"""The rooms in which rights are answered, as far as the API asks them; `app.api` joins them.

Where a room is asked directly its own class stands here; what it takes more than one room to answer is a port.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, final

from ringfence.identifiers import CaseId, DeviceId, ProviderId, RowId, SubjectId
from ringfence.privacy.consent import Consents
from ringfence.privacy.looks import Seen
from ringfence.privacy.notices import Announcements
from ringfence.privacy.packages import Packages, Transmissions
from ringfence.privacy.requests import Requests
from ringfence.services.billing import Billing
from ringfence.services.staff import ProviderTokens

__all__ = ["Corrections", "LeavePlan", "Leaves", "Letterbox", "LooksAt", "Receipts", "Rooms", "Staying"]


class Corrections(Protocol):
    """What people put right themselves; what is restricted they see and change, too: it is theirs."""

    async def mail_address(self, subject: SubjectId) -> str:
        """Empty where the person gave none."""
        ...

    async def keep_mail_address(self, provider: ProviderId, subject: SubjectId, address: str) -> None:
        """An empty one takes it back. Raises MailAddressUnusable or SubjectGone."""
        ...

    async def name_device(self, provider: ProviderId, subject: SubjectId, device: DeviceId, name: str) -> None:
        """Raises RectificationRefused, also where the device is somebody else's."""
        ...


class Receipts(Protocol):
    """`privacy.consent.Receipts`."""

    async def receipt(self, provider: ProviderId, subject: SubjectId, event: RowId) -> Mapping[str, object]:
        """Raises NotOffered for another's act."""
        ...


class LooksAt(Protocol):
    """Who looked at a person's data, as that person is told."""

    async def of(self, provider: ProviderId, subject: SubjectId) -> Sequence[Seen]: ...

    def sentence(self, seen: Seen, language: str) -> str:
        """What for, in words."""
        ...


@final
@dataclass(frozen=True, slots=True)
class Staying:
    """What is kept after leaving: until the last day, or until a release where that is None, and by which article."""

    what: str
    until: dt.date | None
    law: str


@final
@dataclass(frozen=True, slots=True)
class LeavePlan:
    """What leaving would do, in the person's language; done by the day `until`."""

    stops: Collection[str]
    goes: Collection[str]
    stays: Collection[Staying]
    until: dt.date


class Leaves(Protocol):
    """A dry run of an erasure."""

    async def plan(self, provider: ProviderId, subject: SubjectId, language: str) -> LeavePlan:
        """Raises SubjectGone."""
        ...


class Letterbox(Protocol):
    """`privacy.requests.mailbox.Intake`."""

    async def mail(self, provider: ProviderId, raw: bytes) -> CaseId:
        """Raises MailTooLarge, TooManyOpen."""
        ...


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """All of them; `providers` are those that the installation serves."""

    providers: Collection[ProviderId]
    corrections: Corrections
    consents: Consents
    receipts: Receipts
    requests: Requests
    packages: Packages
    transmissions: Transmissions
    announcements: Announcements
    looks: LooksAt
    leaves: Leaves
    tokens: ProviderTokens
    billing: Billing
    letterbox: Letterbox
