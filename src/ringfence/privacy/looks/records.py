"""The record of looks, and what a look lets through."""

from typing import Final

from ringfence.declarations import (
    Category,
    Flow,
    Keep,
    Medium,
    Purpose,
    Record,
    Role,
    Source,
    Third,
    personal,
    technical,
)
from ringfence.identifiers import CaseId, StaffId
from ringfence.privacy.looks.reason import LookReason

__all__ = ["NEVER_SHOWN", "SHOWN_TO_STAFF", "Look"]

NEVER_SHOWN: Final = frozenset(
    {
        Category.SIP_CREDENTIAL,
        Category.DEVICE_SECRET,
        Category.RETURN_MARK,
        Category.STAFF_CREDENTIAL,
        Category.MESSAGE,
        Category.MEDIA,
    }
)
"""No task of staff needs them: secrets work like passwords, and what people write to each other is theirs alone."""


class Look(Record, table="look", number=90, keep=Keep.LOOK):
    """That somebody of the staff looked. Who it was is a random id: names are withheld (C-579/21)."""

    staff: StaffId = technical("who looked; a random id that the provider's own records resolve while they work there")
    case: CaseId | None = technical("for which request, if for one")
    at: float = personal(1, Category.LOOK, Purpose.ACCOUNT_FOR_LOOKS, Source.GENERATED)
    reason: LookReason = personal(2, Category.LOOK, Purpose.ACCOUNT_FOR_LOOKS, Source.PROVIDER)
    kind: str = personal(3, Category.LOOK, Purpose.ACCOUNT_FOR_LOOKS, Source.GENERATED)
    note: str = personal(4, Category.LOOK, Purpose.ACCOUNT_FOR_LOOKS, Source.PROVIDER, third=Third.WITHHELD, default="")
    """What the member said of it in their own words: sealed, for whoever accounts for it; told to nobody else."""


SHOWN_TO_STAFF = Flow(
    name="looks.shown",
    medium=Medium.HTTP,
    carries=tuple(category for category in Category if category not in NEVER_SHOWN),
    purpose=Purpose.ANSWER_RIGHTS,
    source=Source.GENERATED,
    to=Role.STAFF,
    says="The provider's staff see a person's data after they have said what for; the person is shown that they did.",
)
