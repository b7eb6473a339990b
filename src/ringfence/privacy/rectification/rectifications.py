"""Correcting what is kept about a person."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Final, final

import msgspec

from ringfence.clock import Clock, day_of
from ringfence.declarations import REGISTRY, Category, Keep, Record, Registry, Source
from ringfence.declarations.declaration import PersonalField
from ringfence.identifiers import CaseId, ProviderId, RowId, StaffId, SubjectId, new_id
from ringfence.persistence import Database, Guard, Storage, UnitOfWork
from ringfence.privacy.ledger import Event, Fact, Ledger
from ringfence.privacy.rectification.errors import RectificationRefused
from ringfence.privacy.rectification.outbox import Outbox
from ringfence.privacy.rectification.ports import Correctable, Corrected
from ringfence.privacy.rectification.records import Correction, Superseded
from ringfence.privacy.rights import Blocking, Statutes, day_after
from ringfence.privacy.vault import Use, opened_for
from ringfence.randomness import Randomness

__all__ = ["Rectifications"]

_ENTERED: Final = frozenset({Source.PERSON, Source.DEVICE})
_EVIDENCE: Final = frozenset({Keep.EVIDENCE, Keep.LOOK, Keep.DISCLOSURE, Keep.REQUEST})
"""What shows that something happened: an error in it is put right by a note, never by writing over it."""
_IDENTITY: Final = frozenset({Category.SIP_ADDRESS, Category.AUTH_USER, Category.CUSTOMER_NUMBER})
"""What leads to the person: another one is another enrolment."""
_LONGEST: Final = 2_000  # characters of a value


@final
class Rectifications:
    """`correctables` are what people change themselves; `services` hear of each change."""

    def __init__(
        self,
        *,
        db: Database,
        ledger: Ledger,
        outbox: Outbox,
        statutes: Statutes,
        correctables: Sequence[Correctable],
        services: Sequence[Corrected],
        clock: Clock,
        randomness: Randomness,
        registry: Registry = REGISTRY,
    ) -> None:
        self._db = db
        self._ledger = ledger
        self._outbox = outbox
        self._statutes = statutes
        self._own = {(each.kind.declaration.name, each.field): each for each in correctables}
        self._services = tuple(services)
        self._clock = clock
        self._randomness = randomness
        self._registry = registry
        self._check_own()

    def own_fields(self) -> list[tuple[str, str]]:
        """What people may correct themselves, as (table, field)."""
        return sorted(self._own)

    def fields(self) -> list[tuple[type[Record], PersonalField]]:
        """What an officer may correct by request."""
        return [
            (kind, declared)
            for kind in self._registry.about_people()
            for declared in kind.declaration.personal
            if _may_be_corrected(kind, declared)
        ]

    async def correct_own(
        self, provider: ProviderId, subject: SubjectId, *, table: str, row: RowId, field: str, value: str
    ) -> None:
        """The person corrects what they entered. Raises RectificationRefused, SubjectGone."""
        own = self._own.get((table, field))
        if own is None:
            raise RectificationRefused(reason="not_yours")
        try:
            checked = own.check(value)
        except ValueError:
            raise RectificationRefused(reason="value") from None
        await self._change(provider, subject, own.kind, row, field, checked, staff=None, case=None)

    async def correct(
        self,
        provider: ProviderId,
        subject: SubjectId,
        staff: StaffId,
        *,
        case: CaseId | None,
        table: str,
        row: RowId,
        field: str,
        value: object,
    ) -> None:
        """An officer corrects or completes by request, also what is restricted.

        `value` is JSON; the field's type decides. The same again changes nothing and tells nobody. Raises
        RectificationRefused, SubjectGone.
        """
        kind, declared = self._declared(table, field)
        try:
            checked = msgspec.convert(value, declared.type, strict=True)
        except msgspec.ValidationError:
            raise RectificationRefused(reason="value") from None
        if isinstance(checked, str) and len(checked) > _LONGEST:
            raise RectificationRefused(reason="value")
        await self._change(provider, subject, kind, row, field, checked, staff=staff, case=case)

    async def made_for(self, provider: ProviderId, subject: SubjectId, case: CaseId) -> int:
        """How many corrections were made for a request: none, and it can't be answered that something was done."""
        async with self._db.reading() as unit:
            return await unit.count(Correction, provider=provider, subject=subject, case=case)

    def _check_own(self) -> None:
        """Whoever joins the application can't let people rewrite what they never entered."""
        for table, name in self._own:
            _, declared = self._declared(table, name)
            if declared.says.source not in _ENTERED:
                raise RectificationRefused(reason="not_yours", table=table, field=name)

    def _declared(self, table: str, field: str) -> tuple[type[Record], PersonalField]:
        for kind in self._registry.about_people():
            for declared in kind.declaration.personal if kind.declaration.name == table else ():
                if declared.name == field:
                    _refuse_what_is_not_corrected(kind, declared)
                    return kind, declared
        raise RectificationRefused(reason="no_such_row")

    async def _change(
        self,
        provider: ProviderId,
        subject: SubjectId,
        kind: type[Record],
        row: RowId,
        field: str,
        value: object,
        *,
        staff: StaffId | None,
        case: CaseId | None,
    ) -> None:
        table = kind.declaration.name
        with opened_for(Use.CONSENT):  # who asks for a correction wants it made, also of what is restricted meanwhile
            async with self._db.transaction() as unit:
                found = await unit.get(kind, row)
                if found is None or (found.provider, found.subject) != (provider, subject):
                    raise RectificationRefused(reason="no_such_row")
                before = getattr(found, field)
                if before == value:
                    return
                await unit.replace(_with(found, field, value))
                await self._block(unit, found, field, before)
                category = next(each.says.category for each in kind.declaration.personal if each.name == field)
                made = self._correction(provider, subject, case, table, field)
                await unit.add(made)
                origin = made.id if case is None else RowId(case)
                await self._outbox.rectified(unit, provider, subject, origin, [(table, category)])
                facts: Mapping[str, Fact | None] = {"table": table, "staff": staff, "case": case}
                known = {name: fact for name, fact in facts.items() if fact is not None}
                await self._ledger.append(unit, provider, Event.RECTIFIED, subject=subject, ref=None, **known)
        for service in self._services:
            await service.rectified(subject, table, row)

    def _correction(
        self, provider: ProviderId, subject: SubjectId, case: CaseId | None, table: str, field: str
    ) -> Correction:
        return Correction(
            id=RowId(new_id(self._randomness)),
            provider=provider,
            subject=subject,
            case=case,
            table=table,
            field=field,
            at=self._clock.time(),
        )

    async def _block(self, unit: UnitOfWork, found: Record, field: str, before: object) -> None:
        """Keep the value that was wrong, for courts and authorities alone, where the country wants that."""
        blocking = self._statutes.blocks(found.provider, day_of(self._clock.time()))
        if blocking is None:
            return
        copy = Superseded(
            id=RowId(new_id(self._randomness)),
            provider=found.provider,
            subject=found.subject,
            table=found.declaration.name,
            row=found.id,
            field=field,
            before=msgspec.json.encode(before),
        )
        await unit.guard(_guard_of(copy, blocking))
        await unit.add(copy)


def _may_be_corrected(kind: type[Record], declared: PersonalField) -> bool:
    try:
        _refuse_what_is_not_corrected(kind, declared)
    except RectificationRefused:
        return False
    return kind.declaration.keep is not Keep.STAFF


def _refuse_what_is_not_corrected(kind: type[Record], declared: PersonalField) -> None:
    if declared.says.works_like_a_password:
        raise RectificationRefused(reason="secret")
    if kind.declaration.keep in _EVIDENCE:
        raise RectificationRefused(reason="evidence")
    if declared.says.category in _IDENTITY:
        raise RectificationRefused(reason="identity")


def _with(record: Record, field: str, value: Any) -> Record:
    """The record with another value of the type that the field declares."""
    return dataclasses.replace(record, **{field: value})


def _guard_of(copy: Superseded, blocking: Blocking) -> Guard:
    return Guard(
        id=RowId(f"{copy.id}.{copy.declaration.number}"),
        provider=copy.provider,
        subject=copy.subject,
        table_number=copy.declaration.number,
        row=copy.id,
        storage=Storage.BLOCKED,
        protects=True,
        ends=True,
        until=day_after(blocking.until),
        origin=copy.id,
        law=blocking.law,
    )
