"""Who is there, masked, and what a recorded look lets through (ports `People` and `Looks`)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final, final

from ringfence.declarations import REGISTRY, Category, IdentifierKind, Keep, Record, Registry
from ringfence.identifiers import CaseId, ProviderId, RowId, SubjectId
from ringfence.persistence import Database
from ringfence.privacy.datamap import said
from ringfence.privacy.law import Law, UnknownRule
from ringfence.privacy.looks import Looks
from ringfence.privacy.requests import CaseContent, Requests
from ringfence.privacy.requests.dossier import Dossier
from ringfence.privacy.requests.records import Case
from ringfence.privacy.restriction import Restrictions
from ringfence.privacy.restriction import Stage as Standing
from ringfence.privacy.rights import ErasureRecord, Erasures, Hold, Outcome, Verdict
from ringfence.privacy.secrecy import SecrecyCover, SecrecyOrder
from ringfence.privacy.vault import Keyring
from ringfence.web.console import Glance, PersonShown, RowShown, TableShown, Verdicts, VerdictShown
from ringfence.web.look import Words

__all__ = ["ConsoleLooks", "ConsolePeople"]

_OFFICERS: Final = frozenset(kind.declaration.name for kind in (Hold, SecrecyOrder, SecrecyCover))
"""Tables that the pages of holds and of secrecy show, to officers alone."""
_CATEGORIES: Final = {category.value: category for category in Category}
_CONSOLE: Final = "ringfence.web.console"
"""Whose catalogue says what stops with an account."""
_LONGEST: Final = 2_000  # characters of a value on a page


@final
class ConsoleLooks:
    """Each look is written by `privacy.looks` before a value leaves it; a request is looked at by its own table."""

    def __init__(self, looks: Looks, requests: Requests) -> None:
        self._looks = looks
        self._requests = requests

    async def find(self, glance: Glance, kind: IdentifierKind, value: str) -> SubjectId | None:
        return await self._looks.find(
            glance.provider, glance.staff, kind, value, reason=glance.reason, case=glance.case, note=glance.note
        )

    async def rows(self, glance: Glance, subject: SubjectId, language: str) -> Sequence[RowShown]:
        del language
        found = await self._looks.show(
            glance.provider,
            glance.staff,
            subject,
            glance.table,
            reason=glance.reason,
            case=glance.case,
            note=glance.note,
        )
        return [
            RowShown(row.row, [(_called(name), _spelled(value)) for name, value in row.values.items()]) for row in found
        ]

    async def content(self, glance: Glance) -> CaseContent:
        return await self._requests.content(glance.provider, await self._seen(glance))

    async def dossier(self, glance: Glance) -> Dossier:
        return await self._requests.dossier(glance.provider, await self._seen(glance))

    async def _seen(self, glance: Glance) -> CaseId:
        case = glance.case or CaseId("")
        view = await self._requests.case(glance.provider, case)
        await self._looks.show(
            glance.provider,
            glance.staff,
            view.subject,
            Case.declaration.name,
            reason=glance.reason,
            case=case,
            note=glance.note,
            rows=[RowId(case)],
        )
        return case


@final
class ConsolePeople:
    """Counts; opens nothing."""

    def __init__(
        self,
        db: Database,
        keyring: Keyring,
        erasures: Erasures,
        restrictions: Restrictions,
        law: Law,
        registry: Registry = REGISTRY,
    ) -> None:
        self._db = db
        self._keyring = keyring
        self._erasures = erasures
        self._restrictions = restrictions
        self._law = law
        self._kinds = [kind for kind in registry.about_people() if kind.declaration.keep is not Keep.STAFF]

    async def outline(self, provider: ProviderId, subject: SubjectId, language: str) -> PersonShown | None:
        restricted = await self._restricted(provider, subject)
        async with self._db.reading() as unit:
            rows = {kind: await unit.count(kind, provider=provider, subject=subject) for kind in self._kinds}
            leaving = bool(await unit.count(ErasureRecord, provider=provider, subject=subject))
        if not any(rows.values()):
            return None
        shown = [kind for kind in self._kinds if rows[kind] and kind.declaration.name not in _OFFICERS]
        return PersonShown(
            subject=subject,
            ref=self._keyring.ledger_ref(subject) if self._keyring.knows(subject) else None,
            tables=[_table(kind, rows[kind], kind.declaration.name in restricted, language) for kind in shown],
            leaving=leaving,
        )

    async def dry_run(self, provider: ProviderId, subject: SubjectId, language: str) -> Verdicts:
        dry = await self._erasures.dry_run(provider, subject)
        words = Words(_CONSOLE, language)
        return Verdicts(self._verdicts(dry.verdicts, language), [words(f"stops.{key}") for key in dry.stops])

    async def _restricted(self, provider: ProviderId, subject: SubjectId) -> frozenset[str]:
        found = await self._restrictions.of(provider, subject)
        return frozenset(table for each in found if each.stage is not Standing.LIFTED for table in each.tables)

    def _verdicts(self, verdicts: Sequence[Verdict], language: str) -> list[VerdictShown]:
        """Once for each kind of data, fate, day and law."""
        found: dict[tuple[str, Outcome, dt.date | None, str], int] = {}
        for each in verdicts:
            if each.rows:
                key = (each.category, each.outcome, each.until, each.law)
                found[key] = max(found.get(key, 0), each.rows)
        return [
            VerdictShown(said(_CATEGORIES[category], language), rows, outcome.value, until, self._article(law))
            for (category, outcome, until, law), rows in found.items()
        ]

    def _article(self, rule: str) -> str:
        """The article, where the tables know the rule; else the name under which evidence speaks of it."""
        for find in (self._law.retention, self._law.exception):
            try:
                return find(rule).article
            except UnknownRule:
                continue
        return rule


def _table(kind: type[Record], rows: int, restricted: bool, language: str) -> TableShown:
    categories = dict.fromkeys(field.says.category for field in kind.declaration.personal)
    keep = kind.declaration.keep
    return TableShown(
        name=kind.declaration.name,
        what=[said(category, language) for category in categories],
        until="" if keep is None else said(keep, language),
        rows=rows,
        restricted=restricted,
    )


def _called(field: str) -> str:
    return field.replace("_", " ")


def _spelled(value: object) -> str:
    """A value as text; what is binary is told by its length."""
    if isinstance(value, bytes):
        return f"{len(value)} B"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Mapping):
        return "\n".join(f"{name}: {_spelled(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_spelled(each) for each in value)
    return "" if value is None else str(value)[:_LONGEST]
