"""All that is kept on one person, as it goes to their own device: derived from the declarations (`privacy.packages`).

A row about two people gives out the asking person's part only, and of somebody else what the record's rule lets
through. Secrets that work like a password are named and not shown: whoever got hold of a device's token could otherwise
take the whole SIP account with it. Long tables are told in part; the copy that the person may ask for has all of it.
"""

from collections.abc import Mapping
from typing import Final, final

from ringfence.declarations import Personal
from ringfence.identifiers import ProviderId, SubjectId
from ringfence.persistence import Database
from ringfence.privacy.ledger import Event
from ringfence.privacy.packages import Holding, Holdings
from ringfence.services.enrolment import Ledger

__all__ = ["RecordedData"]

WITHHELD: Final = "kept; not shown, since it works like a password or is about somebody else"
_MOST: Final = 1_000  # rows of a table in one answer: it is put together in memory, beside calls


@final
class RecordedData:
    """Implements `OwnersData` over the registry."""

    def __init__(self, holdings: Holdings, db: Database, ledger: Ledger) -> None:
        self._holdings = holdings
        self._db = db
        self._ledger = ledger

    async def of(self, provider: ProviderId, subject: SubjectId) -> Mapping[str, object]:
        """By table: why and how long, what each field is, and the rows. Recorded in the ledger as given out."""
        tables: dict[str, object] = {}
        count = 0
        for holding in await self._holdings.of(provider, subject, unsaid=WITHHELD):
            rows, more = await _first(holding)
            if rows:
                tables[holding.view.name] = _table(holding, rows, more=more)
                count += len(rows)
        async with self._db.transaction() as unit:
            await self._ledger.append(unit, provider, Event.EXPORT_MADE, subject=subject, count=count)
        return {"subject": subject, "provider": provider, "tables": tables}


async def _first(holding: Holding) -> tuple[list[dict[str, object]], bool]:
    """As many rows as one answer holds, and whether there are more."""
    rows: list[dict[str, object]] = []
    pages = holding.pages()
    try:
        async for page in pages:
            rows += page.told(_MOST + 1 - len(rows))
            if len(rows) > _MOST:
                break
    finally:
        await pages.aclose()
    return rows[:_MOST], len(rows) > _MOST


def _table(holding: Holding, rows: list[dict[str, object]], *, more: bool) -> dict[str, object]:
    return {
        "kept": holding.keep.sentence,
        "fields": {column.name: _about(column.personal) for column in holding.view.columns if column.personal},
        "rows": rows,
        "more": more,
    }


def _about(says: Personal) -> dict[str, str]:
    return {
        "what": says.category.sentence,
        "why": says.purpose.sentence,
        "basis": says.purpose.basis.sentence,
        "source": says.source.sentence,
    }
