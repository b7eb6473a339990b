"""Gathering needles: what of a person could lie anywhere, while it can still be known."""

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from enum import Enum
from typing import Final

import sqlalchemy as sa

from ringfence.declarations import Category, Record, Registry
from ringfence.declarations.declaration import PersonalField
from ringfence.identifiers import SubjectId
from ringfence.persistence import Database, UnitOfWork
from ringfence.persistence.guards import protected
from ringfence.privacy.rights.guardian import erasable
from ringfence.privacy.rights.needle import Needle, NeedleKind
from ringfence.privacy.vault import KeptClass, Keyring

__all__ = ["IDENTIFYING", "KEYRING", "gather", "names_of"]

KEYRING: Final = "keyring"
"""The column under which traces in the keyring are reported."""

IDENTIFYING: Final = frozenset(
    {
        Category.SIP_ADDRESS, Category.AUTH_USER, Category.DEVICE_SECRET, Category.DEVICE_KEY, Category.PUSH_TOKEN,
        Category.NETWORK_ADDRESS, Category.CALLER, Category.CALLEE, Category.MESSAGE, Category.CONTACT_DETAIL,
    }
)  # fmt: skip
"""What belongs to one person alone. Others (a realm, a version of the terms) stand elsewhere for good reason."""


async def gather(
    db: Database,
    keyring: Keyring,
    registry: Registry,
    subject: SubjectId,
    *,
    categories: frozenset[Category] | None = IDENTIFYING,
    keeping: Sequence[KeptClass] = (),
) -> list[Needle]:
    """Every clear value (of these categories; None: of all), ciphertext, wrapped key and blinded identifier.

    Kept in memory only. Once the keys are gone the clear values are unknown, and only the others come back. A field
    that repeats the random id of one of their rows is no clear value: ids stand openly (`names_of`).
    """
    found = [Needle.exact(NeedleKind.KEY, KEYRING, trace) for trace in keyring.traces(subject, keeping)]
    goes = set(erasable(registry, keeping))
    opened: dict[type[Record], list[Record]] = {}
    async with db.reading() as unit:
        for kind in registry.about_people():
            found.extend(await _sealed(unit, kind, subject, erasable=kind in goes))
            opened[kind] = await unit.select(kind, subject=subject)
    ids = {subject, *(record.id for records in opened.values() for record in records)}
    for kind, records in opened.items():
        found.extend(_clear(kind, subject, records, categories, ids))
    return found


async def names_of(db: Database, registry: Registry, subject: SubjectId) -> list[Needle]:
    """The random ids of the person and of their rows."""
    found = [_name("subject", subject)]
    async with db.reading() as unit:
        for kind in registry.about_people():
            table = kind.declaration.table
            rows = await unit.execute(sa.select(table.c.id).where(kind.declaration.concerns(subject)))
            found.extend(_name(f"{table.name}.id", row) for row in rows.scalars())
    return found


async def _sealed(unit: UnitOfWork, kind: type[Record], subject: SubjectId, *, erasable: bool) -> list[Needle]:
    declaration, found = kind.declaration, []
    for part in declaration.parts:
        column = declaration.table.c[declaration.sealed_column(part)]
        of_subject = declaration.table.c[declaration.subject_column(part)] == subject
        kept = protected(declaration, part) if erasable else sa.true()
        rows = await unit.execute(
            sa.select(column.label("value"), kept.label("kept")).where(of_subject, column.is_not(None))
        )
        for row in rows:
            what = NeedleKind.KEPT if row.kept else NeedleKind.SEALED
            found.append(Needle.exact(what, f"{declaration.name}.{column.name}", row.value))
    return found


def _clear(
    kind: type[Record],
    subject: SubjectId,
    records: Sequence[Record],
    categories: frozenset[Category] | None,
    ids: Collection[str],
) -> Iterator[Needle]:
    for field in kind.declaration.personal:
        if categories is None or field.says.category in categories:
            values = {value for record in records for value in _texts(_value(kind, field, record, subject))}
            needle = Needle.clear(f"{kind.declaration.name}.{field.name}", values.difference(ids))
            if needle is not None:
                yield needle


def _value(kind: type[Record], field: PersonalField, record: Record, subject: SubjectId) -> object:
    """The field's value, if its part of the row is this person's."""
    holder = getattr(record, kind.declaration.subject_column(field.says.part))
    return getattr(record, field.name) if holder == subject else None


def _texts(value: object) -> Iterable[str | bytes]:
    if isinstance(value, date | Enum):
        return ()  # a day and a word of ours stand in many places, and are nobody's alone
    if isinstance(value, str | bytes):
        return (value,)
    if dataclasses.is_dataclass(value):
        return tuple(text for each in dataclasses.fields(value) for text in _texts(getattr(value, each.name)))
    if isinstance(value, Mapping):
        return tuple(text for pair in value.items() for item in pair for text in _texts(item))
    if isinstance(value, list | tuple | set | frozenset):
        return tuple(text for item in value for text in _texts(item))
    return ()


def _name(column: str, value: str) -> Needle:
    return Needle(NeedleKind.NAME, column, (value.encode(), value.encode("utf-16-le")))
