"""Guards at work: which rows are protected, and what they are sealed for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import sqlalchemy as sa

from ringfence.declarations import Declaration
from ringfence.identifiers import RowId, SubjectId
from ringfence.persistence.records import EVERY_TABLE, Fence, Guard
from ringfence.persistence.sealing import Place, Storage

__all__ = ["Guards", "covering", "fences_and_guards", "not_put_away", "protected", "read_guards", "stored_as"]

_GUARDS: Final = Guard.declaration.table


@final
@dataclass(frozen=True, slots=True)
class _Scope:
    table_number: int
    row: RowId | None
    storage: Storage
    protects: bool

    def covers(self, place: Place) -> bool:
        return self.table_number in {EVERY_TABLE, place.table_number} and self.row in {None, place.row}


@final
class Guards:
    """The guards of the persons at hand."""

    __slots__ = ("_scopes",)

    def __init__(self, found: Iterable[tuple[SubjectId, int, RowId | None, int, bool]]) -> None:
        self._scopes: dict[SubjectId, list[_Scope]] = {}
        for subject, number, row, storage, protects in found:
            self._scopes.setdefault(subject, []).append(_Scope(number, row, Storage(storage), protects))

    def __bool__(self) -> bool:
        return bool(self._scopes)

    def guarded(self, place: Place) -> Place:
        """The strictest storage of all guards that cover the place; what is protected has no end by itself."""
        scopes = [scope for scope in self._scopes.get(place.subject, ()) if scope.covers(place)]
        if not scopes:
            return place
        due = None if any(scope.protects for scope in scopes) else place.due
        return place._replace(storage=max(scope.storage for scope in scopes), due=due)


def fences_and_guards(subjects: Sequence[SubjectId]) -> sa.CompoundSelect[Any]:
    """One statement for both, since every write asks: `who` is `fenced`, or has a guard of this scope."""
    fences = Fence.declaration.table
    guarded = sa.select(
        _GUARDS.c.subject.label("who"),
        sa.false().label("fenced"),
        _GUARDS.c.table_number,
        _GUARDS.c.row,
        _GUARDS.c.storage,
        _GUARDS.c.protects,
    ).where(_GUARDS.c.subject.in_(subjects), ~_GUARDS.c.released)
    nothing = (sa.literal(0), sa.null(), sa.literal(int(Storage.IN_USE)), sa.false())
    fenced = sa.select(fences.c.id, sa.true(), *nothing).where(fences.c.id.in_(subjects))
    return sa.union_all(guarded, fenced)


def read_guards(subject: SubjectId) -> sa.Select[Any]:
    """The guards of one person, as `Guards` takes them."""
    said = (_GUARDS.c.subject, _GUARDS.c.table_number, _GUARDS.c.row, _GUARDS.c.storage, _GUARDS.c.protects)
    return sa.select(*said).where(_GUARDS.c.subject == subject, ~_GUARDS.c.released)


def covering(declaration: Declaration, part: str) -> sa.ColumnElement[bool]:
    """The condition under which a guard protects a person's part of a row, of the two tables side by side."""
    table = declaration.table
    return sa.and_(
        _GUARDS.c.subject == table.c[declaration.subject_column(part)],
        _GUARDS.c.protects,
        ~_GUARDS.c.released,
        _GUARDS.c.table_number.in_((EVERY_TABLE, declaration.number)),
        sa.or_(_GUARDS.c.row.is_(None), _GUARDS.c.row == table.c.id),
    )


def protected(declaration: Declaration, *parts: str) -> sa.ColumnElement[bool]:
    """The condition for a row that must not be deleted; of rows about two, for the sake of these parts (none: any)."""
    covered = [covering(declaration, part) for part in parts or declaration.parts]
    return sa.or_(
        *(
            sa.select(sa.literal(1)).select_from(_GUARDS).where(each).correlate(declaration.table).exists()
            for each in covered
        )
    )


def not_put_away(declaration: Declaration, part: str) -> sa.ColumnElement[bool]:
    """The condition for a part that is still in use."""
    return stored_as(declaration, part, Storage.IN_USE)


def stored_as(declaration: Declaration, part: str, storage: Storage) -> sa.ColumnElement[bool]:
    """The condition for a part that is sealed for that: its first byte says so."""
    column = declaration.table.c[declaration.sealed_column(part)]
    return sa.func.substr(column, 1, 1) == sa.literal(bytes([storage]), sa.LargeBinary)
