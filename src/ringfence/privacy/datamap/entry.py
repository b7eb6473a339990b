"""The entries of the data map, as values."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from ringfence.declarations import REGISTRY, Category, Flow, Purpose, Registry, Role, Source
from ringfence.declarations.declaration import Declaration, PersonalField

__all__ = ["Entry", "EntryKind", "TechnicalColumn", "entries", "technical_columns"]


class EntryKind(Enum):
    """Whether a datum rests in a table or is on its way."""

    COLUMN = "column"
    FLOW = "flow"


@dataclass(frozen=True, slots=True)
class Entry:
    """A datum. A flow's `table` is its name and its `field` the medium; one that names nobody has no category."""

    kind: EntryKind
    table: str
    field: str
    category: Category | None
    purpose: Purpose
    source: Source
    retention: str
    recipients: tuple[Role, ...]
    """Who receives data of this category, by the declared flows."""


@dataclass(frozen=True, slots=True)
class TechnicalColumn:
    """A plain column."""

    table: str
    field: str
    about_people: bool
    """Whether its rows belong to persons; if not, they are the kernel's own."""
    why: str
    reviewed: str | None
    """Why its open type holds nothing personal; None where the type itself is closed."""


def entries(registry: Registry = REGISTRY) -> list[Entry]:
    """All entries: tables by number with fields in declared order, then flows by name."""
    recipients = _recipients(registry)
    found = [entry for kind in registry.about_people() for entry in _of_table(kind.declaration, recipients)]
    found += [entry for flow in sorted(registry.flows, key=lambda flow: flow.name) for entry in _of_flow(flow)]
    return found


def technical_columns(registry: Registry = REGISTRY) -> list[TechnicalColumn]:
    """What stands in the clear, table by table."""
    declarations = [kind.declaration for kind in registry]
    return [
        TechnicalColumn(table.name, field.name, table.about_people, field.says.why, field.says.reviewed)
        for table in declarations
        for field in table.technical
    ]


def _of_table(declaration: Declaration, recipients: dict[Category, tuple[Role, ...]]) -> Iterator[Entry]:
    retention = "" if declaration.keep is None else declaration.keep.sentence
    for field in declaration.personal:
        yield _of_field(declaration.name, field, retention, recipients.get(field.says.category, ()))


def _of_field(table: str, field: PersonalField, retention: str, recipients: tuple[Role, ...]) -> Entry:
    says = field.says
    return Entry(EntryKind.COLUMN, table, field.name, says.category, says.purpose, says.source, retention, recipients)


def _of_flow(flow: Flow) -> Iterator[Entry]:
    for category in flow.carries or (None,):
        yield Entry(
            EntryKind.FLOW, flow.name, flow.medium.value, category, flow.purpose, flow.source, flow.rests, (flow.to,)
        )


def _recipients(registry: Registry) -> dict[Category, tuple[Role, ...]]:
    found: dict[Category, set[Role]] = {}
    for flow in registry.flows:
        for category in flow.carries:
            found.setdefault(category, set()).add(flow.to)
    return {category: tuple(sorted(roles, key=lambda role: role.value)) for category, roles in found.items()}
