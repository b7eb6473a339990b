"""What stays of a person who is erased, and under which law: decided before the first key goes.

rows of a class that survives (invoices)      kept, each until its own day
rows under a guard (hold, restriction)        kept, until the guard ends
blockable classes, where the country blocks   blocked, until liability is prescribed
everything else                               erased
"""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, final

import msgspec
import sqlalchemy as sa

from ringfence.clock import DAY, day_of
from ringfence.declarations import Keep, Record, Registry
from ringfence.identifiers import ProviderId, RowId, SubjectId
from ringfence.persistence import EVERY_TABLE, Guard, Storage, UnitOfWork
from ringfence.privacy.law import Law
from ringfence.privacy.rights.records import Hold
from ringfence.privacy.rights.verdict import Outcome, Verdict, verdicts_on
from ringfence.privacy.vault import KeptClass

__all__ = [
    "Blocking",
    "CountryStatutes",
    "NoStatutes",
    "Statutes",
    "Staying",
    "blocking_guards",
    "day_after",
    "kept_classes",
    "pack_keeps",
    "read_keeps",
    "secret_origins",
    "staying",
    "verdicts_of",
]


@final
@dataclass(frozen=True, slots=True)
class Blocking:
    """A country's rule that erased data is blocked first. `until` is the last day, `law` the rule's id."""

    until: dt.date
    law: str


class Statutes(Protocol):
    """What the law of a provider's country says about erasing."""

    def keeps(self, provider: ProviderId, keep: Keep) -> str:
        """The id of the rule under which a class that survives is kept."""
        ...

    def blocks(self, provider: ProviderId, day: dt.date) -> Blocking | None:
        """What is to be blocked on that day, if the country knows it."""
        ...


@final
class NoStatutes:
    """For installations without a provider: the exception of Art. 17(3)(b) by its name."""

    def keeps(self, provider: ProviderId, keep: Keep) -> str:
        del provider, keep
        return "17-3-b"

    def blocks(self, provider: ProviderId, day: dt.date) -> Blocking | None:
        del provider, day
        return None


@final
class CountryStatutes:
    """From the tables of the law. `countries` gives each provider's (ISO 3166-1 alpha-2)."""

    def __init__(self, law: Law, countries: Mapping[ProviderId, str]) -> None:
        self._law = law
        self._countries = dict(countries)

    def keeps(self, provider: ProviderId, keep: Keep) -> str:
        country = self._countries.get(provider)
        return self._law.country(country).invoice.id if country and keep is Keep.INVOICE else "17-3-b"

    def blocks(self, provider: ProviderId, day: dt.date) -> Blocking | None:
        country = self._countries.get(provider)
        rule = self._law.country(country, day).blocking if country else None
        return None if rule is None else Blocking(rule.until(day), rule.id)


@final
@dataclass(frozen=True, slots=True)
class Staying:
    """Rows of a table that stay. `until` is the last day; None where a release ends it."""

    kind: type[Record]
    rows: int
    storage: Storage
    until: dt.date | None
    law: str
    secret: bool = False

    @property
    def kept(self) -> KeptClass:
        keep = self.kind.declaration.keep
        assert keep is not None  # noqa: S101 - records about people always have one
        return KeptClass.of(keep, self.storage, self.until)


def day_after(day: dt.date) -> float:
    """The instant at which the last day has ended everywhere west of Greenwich, too: noon (UTC) of the day after."""
    return (day - dt.date(1970, 1, 1)).days * DAY + 1.5 * DAY


async def staying(
    unit: UnitOfWork, registry: Registry, subject: SubjectId, law_of: Mapping[Keep, str]
) -> list[Staying]:
    """What stays of the person as things are: classes that survive, and what guards protect."""
    guards = [each for each in await unit.select(Guard, subject=subject, released=False) if each.protects]
    secret = await secret_origins(unit, subject) if guards else set()
    found: list[Staying] = []
    for kind in registry.about_people():
        keep = kind.declaration.keep
        assert keep is not None  # noqa: S101 - records about people always have one
        if keep.survives:
            found.extend(await _surviving(unit, kind, subject, law_of.get(keep, "")))
        else:
            found.extend(await _guarded(unit, kind, subject, guards, secret))
    return found


async def verdicts_of(
    unit: UnitOfWork,
    registry: Registry,
    subject: SubjectId,
    law_of: Mapping[Keep, str],
    blocking: Blocking | None = None,
) -> list[Verdict]:
    """The verdict on every declared personal field, whether the person has a row there or not.

    `blocking` is what would be blocked if the person were erased now; afterwards guards say so.
    """
    stays = await staying(unit, registry, subject, law_of)
    verdicts: list[Verdict] = []
    for kind in registry.about_people():
        rows = await unit.count(kind, subject=subject)
        of_kind = [each for each in stays if each.kind is kind]
        rest = max(0, rows - sum(each.rows for each in of_kind))
        for each in of_kind:
            outcome = Outcome.BLOCKED if each.storage is Storage.BLOCKED else Outcome.KEPT
            verdicts.extend(verdicts_on(kind, each.rows, outcome, until=each.until, law=each.law, secret=each.secret))
        if rest and blocking is not None and _blockable(kind):
            verdicts.extend(verdicts_on(kind, rest, Outcome.BLOCKED, until=blocking.until, law=blocking.law))
        elif rest or not of_kind:
            verdicts.extend(verdicts_on(kind, rest, Outcome.ERASED if rest else Outcome.NOTHING_HELD))
    return verdicts


def blocking_guards(
    registry: Registry, provider: ProviderId, subject: SubjectId, erasure: RowId, blocking: Blocking
) -> Iterator[Guard]:
    """The guards that make it so: one for each table whose class can be blocked."""
    for kind in registry.about_people():
        if _blockable(kind):
            yield Guard(
                id=RowId(f"{erasure}.{kind.declaration.number}"),
                provider=provider,
                subject=subject,
                table_number=kind.declaration.number,
                storage=Storage.BLOCKED,
                protects=True,
                ends=True,
                until=day_after(blocking.until),
                origin=erasure,
                law=blocking.law,
            )


def kept_classes(stays: Sequence[Staying]) -> tuple[KeptClass, ...]:
    """The classes of keys that stay, each until the last of its rows ends."""
    found: dict[str, dt.date | None] = {}
    for each in stays:
        name, until = each.kept.name, each.until
        known = found.get(name, dt.date.min)
        found[name] = None if until is None or known is None else max(until, known)
    return tuple(KeptClass(name, until) for name, until in sorted(found.items()))


def pack_keeps(kept: Sequence[KeptClass]) -> bytes:
    return msgspec.json.encode([(each.name, each.until) for each in kept])


def read_keeps(packed: bytes | None) -> tuple[KeptClass, ...]:
    pairs = msgspec.json.decode(packed, type=list[tuple[str, dt.date | None]]) if packed else []
    return tuple(KeptClass(name, until) for name, until in pairs)


async def secret_origins(unit: UnitOfWork, subject: SubjectId) -> set[RowId]:
    """The holds on a person that an order forbids to tell of; also those that are put away."""
    table = Hold.declaration.table
    found = await unit.execute(sa.select(table.c.id).where(table.c.subject == subject, table.c.secret))
    return set(found.scalars())


def _blockable(kind: type[Record]) -> bool:
    return kind.declaration.keep is not None and kind.declaration.keep.blockable


async def _surviving(unit: UnitOfWork, kind: type[Record], subject: SubjectId, law: str) -> list[Staying]:
    table = kind.declaration.table
    counted = sa.select(sa.func.count().label("rows"), sa.func.max(table.c.due).label("due"))
    found = (await unit.execute(counted.where(kind.declaration.concerns(subject), table.c.due.is_not(None)))).one()
    until = day_of(found.due - 1.5 * DAY) if found.rows else None
    return [Staying(kind, found.rows, Storage.IN_USE, until, law)] if found.rows else []


async def _guarded(
    unit: UnitOfWork, kind: type[Record], subject: SubjectId, guards: Sequence[Guard], secret: Collection[RowId]
) -> list[Staying]:
    covering = [each for each in guards if each.table_number in {EVERY_TABLE, kind.declaration.number}]
    if not covering:
        return []
    whole = [each for each in covering if each.row is None]
    single = {each.row: each for each in covering if each.row is not None}
    if whole:
        rows = await unit.count(kind, subject=subject)
        return [_under(kind, rows, whole, secret)] if rows else []
    there = await unit.count(kind, subject=subject, id=list(single))
    return [_under(kind, there, list(single.values()), secret)] if there else []


def _under(kind: type[Record], rows: int, guards: Sequence[Guard], secret: Collection[RowId]) -> Staying:
    """What the strictest guard says; the last one to end says until when. It is secret if all of them are."""
    open_ones = [each for each in guards if each.origin not in secret]
    guards, hidden = open_ones or guards, not open_ones
    strictest = max(guards, key=lambda each: each.storage)
    last = None if any(each.until is None for each in guards) else max(each.until or 0.0 for each in guards)
    until = None if last is None else day_of(last - 1.5 * DAY)
    storage = Storage(strictest.storage)
    return Staying(kind, rows, Storage.HELD if storage is Storage.IN_USE else storage, until, strictest.law, hidden)
