"""The rows that persistence keeps for itself."""

from ringfence.declarations import TechnicalRecord, technical
from ringfence.identifiers import ProviderId, RowId, SubjectId

__all__ = ["EVERY_TABLE", "Fence", "Guard"]

EVERY_TABLE = 0
"""The table number of a guard over all that is kept about a person."""


class Fence(TechnicalRecord, table="fence", number=1):
    """A subject about whom nothing is written any more; the row's id is the subject's."""

    since: float = technical("when the fence was put up (epoch seconds)")


class Guard(TechnicalRecord, table="guard", number=85, index=(("subject",), ("origin",), ("until",))):
    """That a person's rows may only be stored, or may not be deleted; why, says whoever put it up (`origin`).

    It covers one row, the rows of one table, or everything; also what is written later.
    """

    provider: ProviderId = technical("whose customer it is")
    subject: SubjectId = technical("whose rows")
    table_number: int = technical("which table; 0: all")
    row: RowId | None = technical("which row; None: all of the table", default=None)
    storage: int = technical("what the rows are sealed for (`Storage`)")
    protects: bool = technical("whether deleting them only puts them away")
    ends: bool = technical("whether the rows go with the guard: somebody wanted to delete them", default=False)
    released: bool = technical("whether it is over, and its rows are being set free", default=False)
    until: float | None = technical("when it is over by itself (epoch seconds); None: when it is released")
    origin: RowId = technical("the hold, restriction or erasure that it belongs to")
    law: str = technical("under which rule", reviewed="the id of a rule in the tables of the law")
