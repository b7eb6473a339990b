"""What becomes of each field that is held about a person."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import final

import msgspec

from ringfence.declarations import Record

__all__ = ["Outcome", "Verdict", "pack_verdicts", "read_verdicts", "verdicts_on"]


class Outcome(StrEnum):
    """Erased; or there was nothing; or it is kept, or blocked, since a law demands it."""

    ERASED = "erased"
    NOTHING_HELD = "nothing_held"
    KEPT = "kept"
    BLOCKED = "blocked"


@final
@dataclass(frozen=True, slots=True)
class Verdict:
    """One field of one table. `rows` says of how many rows.

    Of what is kept or blocked: `law` is the id of the rule (`Law.retention`, `Law.exception`), `until` the last day;
    None where it ends with a release.
    """

    table: str
    field: str
    category: str
    outcome: Outcome
    rows: int
    until: dt.date | None = None
    law: str = ""


def verdicts_on(
    kind: type[Record], rows: int, outcome: Outcome, *, until: dt.date | None = None, law: str = ""
) -> Iterable[Verdict]:
    """The same verdict on every field of some rows of a table."""
    for field in kind.declaration.personal:
        yield Verdict(kind.declaration.name, field.name, field.says.category.value, outcome, rows, until, law)


def pack_verdicts(verdicts: Iterable[Verdict]) -> bytes:
    return msgspec.json.encode(list(verdicts))


def read_verdicts(packed: bytes) -> list[Verdict]:
    return msgspec.json.decode(packed, type=list[Verdict])
