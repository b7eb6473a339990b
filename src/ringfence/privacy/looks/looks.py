"""Showing values to staff, and telling the person."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, final

from ringfence.clock import Clock, day_of
from ringfence.declarations import REGISTRY, IdentifierKind, Keep, Record, Registry
from ringfence.declarations.declaration import PersonalField
from ringfence.identifiers import CaseId, ProviderId, RowId, StaffId, SubjectId, new_id
from ringfence.persistence import Database, UnitOfWork
from ringfence.privacy.ledger import Event, Fact, Ledger
from ringfence.privacy.looks.errors import LookUnknown
from ringfence.privacy.looks.reason import LookReason
from ringfence.privacy.looks.records import NEVER_SHOWN, Look
from ringfence.privacy.secrecy import Hidden
from ringfence.privacy.vault import Keyring
from ringfence.randomness import Randomness

__all__ = ["MASK", "Hiding", "Lookers", "Looks", "Outline", "Seen", "Shown"]

MASK: Final = "••••••"
"""What stands for every value that was not shown; always as long, so that it tells nothing."""
_FOUND: Final = "identifier"
"""What was looked at by whoever found a person by number, address or mail."""
_LONGEST: Final = 1_000  # characters of a note
_MOST: Final = 200  # rows at one look: a page


class Lookers(Protocol):
    """Who knows the staff."""

    async def check(self, provider: ProviderId, staff: StaffId) -> None:
        """Raises where they may not look at people's data (now), or have not accepted confidentiality."""
        ...


class Hiding(Protocol):
    """Secrecy: `privacy.secrecy.Secrecy`."""

    async def hidden_in(self, unit: UnitOfWork, provider: ProviderId, subject: SubjectId) -> Hidden: ...

    async def cover(self, unit: UnitOfWork, order: RowId, record: Record) -> None: ...


@final
@dataclass(frozen=True, slots=True)
class Outline:
    """A kind of data that is kept about a person, before anybody looked: how many rows, and masks."""

    table: str
    rows: int
    fields: Mapping[str, str]


@final
@dataclass(frozen=True, slots=True)
class Shown:
    """One row, opened; MASK where a value is never shown or another person's."""

    row: RowId
    values: Mapping[str, object] = field(repr=False)


@final
@dataclass(frozen=True, slots=True)
class Seen:
    """What the person is told of a look."""

    day: dt.date
    reason: LookReason


@final
class Looks:
    """One for all providers."""

    def __init__(
        self,
        *,
        db: Database,
        ledger: Ledger,
        keyring: Keyring,
        lookers: Lookers,
        hiding: Hiding,
        clock: Clock,
        randomness: Randomness,
        registry: Registry = REGISTRY,
    ) -> None:
        self._db = db
        self._ledger = ledger
        self._keyring = keyring
        self._lookers = lookers
        self._hiding = hiding
        self._clock = clock
        self._randomness = randomness
        self._kinds = {kind.declaration.name: kind for kind in registry.about_people() if _may_be_shown(kind)}

    # What staff see

    async def find(
        self,
        provider: ProviderId,
        staff: StaffId,
        kind: IdentifierKind,
        value: str,
        *,
        reason: LookReason,
        case: CaseId | None = None,
        note: str = "",
        under: RowId | None = None,
    ) -> SubjectId | None:
        """Who has a number, address or mail; found by the blind index, and a look like any other. Raises as `show`."""
        await self._lookers.check(provider, staff)
        subject = self._keyring.find(provider, kind, value)
        if subject is None:
            return None
        async with self._db.transaction() as unit:
            await self._note(unit, provider, staff, subject, _FOUND, reason, case, note, under)
        return subject

    async def outline(self, provider: ProviderId, staff: StaffId, subject: SubjectId) -> list[Outline]:
        """Which kinds of data there are, by table; nothing is opened, so nothing is recorded."""
        await self._lookers.check(provider, staff)
        found: list[Outline] = []
        if not self._keyring.knows(subject):
            return found
        async with self._db.reading() as unit:
            for name, kind in sorted(self._kinds.items()):
                rows = await unit.count(kind, subject=subject, provider=provider)
                if rows:
                    found.append(Outline(name, rows, masked(kind)))
        return found

    async def show(
        self,
        provider: ProviderId,
        staff: StaffId,
        subject: SubjectId,
        table: str,
        *,
        reason: LookReason,
        case: CaseId | None = None,
        note: str = "",
        under: RowId | None = None,
        rows: Sequence[RowId] | None = None,
    ) -> list[Shown]:
        """The values of a table's rows about a person (some of them, `rows`; two hundred at most).

        `note` is what the member says of it, cut at a thousand characters: it is sealed, and told to nobody.
        `under` is an order of secrecy which hides this look from the person from the start. Raises LookUnknown for a
        table that nobody may look at or in which nothing is about a person of that provider, what Lookers refuses,
        OrderUnknown, or SubjectGone.
        """
        await self._lookers.check(provider, staff)
        kind = self._kinds.get(table)
        if kind is None or not self._keyring.knows(subject):
            raise LookUnknown
        async with self._db.transaction() as unit:
            if not await unit.count(kind, subject=subject, provider=provider):
                raise LookUnknown  # a person of another provider, or nothing there: no trace of a look at nobody
            await self._note(unit, provider, staff, subject, table, reason, case, note, under)
            found = await _some(unit, kind, provider, subject, rows)
        return [Shown(row.id, _values(kind, row, subject)) for row in found]

    # What the person sees

    async def of(self, provider: ProviderId, subject: SubjectId) -> list[Seen]:
        """When somebody looked and what for, newest first; what an order keeps secret is left out."""
        async with self._db.reading() as unit:
            hidden = await self._hiding.hidden_in(unit, provider, subject)
            found = hidden.shown(await unit.select(Look, provider=provider, subject=subject))
        return [Seen(day_of(look.at), look.reason) for look in sorted(found, key=lambda look: -look.at)]

    async def _note(
        self,
        unit: UnitOfWork,
        provider: ProviderId,
        staff: StaffId,
        subject: SubjectId,
        table: str,
        reason: LookReason,
        case: CaseId | None,
        note: str,
        under: RowId | None,
    ) -> None:
        look = Look(
            id=RowId(new_id(self._randomness)),
            provider=provider,
            subject=subject,
            staff=staff,
            case=case,
            at=self._clock.time(),
            reason=reason,
            kind=table,
            note=note[:_LONGEST],
        )
        await unit.add(look)
        if under is not None:
            await self._hiding.cover(unit, under, look)
        facts: dict[str, Fact] = {"staff": staff, "table": table, "reason": reason}
        if case is not None:
            facts["case"] = case
        await self._ledger.append(unit, provider, Event.STAFF_LOOKED, subject=subject, ref=None, **facts)


async def _some(
    unit: UnitOfWork, kind: type[Record], provider: ProviderId, subject: SubjectId, rows: Sequence[RowId] | None
) -> list[Record]:
    if rows is None:
        return list(await unit.select(kind, provider=provider, subject=subject, order="id", limit=_MOST))
    wanted = list(rows)[:_MOST]
    return list(await unit.select(kind, provider=provider, subject=subject, order="id", id=wanted))


def masked(kind: type[Record]) -> dict[str, str]:
    """Every personal field of a record, masked."""
    return {each.name: MASK for each in kind.declaration.personal}


def _may_be_shown(kind: type[Record]) -> bool:
    return kind.declaration.keep is not Keep.STAFF


def _values(kind: type[Record], row: Record, subject: SubjectId) -> dict[str, object]:
    return {each.name: _value(kind, each, row, subject) for each in kind.declaration.personal}


def _value(kind: type[Record], of: PersonalField, row: Record, subject: SubjectId) -> object:
    owner = getattr(row, kind.declaration.subject_column(of.says.part))
    return getattr(row, of.name) if owner == subject and of.says.category not in NEVER_SHOWN else MASK
