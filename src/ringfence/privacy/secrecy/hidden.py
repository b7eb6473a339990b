"""What orders hide of one person, as every reader that faces the person asks it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar, final

from ringfence.declarations import Record
from ringfence.identifiers import RowId, SubjectId
from ringfence.persistence import UnitOfWork

__all__ = ["Hidden"]

R = TypeVar("R", bound=Record)


@final
@dataclass(frozen=True, slots=True)
class Hidden:
    """Names of rows; empty of somebody about whom there is no order. Its `repr` is the same in both cases."""

    _rows: frozenset[tuple[str, RowId]] = frozenset()

    def covers(self, table: str, row: RowId) -> bool:
        """Whether the row is not to be spoken of."""
        return (table, row) in self._rows

    def shown(self, records: Iterable[R]) -> list[R]:
        """The records that the person may see, in their order."""
        return [record for record in records if not self.covers(record.declaration.name, record.id)]

    async def count(self, unit: UnitOfWork, kind: type[Record], subject: SubjectId) -> int:
        """How many rows of a kind about the person are left when those are not counted that they may not see."""
        hidden = [row for table, row in self._rows if table == kind.declaration.name]
        return await unit.count(kind, subject=subject) - await unit.count(kind, subject=subject, id=hidden)

    def __repr__(self) -> str:
        return "Hidden()"
