"""A kernel on which orders can be imposed, with one officer."""

import datetime as dt

from ringfence.identifiers import ProviderId, RecipientId, RowId, StaffId, SubjectId, new_id
from ringfence.privacy.egress import Disclosure
from ringfence.privacy.secrecy import Secrecy
from ringfence.randomness import SystemRandomness
from tests.unit.privacy.installation import PROVIDER, Installation

__all__ = ["OFFICER", "POLICE", "SUPPORTER", "disclosed", "secrecy_of"]

OFFICER = StaffId(new_id(SystemRandomness()))
SUPPORTER = StaffId(new_id(SystemRandomness()))
POLICE = RecipientId("police")


class OneOfficer:
    async def is_officer(self, provider: ProviderId, staff: StaffId) -> bool:
        return (provider, staff) == (PROVIDER, OFFICER)


def secrecy_of(house: Installation) -> Secrecy:
    return Secrecy(
        db=house.db, ledger=house.ledger, officers=OneOfficer(), clock=house.clock, randomness=SystemRandomness()
    )


async def disclosed(house: Installation, subject: SubjectId, recipient: RecipientId) -> Disclosure:
    """That something went to somebody."""
    day = dt.date(2027, 1, 15)
    row = Disclosure(
        id=RowId(house.new()), provider=PROVIDER, subject=subject, recipient=recipient, flow="wake.push",
        first_day=day, last_day=day,
    )  # fmt: skip
    async with house.db.transaction() as unit:
        await unit.add(row)
    return row
