"""Records: the only way to have a table."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import ClassVar, dataclass_transform, final

from ringfence.declarations.declaration import NEWER, Declaration, check_annotations, read_fields
from ringfence.declarations.errors import MissingDefault, NumberTaken, TableTaken
from ringfence.declarations.fields import DECLARED, MAIN, Personal, personal, technical
from ringfence.declarations.flow import FLOWS, Flows
from ringfence.declarations.tables import GuardedMetaData, build_table
from ringfence.declarations.vocabulary import Keep
from ringfence.identifiers import ProviderId, RowId, SubjectId

__all__ = ["REGISTRY", "Kept", "Record", "Registry", "TechnicalRecord"]

_NOTHING_NEWER: Mapping[str, Mapping[int, object]] = {}


@final
class Registry:
    """Every record and flow that was declared; from it everything else is derived."""

    def __init__(self, flows: Flows | None = None) -> None:
        self.metadata = GuardedMetaData()
        self.flows = Flows() if flows is None else flows
        self._kinds: dict[str, type[Kept]] = {}
        self._numbers: dict[int, str] = {}

    def reserve(self, table: str, number: int) -> None:
        """Take a table name and number; raises when either is taken."""
        if table in self._kinds:
            raise TableTaken(table=table)
        if number < 1 or self._numbers.setdefault(number, table) != table:
            raise NumberTaken(table=table, number=number)

    def add(self, kind: "type[Kept]") -> None:
        self._kinds[kind.declaration.name] = kind

    def __iter__(self) -> "Iterator[type[Kept]]":
        """All record classes, by table number."""
        return iter(sorted(self._kinds.values(), key=lambda kind: kind.declaration.number))

    def about_people(self) -> "Iterator[type[Record]]":
        """The record classes whose rows belong to a subject, by table number."""
        return (kind for kind in self if issubclass(kind, Record))

    def __getitem__(self, table: str) -> "type[Kept]":
        return self._kinds[table]

    def __len__(self) -> int:
        return len(self._kinds)


REGISTRY = Registry(FLOWS)


@dataclass_transform(
    kw_only_default=True, frozen_default=True, field_specifiers=(personal, technical, dataclasses.field)
)
class Kept:
    """Root of everything that has a table; subclass `Record` or `TechnicalRecord`, not this."""

    declaration: ClassVar[Declaration]

    def __init_subclass__(
        cls,
        *,
        table: str | None = None,
        number: int = 0,
        keep: Keep | None = None,
        parts: tuple[str, ...] = (),
        unique: tuple[tuple[str, ...], ...] = (),
        index: tuple[tuple[str, ...], ...] = (),
        registry: Registry = REGISTRY,
    ) -> None:
        """Turn the class into a frozen dataclass and, when it names a `table`, declare that table."""
        super().__init_subclass__()
        check_annotations(cls, table or cls.__name__)
        dataclasses.dataclass(frozen=True, kw_only=True, repr=False)(cls)
        if table is None:
            return
        about_people = issubclass(cls, Record)
        if about_people and keep is None:
            raise MissingDefault(table=table, argument="keep")
        registry.reserve(table, number)
        sealed = (MAIN, *parts) if about_people else ()
        technicals, personals = read_fields(cls, table, sealed, about_people=about_people)
        if about_people:
            # with the id, so that one person's rows are read page by page without sorting them all for each
            index = (("subject", "id"), ("due",), *((part, "id") for part in parts), *index)
        built = build_table(registry.metadata, table, technicals, sealed, unique, index)
        cls.declaration = Declaration(table, number, keep, technicals, personals, sealed, about_people, built)
        registry.add(cls)

    def __repr__(self) -> str:
        """The record without its personal values, fit for a log."""
        shown = []
        for field in dataclasses.fields(self):  # type: ignore[arg-type]  # every subclass is a dataclass
            if field.name != NEWER:
                hidden = isinstance(field.metadata[DECLARED], Personal)
                shown.append(f"{field.name}={'…' if hidden else repr(getattr(self, field.name))}")
        return f"{type(self).__name__}({', '.join(shown)})"


class TechnicalRecord(Kept):
    """A row that belongs to no person: the kernel's own tables."""

    id: RowId = technical("names the row")


class Record(Kept):
    """A row that belongs to one person (or to two, see `parts`).

    `parts=("caller",)` adds a sealed part for a second person: the record then has a technical field
    `caller: SubjectId | None`, that person's fields say `part="caller"`, and every personal field has a default, which
    is what a reader sees once its person has gone.
    """

    id: RowId = technical("names the row")
    provider: ProviderId = technical("whose customer it is; bound into the sealed part")
    subject: SubjectId = technical("whose row it is; random, resolved by the keyring alone")
    due: float | None = technical(
        "when the row must be gone at the latest (epoch seconds); None: when the state that keeps it ends",
        reviewed="set by the retention class; moves only in the steps that the class allows",
        default=None,
    )
    newer: Mapping[str, Mapping[int, object]] = dataclasses.field(
        default_factory=lambda: _NOTHING_NEWER, repr=False, compare=False, kw_only=True
    )
    """What a newer release sealed into this row, by part and tag; handed on unread when the row is written again."""
