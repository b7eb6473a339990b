"""What a restriction puts up: a guard for each table or row, and one for the note that says why."""

from collections.abc import Iterator

from ringfence.declarations import Registry
from ringfence.identifiers import RowId
from ringfence.persistence import Guard, Storage
from ringfence.privacy.restriction.records import Restriction

__all__ = ["guards_of"]


def guards_of(restriction: Restriction, registry: Registry, *, own: Storage = Storage.IN_USE) -> Iterator[Guard]:
    """`own` is what the restriction's own row is sealed for, where it protects: what says why it is kept stays as long.

    Only stored, where the person has gone meanwhile.
    """
    for table in restriction.tables:
        number = registry[table].declaration.number
        for row in restriction.rows or (None,):
            yield _guard(restriction, number, row, Storage.RESTRICTED)
    if restriction.ground.protects:
        yield _guard(restriction, Restriction.declaration.number, restriction.id, own)


def _guard(restriction: Restriction, number: int, row: RowId | None, storage: Storage) -> Guard:
    return Guard(
        id=RowId(f"{restriction.id}.{number}.{row or ''}"),
        provider=restriction.provider,
        subject=restriction.subject,
        table_number=number,
        row=row,
        storage=storage,
        protects=restriction.ground.protects,
        until=None,
        origin=restriction.id,
        law=restriction.ground.law,
    )
