"""What is kept of a provider's staff, and of its API tokens."""

import datetime as dt
from enum import Enum

from ringfence.declarations import (
    Category,
    Deadline,
    Keep,
    Purpose,
    Record,
    Source,
    TechnicalRecord,
    personal,
    technical,
)
from ringfence.identifiers import ProviderId, RowId, StaffId
from ringfence.services.staff.role import Role

__all__ = ["ApiToken", "Member", "StaffCredential", "StaffPasskey", "Standing"]


class Standing(Enum):
    """How far somebody has come."""

    INVITED = "invited"
    ACTIVE = "active"


class Member(Record, table="staff_member", number=94, keep=Keep.STAFF):
    """A member of a provider's staff; the row's id is the subject's, and both are the StaffId.

    `due` is the end of an invitation that nobody took up; None once they have joined.
    """

    standing: Standing = technical("whether the invitation was taken up")
    name: str = personal(1, Category.STAFF_ACCOUNT, Purpose.RUN_CONSOLE, Source.PROVIDER)
    mail: str = personal(2, Category.STAFF_ACCOUNT, Purpose.RUN_CONSOLE, Source.PROVIDER)
    roles: tuple[Role, ...] = personal(3, Category.STAFF_ACCOUNT, Purpose.RUN_CONSOLE, Source.PROVIDER)
    confidentiality: str = personal(4, Category.STAFF_ACCOUNT, Purpose.RUN_CONSOLE, Source.PROVIDER, default="")
    accepted_on: dt.date | None = personal(
        5, Category.STAFF_ACCOUNT, Purpose.RUN_CONSOLE, Source.GENERATED, default=None
    )

    @property
    def staff(self) -> StaffId:
        return StaffId(self.id)


class StaffCredential(Record, table="staff_credential", number=95, keep=Keep.STAFF):
    """How a member signs in. The row's id is the member's; what can be guessed is hashed, the rest is sealed."""

    invitation: bytes = personal(1, Category.STAFF_CREDENTIAL, Purpose.RUN_CONSOLE, Source.GENERATED, default=b"")
    password: str = personal(2, Category.STAFF_CREDENTIAL, Purpose.RUN_CONSOLE, Source.GENERATED, default="")
    code_secret: str = personal(3, Category.STAFF_CREDENTIAL, Purpose.RUN_CONSOLE, Source.GENERATED, default="")
    code_step: int = personal(4, Category.STAFF_CREDENTIAL, Purpose.RUN_CONSOLE, Source.GENERATED, default=0)
    recovery: tuple[bytes, ...] = personal(
        5, Category.STAFF_CREDENTIAL, Purpose.RUN_CONSOLE, Source.GENERATED, default=()
    )


class StaffPasskey(Record, table="staff_passkey", number=96, keep=Keep.STAFF):
    """A member's passkey."""

    credential: bytes = personal(1, Category.STAFF_CREDENTIAL, Purpose.RUN_CONSOLE, Source.GENERATED)
    public_key: bytes = personal(2, Category.STAFF_CREDENTIAL, Purpose.RUN_CONSOLE, Source.GENERATED)
    count: int = personal(3, Category.STAFF_CREDENTIAL, Purpose.RUN_CONSOLE, Source.GENERATED)


class ApiToken(TechnicalRecord, table="provider_token", number=97, index=(("provider",),)):
    """How a system of the provider shows itself to the API. It belongs to no person; the token is kept nowhere."""

    id: RowId = technical("the first half of the token")
    provider: ProviderId = technical("whose system it is")
    digest: bytes = technical("of the second half", reviewed="a digest of 256 random bits")
    label: str = technical(
        "what the provider calls it", reviewed="a name of [a-z0-9.-] for a system, checked when made"
    )
    scopes: str = technical("what it covers", reviewed="names out of a closed list")
    until: Deadline = technical("when it ends")
    made_by: StaffId | None = technical("who made it; None: on the machine itself")
