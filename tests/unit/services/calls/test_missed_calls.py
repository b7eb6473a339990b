"""Missed calls: noted at once, written sealed, shown once, gone with their person."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ringfence.clock import ManualClock
from ringfence.declarations import Category, Keep, Source
from ringfence.identifiers import ProviderId, SubjectId
from ringfence.persistence import Database
from ringfence.randomness import SeededRandomness
from ringfence.services.calls import Caller, MissedCalls, MissedCallSettings
from ringfence.services.calls.records import MissedCall
from tests.doubles.databases import main_database
from tests.doubles.sealing import MemorySealer

pytestmark = pytest.mark.usefixtures("each_database")

BOB, PROVIDER = SubjectId("bob"), ProviderId("p")
ALICE = Caller("Alice A.", "sip:+420111@example.test")


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(main_database(tmp_path, "main.db"), sealer=MemorySealer(), clock=ManualClock())
    await database.open()
    await database.create_tables(MissedCall.declaration.table.metadata)
    yield database
    await database.close()


def book(db: Database, queue: int = 10) -> MissedCalls:
    return MissedCalls(db, SeededRandomness(1), MissedCallSettings(queue=queue))


async def test_a_missed_call_waits_until_it_was_shown(db: Database) -> None:
    missed = book(db)
    missed.note(BOB, PROVIDER, ALICE, 1_800_000_100.0)
    missed.note(BOB, PROVIDER, Caller(), 1_800_000_000.0)
    await missed.drain()
    older, newer = await missed.waiting_for(BOB)
    assert (older.at, newer.at) == (1_800_000_000.0, 1_800_000_100.0)
    assert (newer.caller_name, newer.caller_uri) == ("Alice A.", "sip:+420111@example.test")
    await missed.shown(BOB, [newer.id])
    assert [call.id for call in await missed.waiting_for(BOB)] == [older.id]
    assert await missed.waiting_for(SubjectId("carol")) == []


@pytest.mark.promise("ACR-05")
async def test_a_missed_call_is_due_after_seven_days_at_most(db: Database) -> None:
    missed = book(db)
    missed.note(BOB, PROVIDER, ALICE, 1_800_000_000.0)
    await missed.drain()
    (call,) = await missed.waiting_for(BOB)
    assert call.due == 1_800_000_000.0 + 7 * 86_400
    assert MissedCall.declaration.keep is Keep.SHORT_CALLS


@pytest.mark.promise("ZOI-05")
def test_who_called_is_declared_as_what_another_person_brought_in() -> None:
    fields = MissedCall.declaration.personal
    callers = [field.says for field in fields if field.says.category is Category.CALLER]
    assert len(callers) == 2
    assert all(field.source is Source.OTHER_PARTY for field in callers)


async def test_whoever_is_being_erased_gets_no_new_row(db: Database) -> None:
    missed = book(db)
    missed.note(BOB, PROVIDER, ALICE, 1.0)
    async with db.transaction() as unit:
        await unit.fence(BOB)
    await missed.drain()
    assert await missed.waiting_for(BOB) == []


async def test_whoever_departs_takes_along_what_was_not_written_yet(db: Database) -> None:
    missed = book(db)
    missed.note(BOB, PROVIDER, ALICE, 1.0)
    await missed.depart(BOB)
    await missed.drain()
    assert await missed.waiting_for(BOB) == []


async def test_a_full_queue_costs_missed_calls_and_never_the_call_path(db: Database) -> None:
    missed = book(db, queue=1)
    missed.note(BOB, PROVIDER, ALICE, 1.0)
    missed.note(BOB, PROVIDER, ALICE, 2.0)
    assert missed.dropped == 1


def test_nothing_personal_shows_when_a_missed_call_or_a_caller_is_printed() -> None:
    call = MissedCall(id="r", provider=PROVIDER, subject=BOB, due=1.0, at=1.0, caller_name="Alice", caller_uri="sip:a")  # type: ignore[arg-type]  # a plain text does for an id here
    assert "Alice" not in repr(call)
    assert "Alice" not in repr(ALICE)
