"""Canaries: rows of a person who does not exist, with a unique value in each declared field."""

import dataclasses
import datetime as dt
import types
import typing
from dataclasses import MISSING, dataclass, field
from enum import Enum
from typing import Final, NewType, final

from ringfence.clock import DAY, Clock, day_of
from ringfence.declarations import Declaration, Keep, Record
from ringfence.declarations.declaration import TechnicalField
from ringfence.identifiers import ProviderId, RowId, SubjectId, new_id
from ringfence.privacy.rights.errors import ScanBlind
from ringfence.randomness import Randomness

__all__ = ["Planter"]

_BASE: Final = ("id", "provider", "subject", "due")


@final
@dataclass(slots=True)
class Planter:
    """Makes a row of any record; `others` are the persons in the further parts of rows about two."""

    provider: ProviderId
    subject: SubjectId
    other: SubjectId
    clock: Clock
    randomness: Randomness
    planted: dict[str, object] = field(default_factory=dict)
    """What stands in which `table.field`."""

    def row(self, kind: type[Record]) -> Record:
        """Raises ScanBlind for a field of a type that it can't make a value of: the scan would not see that field."""
        declaration = kind.declaration
        values: dict[str, object] = {
            "id": RowId(new_id(self.randomness)),
            "provider": self.provider,
            "subject": self.subject,
            "due": self._due(declaration),
        }
        for column in declaration.technical:
            if column.name not in _BASE:
                values[column.name] = self._technical(declaration, column)
        for each in declaration.personal:
            value = self._value(f"{declaration.name}.{each.name}", each.type, each.default)
            values[each.name] = self.planted[f"{declaration.name}.{each.name}"] = value
        return kind(**values)  # type: ignore[arg-type]  # the fields that the declaration lists

    def _due(self, declaration: Declaration) -> float | None:
        keep = declaration.keep
        return self.clock.time() + DAY if isinstance(keep, Keep) and keep.seconds is not None else None

    def _technical(self, declaration: Declaration, column: TechnicalField) -> object:
        if column.type is SubjectId:
            return self.other
        if column.optional:
            return None
        return self._value(f"{declaration.name}.{column.name}", column.type, column.default)

    def _value(self, place: str, annotation: object, default: object) -> object:
        kind = _innermost(annotation)
        container = typing.get_origin(kind)
        if container in {list, tuple, set, frozenset}:
            item = self._value(place, typing.get_args(kind)[0], MISSING)
            return typing.cast("type[list[object]]", container)([item])
        if container is dict:
            name, value = typing.get_args(kind)
            return {self._value(place, name, MISSING): self._value(place, value, MISSING)}
        if isinstance(kind, type) and issubclass(kind, Enum):
            return next(iter(kind))
        if isinstance(kind, type) and dataclasses.is_dataclass(kind):
            hints = typing.get_type_hints(kind)
            return kind(
                **{each.name: self._value(place, hints[each.name], MISSING) for each in dataclasses.fields(kind)}
            )
        makers = self._makers()
        if kind in makers:
            return makers[kind]
        if default is not MISSING:
            return default
        raise ScanBlind(column=place, problem="no_canary_of_this_type")

    def _makers(self) -> dict[object, object]:
        return {
            str: f"canary-{new_id(self.randomness)}",
            bytes: self.randomness.bytes(32),
            bool: True,
            int: int.from_bytes(self.randomness.bytes(4), "big"),
            float: self.clock.time(),
            dt.date: day_of(self.clock.time()),
            dt.datetime: dt.datetime.fromtimestamp(self.clock.time(), dt.UTC),
        }


def _innermost(annotation: object) -> object:
    """Without `| None`, and without the names given to plain types."""
    if typing.get_origin(annotation) in {typing.Union, types.UnionType}:
        (annotation,) = (member for member in typing.get_args(annotation) if member is not types.NoneType)
    while isinstance(annotation, NewType):
        annotation = annotation.__supertype__
    return annotation
