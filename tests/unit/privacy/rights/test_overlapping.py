"""Several reasons to keep the same data of somebody who has gone: it stays as long as the last, and no longer."""

from collections.abc import Awaitable, Callable
from itertools import permutations
from pathlib import Path

import pytest

from ringfence.clock import ManualClock
from ringfence.identifiers import ProviderId, RowId, StaffId, SubjectId
from ringfence.persistence import Guard, UnitOfWork
from ringfence.privacy.law import Law
from ringfence.privacy.restriction import Ground, Restrictions
from ringfence.privacy.rights import CountryStatutes, Hold, HoldReason, Holds, Reason
from ringfence.privacy.vault import Use, opened_for
from ringfence.randomness import SystemRandomness
from tests.unit.privacy.installation import KEPT, PROVIDER, Installation, Proof, installed, prepared

pytestmark = pytest.mark.usefixtures("each_database")

OFFICER = StaffId("o" * 26)
SPANISH = CountryStatutes(Law.load(), {PROVIDER: "ES"})
YEARS = 4 * 366 * 86_400  # past the three of Spain's blocking
ENDS = ("blocking", "hold", "restriction")
End = Callable[[], Awaitable[object]]


class Unhidden:
    """No order to be silent."""

    async def cover(self, unit: UnitOfWork, order: RowId, record: Hold) -> None:
        raise NotImplementedError

    async def hidden(self, provider: ProviderId, subject: SubjectId) -> "Unhidden":
        return self

    def covers(self, table: str, row: RowId) -> bool:
        return False


class Informed:
    async def lifting(self, provider: ProviderId, subject: SubjectId, restriction: RowId) -> None:
        """The person has gone."""


def holds_of(house: Installation) -> Holds:
    return Holds(
        db=house.db, keyring=house.keyring, ledger=house.ledger,
        secrecy=Unhidden(), clock=house.clock, randomness=SystemRandomness(), registry=KEPT,
    )  # fmt: skip


def restrictions_of(house: Installation) -> Restrictions:
    return Restrictions(
        db=house.db, keyring=house.keyring, ledger=house.ledger, informer=Informed(), observers=[],
        standing=house.standing, clock=house.clock, randomness=SystemRandomness(), registry=KEPT,
    )  # fmt: skip


async def held(house: Installation, subject: SubjectId) -> int:
    with opened_for(Use.AUTHORITY):
        async with house.db.reading() as unit:
            return len(await unit.select(Proof, subject=subject))


@pytest.mark.promise("ACR-05")
@pytest.mark.parametrize("order", [*permutations(ENDS), *permutations(ENDS[1:])], ids="-".join)
async def test_it_goes_with_the_last_reason_whichever_that_is(tmp_path: Path, order: tuple[str, ...]) -> None:
    clock = ManualClock()
    async with installed(prepared(tmp_path), clock) as house:
        anna, holds, restrictions = await house.enrol(), holds_of(house), restrictions_of(house)
        async with house.db.transaction() as unit:
            await unit.add(Proof(id=house.new(), provider=PROVIDER, subject=anna, text="agreed to terms, version 1"))
        hold = await holds.place(
            PROVIDER, anna, OFFICER, tables=["sample_proof"], reason=HoldReason.CLAIMS, until=None, note=""
        )
        made = await restrictions.restrict(PROVIDER, anna, ground=Ground.CLAIMS, tables=["sample_proof"])
        erasures = house.erasures(registry=KEPT, statutes=SPANISH if "blocking" in order else None)
        await erasures.run(await erasures.request(PROVIDER, anna, Reason.ASKED))

        async def years() -> None:
            clock.advance(YEARS)
            await holds.end_due()

        ends: dict[str, End] = {
            "blocking": years,
            "hold": lambda: holds.release(PROVIDER, hold, OFFICER),
            "restriction": lambda: restrictions.lift(PROVIDER, made, staff=OFFICER),
        }
        for end in order:
            assert await held(house, anna) == 1
            await restrictions.resume()  # as each start does
            await ends[end]()
        assert (await house.rows_of(anna, KEPT), house.keyring.knows(anna)) == (0, False)
        async with house.db.reading() as unit:
            assert await unit.count(Guard, subject=anna) == 0
