"""The data map as an edition keeps it: in stable codes, so that it can be compared when the code has moved on."""

from dataclasses import dataclass
from typing import final

from ringfence.clock import DAY
from ringfence.declarations import Keep, Registry
from ringfence.privacy.datamap import Entry, EntryKind, entries
from ringfence.privacy.notices.policy import ProviderPolicy
from ringfence.privacy.notices.topic import name_of

__all__ = ["Line", "snapshot"]


@final
@dataclass(frozen=True, slots=True)
class Line:
    """One entry of the data map.

    `keep` is a `Keep`'s code and `seconds` its longest term under the policy of that day (None: as long as a state
    lasts); both are empty for a flow, of which nothing rests in a table.
    """

    name: str
    kind: str
    category: str
    purpose: str
    basis: str
    source: str
    receivers: tuple[str, ...]
    keep: str = ""
    seconds: float | None = None


def snapshot(registry: Registry, policy: ProviderPolicy) -> tuple[Line, ...]:
    """All entries about people."""
    keeps = {kind.declaration.name: kind.declaration.keep for kind in registry.about_people()}
    return tuple(_line(entry, keeps.get(entry.table), policy) for entry in entries(registry) if entry.category)


def _line(entry: Entry, keep: Keep | None, policy: ProviderPolicy) -> Line:
    rests = keep if entry.kind is EntryKind.COLUMN else None
    return Line(
        name=name_of(entry),
        kind=entry.kind.value,
        category=entry.category.value if entry.category else "",
        purpose=entry.purpose.value,
        basis=entry.purpose.basis.value,
        source=entry.source.value,
        receivers=tuple(role.value for role in entry.recipients) if entry.kind is EntryKind.FLOW else (),
        keep=rests.code if rests else "",
        seconds=_seconds(rests, policy) if rests else None,
    )


def _seconds(keep: Keep, policy: ProviderPolicy) -> float | None:
    return policy.reachable_days * DAY if keep is Keep.WHILE_REACHABLE else keep.seconds
