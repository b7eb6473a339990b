"""Who does a job that only one process may do at a time."""

from ringfence.declarations import TechnicalRecord, technical
from ringfence.identifiers import RowId

__all__ = ["Lease"]


class Lease(TechnicalRecord, table="lease", number=14):
    """The row's id is the job's name; whoever holds it renews it, and anybody may take it over when it is over."""

    holder: RowId = technical("the process that has it, by a random name of its own")
    until: float = technical("when it is over (epoch seconds)")
