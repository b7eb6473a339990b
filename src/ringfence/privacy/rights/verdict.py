"""What becomes of each field that is held about a person."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import final

import msgspec

from ringfence.declarations import Record, Registry
from ringfence.identifiers import SubjectId
from ringfence.persistence import UnitOfWork

__all__ = ["Outcome", "Verdict", "pack_verdicts", "read_verdicts", "verdicts_of"]


class Outcome(StrEnum):
    """Erased, or there was nothing."""

    ERASED = "erased"
    NOTHING_HELD = "nothing_held"


@final
@dataclass(frozen=True, slots=True)
class Verdict:
    """One field of one table. `rows` says of how many rows."""

    table: str
    field: str
    category: str
    outcome: Outcome
    rows: int


async def verdicts_of(unit: UnitOfWork, registry: Registry, subject: SubjectId) -> list[Verdict]:
    """The verdict on every declared personal field, whether the person has a row there or not."""
    found: list[Verdict] = []
    for kind in registry.about_people():
        found.extend(_of_table(kind, await unit.count(kind, subject=subject)))
    return found


def _of_table(kind: type[Record], rows: int) -> Iterable[Verdict]:
    outcome = Outcome.ERASED if rows else Outcome.NOTHING_HELD
    for field in kind.declaration.personal:
        yield Verdict(kind.declaration.name, field.name, field.says.category.value, outcome, rows)


def pack_verdicts(verdicts: Iterable[Verdict]) -> bytes:
    return msgspec.json.encode(list(verdicts))


def read_verdicts(packed: bytes) -> list[Verdict]:
    return msgspec.json.decode(packed, type=list[Verdict])
