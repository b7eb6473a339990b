"""Places for sealed values."""

from ringfence.declarations import Keep
from ringfence.identifiers import ProviderId, RowId, SubjectId
from ringfence.persistence import Place

ACME = ProviderId("acme")
OTHER = ProviderId("other")
ALICE = SubjectId("alice-id")
BOB = SubjectId("bob-id")


def place(subject: SubjectId = ALICE, keep: Keep = Keep.WHILE_ENROLLED, due: float | None = None) -> Place:
    return Place(ACME, 7, "", subject, RowId("row"), keep, due)
