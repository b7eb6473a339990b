"""What rectification leaves behind."""

from enum import StrEnum

from ringfence.declarations import Category, Keep, Purpose, Record, Source, personal, technical
from ringfence.identifiers import CaseId, RecipientId, RowId

__all__ = ["Change", "Correction", "Delivery", "RecipientNotice", "Superseded"]


class Change(StrEnum):
    """Of what a recipient is told: Art. 19 GDPR."""

    RECTIFIED = "rectified"
    RESTRICTED = "restricted"
    LIFTED = "lifted"


class Delivery(StrEnum):
    """Whether a recipient has been told."""

    WAITING = "waiting"
    ACKNOWLEDGED = "acknowledged"
    IMPOSSIBLE = "impossible"  # there is no way to tell that recipient of anything


class RecipientNotice(Record, table="recipient_notice", number=88, keep=Keep.EVIDENCE, index=(("delivery",),)):
    """That somebody who received data is to be told of a change, or has been."""

    recipient: RecipientId = technical("whom to tell; the configuration says who that is")
    change: Change = technical("what has changed")
    delivery: Delivery = technical("whether they were told")
    tries: int = technical("how often it was tried")
    flow: str = personal(1, Category.DISCLOSURE, Purpose.ACCOUNT_FOR_DISCLOSURE, Source.GENERATED)
    table: str = personal(2, Category.DISCLOSURE, Purpose.ACCOUNT_FOR_DISCLOSURE, Source.GENERATED)
    row: RowId | None = personal(3, Category.DISCLOSURE, Purpose.ACCOUNT_FOR_DISCLOSURE, Source.GENERATED)
    field: str = personal(4, Category.DISCLOSURE, Purpose.ACCOUNT_FOR_DISCLOSURE, Source.GENERATED)
    at: float = personal(5, Category.DISCLOSURE, Purpose.ACCOUNT_FOR_DISCLOSURE, Source.GENERATED)


class Correction(Record, table="correction", number=84, keep=Keep.EVIDENCE, index=(("case",),)):
    """That an officer corrected something for a request: what, never from what to what."""

    case: CaseId = technical("the request that asked for it")
    table: str = personal(1, Category.RIGHTS_REQUEST, Purpose.ANSWER_RIGHTS, Source.GENERATED)
    field: str = personal(2, Category.RIGHTS_REQUEST, Purpose.ANSWER_RIGHTS, Source.GENERATED)
    at: float = personal(3, Category.RIGHTS_REQUEST, Purpose.ANSWER_RIGHTS, Source.GENERATED)


class Superseded(Record, table="superseded", number=89, keep=Keep.EVIDENCE):
    """A value that was corrected, blocked where a country wants that (LOPDGDD Art. 32); it goes on the day set."""

    table: str = personal(1, Category.RIGHTS_REQUEST, Purpose.ANSWER_RIGHTS, Source.GENERATED)
    row: RowId = personal(2, Category.RIGHTS_REQUEST, Purpose.ANSWER_RIGHTS, Source.GENERATED)
    field: str = personal(3, Category.RIGHTS_REQUEST, Purpose.ANSWER_RIGHTS, Source.GENERATED)
    before: bytes = personal(4, Category.RIGHTS_REQUEST, Purpose.ANSWER_RIGHTS, Source.GENERATED, secret=True)
