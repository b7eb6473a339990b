"""What becomes of each field that is held about a person."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import final

import msgspec

from ringfence.declarations import Record

__all__ = ["Outcome", "Verdict", "pack_verdicts", "read_verdicts", "told", "verdicts_on"]


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
    secret: bool = False
    """An order forbids to tell the person; see `told`."""


def verdicts_on(
    kind: type[Record],
    rows: int,
    outcome: Outcome,
    *,
    until: dt.date | None = None,
    law: str = "",
    secret: bool = False,
) -> Iterable[Verdict]:
    """The same verdict on every field of some rows of a table."""
    for field in kind.declaration.personal:
        category = field.says.category.value
        yield Verdict(kind.declaration.name, field.name, category, outcome, rows, until, law, secret)


def told(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """What the person is told: of what an order hides, as if it were erased (Regulation (EU) 2023/1543 Art. 13).

    Verdicts that are alike then become one, so that their number tells nothing.
    """
    found: dict[tuple[object, ...], Verdict] = {}
    for each in verdicts:
        shown = replace(each, outcome=Outcome.ERASED, until=None, law="", secret=False) if each.secret else each
        key = (shown.table, shown.field, shown.outcome, shown.until, shown.law)
        same = found.get(key)
        found[key] = shown if same is None else replace(same, rows=same.rows + shown.rows)
    held = {(each.table, each.field) for each in found.values() if each.outcome is not Outcome.NOTHING_HELD}
    return [
        each
        for each in found.values()
        if each.outcome is not Outcome.NOTHING_HELD or (each.table, each.field) not in held
    ]


def pack_verdicts(verdicts: Iterable[Verdict]) -> bytes:
    return msgspec.json.encode(list(verdicts))


def read_verdicts(packed: bytes) -> list[Verdict]:
    return msgspec.json.decode(packed, type=list[Verdict])
