"""Who is enrolled, as announcements ask for them (port `People` of the notices)."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final, Protocol, final

import sqlalchemy as sa

from ringfence.identifiers import ProviderId, RowId, SubjectId
from ringfence.persistence import Database, UnitOfWork
from ringfence.privacy.notices import Person, Versions
from ringfence.services.enrolment import Agreement, MailAddress, SipAccount

__all__ = ["Contacts", "Enrolled", "OwnAddresses"]

_PAGE: Final = 200


class Contacts(Protocol):
    """Who knows mail addresses: a person's own, and that of their organisation's administrator."""

    async def of(self, unit: UnitOfWork, subjects: Sequence[SubjectId]) -> Mapping[SubjectId, tuple[str, str]]:
        """Those that are known; an empty text for one that is not."""
        ...


@final
class OwnAddresses:
    """The addresses that people gave themselves (port `Contacts`)."""

    async def of(self, unit: UnitOfWork, subjects: Sequence[SubjectId]) -> Mapping[SubjectId, tuple[str, str]]:
        rows = await unit.select(MailAddress, subject=list(subjects))
        return {row.subject: (row.address, "") for row in rows}


@final
class Enrolled:
    """Everybody with an account. Whoever has no mail address with us is told at their next start."""

    def __init__(self, db: Database, contacts: Contacts | None = None) -> None:
        self._db = db
        self._contacts = contacts

    async def anybody(self, provider: ProviderId) -> bool:
        """Whether there is somebody who would have to be told of a change."""
        async with self._db.reading() as unit:
            return bool(await unit.count(SipAccount, provider=provider))

    async def of(self, provider: ProviderId) -> AsyncIterator[Person]:
        """Page by page, so that no writer waits."""
        last = RowId("")
        while True:
            async with self._db.reading() as unit:
                accounts = await self._page(unit, provider, last)
                people = await self._people(unit, [SubjectId(subject) for _, subject in accounts])
            for person in people:
                yield person
            if len(accounts) < _PAGE:
                return
            last = RowId(accounts[-1][0])

    async def one(self, provider: ProviderId, subject: SubjectId) -> Person | None:
        async with self._db.reading() as unit:
            if not await unit.count(SipAccount, provider=provider, subject=subject):
                return None
            found = await self._people(unit, [subject])
        return found[0] if found else None

    async def _page(self, unit: UnitOfWork, provider: ProviderId, after: RowId) -> Sequence[tuple[str, str]]:
        table = SipAccount.declaration.table
        chosen = sa.select(table.c.id, table.c.subject).where(table.c.provider == provider, table.c.id > after)
        rows = await unit.execute(chosen.order_by(table.c.id).limit(_PAGE))
        return [(row.id, row.subject) for row in rows]

    async def _people(self, unit: UnitOfWork, subjects: Sequence[SubjectId]) -> list[Person]:
        """Those who agreed to something, with what they agreed to last."""
        newest: dict[SubjectId, Agreement] = {}
        for row in await unit.select(Agreement, subject=list(subjects)):
            if row.subject not in newest or row.agreed_at > newest[row.subject].agreed_at:
                newest[row.subject] = row
        contacts = {} if self._contacts is None else await self._contacts.of(unit, list(newest))
        return [_person(row, *contacts.get(subject, ("", ""))) for subject, row in newest.items()]


def _person(row: Agreement, mail: str, administrator: str) -> Person:
    return Person(
        subject=row.subject,
        language=row.language,
        agreed=Versions(row.notice_version, row.terms_version),
        mail=mail,
        administrator=administrator,
    )
