"""The right to take one's data along (Article 20 GDPR), derived from the declarations."""

import hashlib
from collections.abc import Iterator
from typing import Final, final

import msgspec

from ringfence.declarations import REGISTRY, Basis, Category, Record, Registry, Source
from ringfence.declarations.declaration import PersonalField
from ringfence.declarations.fields import MAIN
from ringfence.identifiers import ProviderId, SubjectId
from ringfence.persistence import Database
from ringfence.privacy.ledger import Event, Ledger

__all__ = ["Portability"]

_BASES: Final = frozenset({Basis.CONSENT, Basis.CONTRACT})  # Article 20(1)(a)
_PROVIDED: Final = frozenset({Source.PERSON, Source.DEVICE})  # by the person, or observed on their device (WP 242)
_SECRETS: Final = frozenset({Category.SIP_CREDENTIAL, Category.DEVICE_SECRET})  # they would let a thief in elsewhere


@final
class Portability:
    """Packs what a person provided, from every table that keeps such data, now and later."""

    def __init__(self, db: Database, ledger: Ledger, registry: Registry = REGISTRY) -> None:
        self._db = db
        self._ledger = ledger
        self._registry = registry

    async def package(self, provider: ProviderId, subject: SubjectId) -> bytes:
        """JSON: a list of rows by table. That it was made is recorded; what it says is not."""
        content: dict[str, list[dict[str, object]]] = {}
        async with self._db.transaction() as unit:
            for kind in self._registry.about_people():
                fields = list(_portable(kind))
                rows = await unit.select(kind, subject=subject) if fields else []
                if rows:
                    content[kind.declaration.name] = [
                        {field.name: getattr(row, field.name) for field in fields} for row in rows
                    ]
            packed = msgspec.json.encode(content)
            digest = hashlib.sha256(packed).hexdigest()
            await self._ledger.append(unit, provider, Event.EXPORT_MADE, subject=subject, digest=digest)
        return packed


def _portable(kind: type[Record]) -> Iterator[PersonalField]:
    """The fields that the article covers; what a row says of a second person is that person's to take."""
    for field in kind.declaration.personal:
        says = field.says
        provided = says.purpose.basis in _BASES and says.source in _PROVIDED
        if provided and says.part == MAIN and says.category not in _SECRETS:
            yield field
