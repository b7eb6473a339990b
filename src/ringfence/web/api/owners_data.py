"""All that is kept on one person, derived from the declarations: a new record needs no line here.

A row about two people gives out the asking person's part only; the other's is theirs. Secrets that work like a password
are named and not shown: whoever got hold of a device's token could otherwise take the whole SIP account with it.
"""

import base64
from collections.abc import Mapping
from enum import Enum
from typing import Final, final

import msgspec

from ringfence.declarations import REGISTRY, Category, Record, Registry
from ringfence.declarations.declaration import PersonalField
from ringfence.identifiers import ProviderId, SubjectId
from ringfence.persistence import Database
from ringfence.privacy.ledger import Event
from ringfence.services.enrolment import Ledger

__all__ = ["RecordedData"]

_SECRETS: Final = frozenset({Category.SIP_CREDENTIAL, Category.DEVICE_SECRET})
WITHHELD: Final = "kept; not shown, since it works like a password"


@final
class RecordedData:
    """Implements `OwnersData` over the registry."""

    def __init__(self, db: Database, ledger: Ledger, registry: Registry = REGISTRY) -> None:
        self._db = db
        self._ledger = ledger
        self._registry = registry

    async def of(self, provider: ProviderId, subject: SubjectId) -> Mapping[str, object]:
        """By table: why and how long, what each field is, and the rows. Recorded in the ledger as given out."""
        tables: dict[str, object] = {}
        count = 0
        async with self._db.transaction() as unit:
            for kind in self._registry.about_people():
                rows = await unit.select(kind, subject=subject)
                if rows:
                    tables[kind.declaration.name] = _table(kind, rows, subject)
                    count += len(rows)
            await self._ledger.append(unit, provider, Event.EXPORT_MADE, subject=subject, count=count)
        return {"subject": subject, "provider": provider, "tables": tables}


def _table(kind: type[Record], rows: list[Record], subject: SubjectId) -> dict[str, object]:
    declaration = kind.declaration
    return {
        "kept": declaration.keep.sentence if declaration.keep else "",
        "fields": {field.name: _about(field) for field in declaration.personal},
        "rows": [_row(row, subject) for row in rows],
    }


def _about(field: PersonalField) -> dict[str, str]:
    says = field.says
    return {
        "what": says.category.sentence,
        "why": says.purpose.sentence,
        "basis": says.purpose.basis.sentence,
        "source": says.source.sentence,
    }


def _row(row: Record, subject: SubjectId) -> dict[str, object]:
    declaration = row.declaration
    mine = {part for part in declaration.parts if getattr(row, declaration.subject_column(part)) == subject}
    shown: dict[str, object] = {"id": row.id, "until": row.due}
    for field in declaration.personal:
        if field.says.part in mine:
            value = getattr(row, field.name)
            shown[field.name] = WITHHELD if field.says.category in _SECRETS else _plain(value)
    return shown


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, Enum):
        return value.value
    return msgspec.to_builtins(value)
