"""What orders hide now; all that a process needs which only shows."""

from collections.abc import Iterable
from typing import final

from ringfence.identifiers import ProviderId, RecipientId, SubjectId
from ringfence.persistence import Database, UnitOfWork
from ringfence.privacy.egress import Disclosure
from ringfence.privacy.secrecy.hidden import Hidden
from ringfence.privacy.secrecy.records import SecrecyCover, SecrecyOrder

__all__ = ["Veil"]


@final
class Veil:
    """Reads the orders that stand, each time anew: a release counts from the next look on."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def hidden(self, provider: ProviderId, subject: SubjectId) -> Hidden:
        """What is not to be spoken of now; the orders themselves among it."""
        async with self._db.reading() as unit:
            return await self.hidden_in(unit, provider, subject)

    async def hidden_in(self, unit: UnitOfWork, provider: ProviderId, subject: SubjectId) -> Hidden:
        """The same, of the state that a unit sees."""
        orders = await unit.select(SecrecyOrder, provider=provider, subject=subject, released=False)
        covers = await unit.select(SecrecyCover, subject=subject, under=[order.id for order in orders])
        gone_to = await unit.select(Disclosure, subject=subject, recipient=_recipients(covers))
        return Hidden(
            frozenset(
                {(cover.table, cover.row) for cover in covers if cover.row is not None}
                | {(record.declaration.name, record.id) for record in (*orders, *covers, *gone_to)}
            )
        )


def _recipients(covers: Iterable[SecrecyCover]) -> list[RecipientId]:
    return [cover.recipient for cover in covers if cover.recipient is not None]
