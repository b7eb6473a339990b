"""What a sentence can speak of: it is said where its topic has something to it, and is bound to that (ACR-03)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import final

from ringfence.declarations import Basis, Category, Medium, Purpose
from ringfence.privacy.datamap import Entry, EntryKind
from ringfence.privacy.notices.activity import ACTIVITY_OF, Activity
from ringfence.privacy.notices.policy import ProviderPolicy
from ringfence.privacy.promises import promises

__all__ = [
    "Ground",
    "Topic",
    "all_data",
    "article",
    "both",
    "does",
    "holds",
    "lacks",
    "name_of",
    "names_of",
    "offers",
    "passes",
    "promise",
    "rests_on",
    "setting",
]


@final
@dataclass(frozen=True)
class Ground:
    """What an installation does and what its provider's policy says: all that there is to speak of.

    Names: `table.field` and `flow` as in the data map, `policy.setting`, `offer.purpose`, `promise.id`, `gdpr.article`.
    """

    entries: Sequence[Entry]
    """The data map but for flows that name nobody."""
    policy: ProviderPolicy

    @cached_property
    def data(self) -> frozenset[str]:
        """Each datum: every one of them needs its sentence."""
        return frozenset(name_of(entry) for entry in self.entries)

    @cached_property
    def names(self) -> frozenset[str]:
        """All that a sentence may be bound to."""
        kept = {f"promise.{code}" for code in _promised()}
        offered = {f"offer.{purpose.value}" for purpose in self.policy.offers}
        told = {f"policy.{setting}" for setting in self.policy.__dataclass_fields__}
        return self.data | kept | offered | told | {f"gdpr.{number}" for number in range(1, 100)}


Topic = Callable[[Ground], tuple[str, ...]]
"""The names that a sentence is bound to; none, and it is not said."""


def name_of(entry: Entry) -> str:
    """How a datum is called."""
    return entry.table if entry.kind is EntryKind.FLOW else f"{entry.table}.{entry.field}"


def all_data(ground: Ground) -> tuple[str, ...]:
    """Everything that is kept or passes."""
    return names_of(ground.entries)


def holds(category: Category) -> Topic:
    """Columns of that kind of datum."""
    return lambda ground: names_of(
        entry for entry in ground.entries if entry.category is category and entry.kind is EntryKind.COLUMN
    )


def passes(medium: Medium) -> Topic:
    """Flows by that medium."""
    return lambda ground: names_of(
        entry for entry in ground.entries if entry.kind is EntryKind.FLOW and entry.field == medium.value
    )


def rests_on(basis: Basis) -> Topic:
    """Data whose purpose has that lawful basis."""
    return lambda ground: names_of(entry for entry in ground.entries if entry.purpose.basis is basis)


def does(activity: Activity) -> Topic:
    """Data of that activity."""
    return lambda ground: names_of(entry for entry in ground.entries if ACTIVITY_OF[entry.purpose] is activity)


def setting(name: str) -> Topic:
    """A setting of the policy that is there."""
    return lambda ground: (f"policy.{name}",) if getattr(ground.policy, name) else ()


def lacks(name: str) -> Topic:
    """A setting of the policy that is not there."""
    return lambda ground: () if getattr(ground.policy, name) else (f"policy.{name}",)


def offers(purpose: Purpose | None = None) -> Topic:
    """That purpose as a choice; without one, any choice."""
    return lambda ground: tuple(f"offer.{each.value}" for each in ground.policy.offers if purpose in {None, each})


def promise(code: str) -> Topic:
    """How the server behaves; tests show it."""
    return lambda _: (f"promise.{code}",)


def article(number: int) -> Topic:
    """An article of the GDPR."""
    return lambda _: (f"gdpr.{number}",)


def both(*topics: Topic) -> Topic:
    """All of them, or none."""

    def bound(ground: Ground) -> tuple[str, ...]:
        found = [topic(ground) for topic in topics]
        return tuple(name for names in found for name in names) if all(found) else ()

    return bound


@cache
def _promised() -> frozenset[str]:
    return frozenset(each.id for each in promises())


def names_of(entries: Iterable[Entry]) -> tuple[str, ...]:
    """What the entries are called, each once."""
    return tuple(dict.fromkeys(map(name_of, entries)))
