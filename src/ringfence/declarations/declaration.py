"""What a record class declares, checked and made ready for those who derive from it."""

import dataclasses
import inspect
from dataclasses import dataclass
from typing import ClassVar, get_origin

import msgspec
import sqlalchemy as sa

from ringfence.declarations.errors import (
    MissingDefault,
    OpenType,
    TagTaken,
    UndeclaredColumn,
    UnknownFlag,
    UnknownPart,
    UnsealableType,
    WrongHolder,
)
from ringfence.declarations.fields import DECLARED, MAIN, Personal, Technical, bare_type, is_closed
from ringfence.declarations.vocabulary import Keep
from ringfence.identifiers import SubjectId

__all__ = ["NEWER", "NOBODY", "Declaration", "PersonalField", "TechnicalField", "check_annotations", "read_fields"]

NOBODY = SubjectId("")
"""Stands in `subject` of a row about two persons after its own subject has gone."""

NEWER = "newer"  # the field that carries what a newer release sealed into a row


@dataclass(frozen=True, slots=True)
class TechnicalField:
    """A plain column."""

    name: str
    type: object
    optional: bool
    says: Technical
    default: object  # dataclasses.MISSING when there is none


@dataclass(frozen=True, slots=True)
class PersonalField:
    """A value inside a sealed part."""

    name: str
    type: object  # the whole annotation
    says: Personal
    default: object  # dataclasses.MISSING when there is none


@dataclass(frozen=True, slots=True)
class Declaration:
    """Everything derived work needs to know about one table."""

    name: str
    number: int
    keep: Keep | None
    """None only where no person is concerned."""
    technical: tuple[TechnicalField, ...]
    personal: tuple[PersonalField, ...]
    parts: tuple[str, ...]
    """The sealed parts: `MAIN` first, then one per other person; empty on technical tables."""
    about_people: bool
    """Whether rows belong to a subject."""
    table: sa.Table

    def subject_column(self, part: str) -> str:
        """The column that says whose part it is."""
        return part or "subject"

    def concerns(self, subject: SubjectId) -> sa.ColumnElement[bool]:
        """The condition for a row about the subject, or with a part about them."""
        return sa.or_(*(self.table.c[self.subject_column(part)] == subject for part in self.parts))

    @staticmethod
    def sealed_column(part: str) -> str:
        """The column that holds the sealed part."""
        return f"sealed_{part}" if part else "sealed"


def check_annotations(cls: type, table: str) -> None:
    """Refuse what the class body names without declaring it; called before it becomes a dataclass."""
    for name, annotation in inspect.get_annotations(cls, eval_str=True).items():
        origin: object = get_origin(annotation)
        if origin is ClassVar or name == NEWER:
            continue
        given = cls.__dict__.get(name)
        if not isinstance(given, dataclasses.Field) or DECLARED not in given.metadata:
            raise UndeclaredColumn(table=table, column=name)


def read_fields(
    cls: type, table: str, parts: tuple[str, ...], *, about_people: bool
) -> tuple[tuple[TechnicalField, ...], tuple[PersonalField, ...]]:
    """The declared fields of a dataclass, base classes included; raises on the first that can't stand."""
    types = _field_types(cls)
    technical, personal = [], []
    for field in dataclasses.fields(cls):
        says = field.metadata.get(DECLARED)
        if isinstance(says, Technical):
            kind, optional = bare_type(types[field.name])
            technical.append(TechnicalField(field.name, kind, optional, says, field.default))
        elif isinstance(says, Personal):
            personal.append(PersonalField(field.name, types[field.name], says, field.default))
    _check_technical(table, technical, about_people=about_people)
    _check_personal(table, personal, parts, about_people=about_people)
    _check_parts(table, technical, parts)
    return tuple(technical), tuple(personal)


def _field_types(cls: type) -> dict[str, object]:
    found: dict[str, object] = {}
    for base in reversed(cls.__mro__):
        if base is not object:
            found.update(inspect.get_annotations(base, eval_str=True))
    return found


def _check_technical(table: str, fields: list[TechnicalField], *, about_people: bool) -> None:
    for field in fields:
        closed = is_closed(field.type) or (field.type is float and not about_people)
        if not closed and field.says.reviewed is None:
            raise OpenType(table=table, column=field.name)


def _check_personal(table: str, fields: list[PersonalField], parts: tuple[str, ...], *, about_people: bool) -> None:
    tags: set[int] = set()
    for field in fields:
        if not about_people:
            raise WrongHolder(table=table, column=field.name)
        if field.says.tag in tags:
            raise TagTaken(table=table, column=field.name, tag=field.says.tag)
        if field.says.part not in parts:
            raise UnknownPart(table=table, column=field.name, part=field.says.part)
        if len(parts) > 1 and field.default is dataclasses.MISSING:
            raise MissingDefault(table=table, column=field.name)
        _check_withholding(table, field, fields)
        tags.add(field.says.tag)
        _check_sealable(table, field)


def _check_withholding(table: str, field: PersonalField, fields: list[PersonalField]) -> None:
    named = field.says.withheld_if
    flags = {other.name for other in fields if other.type is bool and other.says.part == field.says.part}
    if named and named not in flags:
        raise UnknownFlag(table=table, column=field.name, flag=named)


def _check_sealable(table: str, field: PersonalField) -> None:
    try:
        msgspec.msgpack.Decoder(field.type)
    except TypeError as error:
        raise UnsealableType(table=table, column=field.name) from error


def _check_parts(table: str, fields: list[TechnicalField], parts: tuple[str, ...]) -> None:
    subjects = {field.name for field in fields if field.type is SubjectId and field.optional}
    for part in parts:
        if part != MAIN and part not in subjects:
            raise UnknownPart(table=table, part=part)
