"""Where a person wants to be written to: given by themselves, changed and taken back by themselves."""

import re
from typing import Final, final

from ringfence.identifiers import ProviderId, RowId, SubjectId
from ringfence.persistence import Database
from ringfence.services.enrolment.errors import MailAddressUnusable
from ringfence.services.enrolment.records import MailAddress

__all__ = ["MailAddresses", "mail_address"]

# one address as RFC 5321 section 4.1.2 allows it without quotes; whether it takes mail only a mail can tell
_ADDRESS: Final = re.compile(
    r"(?=.{3,254}\Z)[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?"
)


@final
class MailAddresses:
    """One address a person at most. It opens nothing: whoever writes from it has still to prove who they are."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def of(self, subject: SubjectId) -> str:
        """Empty where the person gave none."""
        async with self._db.reading() as unit:
            row = await unit.get(MailAddress, RowId(subject))
        return row.address if row else ""

    async def keep(self, provider: ProviderId, subject: SubjectId, address: str) -> None:
        """In place of an older one; an empty one takes it back. Raises MailAddressUnusable or SubjectGone."""
        try:
            address = mail_address(address) if address.strip() else ""
        except ValueError:
            raise MailAddressUnusable from None
        async with self._db.transaction() as unit:
            await unit.delete(MailAddress, subject=subject)
            if address:
                await unit.add(MailAddress(id=RowId(subject), provider=provider, subject=subject, address=address))


def mail_address(text: str) -> str:
    """The address as it is kept; raises ValueError."""
    address = text.strip()
    if not _ADDRESS.fullmatch(address):
        raise ValueError
    return address
