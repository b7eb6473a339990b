"""The SQL side of declarations: only what is declared becomes a column, and nothing else can be attached."""

from collections.abc import Iterable
from enum import Enum
from typing import Any, NewType, final

import sqlalchemy as sa
from sqlalchemy import event

from ringfence.declarations.declaration import Declaration, TechnicalField
from ringfence.declarations.errors import UndeclaredColumn

__all__ = ["GuardedMetaData", "build_table", "column_type"]

_SQL_TYPES: dict[object, type[sa.types.TypeEngine[Any]]] = {
    bool: sa.Boolean,
    int: sa.BigInteger,
    float: sa.Double,
    str: sa.Text,
    bytes: sa.LargeBinary,
}
_NAMES = {  # so that migrations can name what they change, on every database
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


@final
class GuardedMetaData(sa.MetaData):
    """Metadata to which only declared columns can be attached; anything else raises UndeclaredColumn."""

    def __init__(self) -> None:
        super().__init__(naming_convention=_NAMES)
        self._declared: set[tuple[str, str]] = set()

    def allow(self, table: str, columns: Iterable[str]) -> None:
        """Let these columns in; for `build_table` alone."""
        self._declared.update((table, column) for column in columns)

    def check(self, table: str, column: str) -> None:
        """Raise UndeclaredColumn unless the column is declared."""
        if (table, column) not in self._declared:
            raise UndeclaredColumn(table=table, column=column)


@event.listens_for(sa.Column, "before_parent_attach")
def _guard(column: sa.Column[object], parent: object) -> None:
    if isinstance(parent, sa.Table) and isinstance(parent.metadata, GuardedMetaData):
        parent.metadata.check(parent.name, column.name)


def build_table(
    metadata: GuardedMetaData,
    name: str,
    technical: tuple[TechnicalField, ...],
    parts: tuple[str, ...],
    unique: tuple[tuple[str, ...], ...],
    index: tuple[tuple[str, ...], ...],
) -> sa.Table:
    """The table of a record: its technical columns, and one column of sealed bytes per part."""
    sealed = [Declaration.sealed_column(part) for part in parts]
    metadata.allow(name, [field.name for field in technical] + sealed)
    # A part becomes NULL when its person has gone and the other has not.
    columns = [_column(field) for field in technical]
    columns += [sa.Column(column, sa.LargeBinary, nullable=len(parts) > 1) for column in sealed]
    constraints = [sa.UniqueConstraint(*group) for group in unique]
    table = sa.Table(name, metadata, *columns, *constraints)
    for group in index:
        sa.Index(None, *(table.c[column] for column in group))
    return table


def _column(field: TechnicalField) -> sa.Column[object]:
    return sa.Column(field.name, column_type(field.type), primary_key=field.name == "id", nullable=field.optional)


def column_type(kind: object) -> sa.types.TypeEngine[Any]:
    """The SQL type of a technical type; enums are stored by value."""
    while isinstance(kind, NewType):
        kind = kind.__supertype__
    if isinstance(kind, type) and issubclass(kind, Enum):
        kind = type(next(iter(kind)).value)
    return _SQL_TYPES[kind]()
