"""What it costs to erase the person with many rows, and to sweep: beside one plain statement in the same run.

While it is done another writer goes on with small transactions, as calls do; how long it waited at most is the stall.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

import sqlalchemy as sa

from benchmarks.figure import Aim, Figure
from benchmarks.people import PROVIDER, REGISTERED, Call, House, Person, PlainCall
from benchmarks.scale import Scale
from ringfence.identifiers import RowId, SubjectId, new_id
from ringfence.privacy.retention import Retention
from ringfence.privacy.rights import Erasures, Point, Reason, TombstoneFile
from ringfence.randomness import SystemRandomness

__all__ = ["erased", "swept"]

_SUITE: Final = "rights"
_FIDES: Final = "Fides 2.78 took 517 s"
_PAUSE: Final = 0.002  # seconds between two transactions of the other writer
_COPIES: Final = 10  # the swept rows are so many times a person's
_RANDOMNESS: Final = SystemRandomness()


async def erased(house: House, name: str, scale: Scale) -> list[Figure]:
    """The person goes, by all steps; then the plain twin's rows by one statement."""
    at: dict[Point, float] = {}
    erasures = _erasures(house, lambda point: at.setdefault(point, time.perf_counter()))
    holder = house.holder
    async with _writing(house) as waits:
        begun = time.perf_counter()
        await erasures.run(await erasures.request(PROVIDER, holder, Reason.ASKED))
        whole = time.perf_counter() - begun
    plain = await _timed(lambda: _plainly(house, PlainCall.declaration.table.c.subject == holder))
    gone = at[Point.SCRUBBED] - at[Point.KEYS_GONE]
    no_return = (at[Point.KEYS_GONE] - at[Point.ANCHORED]) * 1e3
    what = f"of {scale.person_rows:,} rows among {scale.people:,} people, {name}"
    beside = f"{gone:,.2f} : {plain:,.2f} s"
    return [
        Figure(_SUITE, f"erasure {what}: point of no return", no_return, "ms", _FIDES, "", Aim.AT_MOST, 50.0),
        Figure(_SUITE, "same, rows gone and cleared out of the files", gone, "s", _FIDES, "", Aim.AT_MOST, 2.0),
        Figure(_SUITE, "same, from the request to the certificate", whole, "s", _FIDES),
        Figure(_SUITE, f"same, rows gone, {name}", gone / plain, "x", "one statement, plain rows", beside),
        Figure(_SUITE, "same, longest wait of another writer", max(waits) * 1e3, "ms"),
    ]


async def swept(house: House, name: str, scale: Scale) -> list[Figure]:
    """Rows by the million are due; then the plain twin's by one statement."""
    rows = scale.person_rows * _COPIES
    await _make_due(house, rows)
    retention = Retention(house.db, house.keyring, house.clock, _RANDOMNESS, ledger=house.ledger, registry=REGISTERED)
    async with _writing(house) as waits:
        ours = await _timed(retention.sweep)
    plain = await _timed(lambda: _plainly(house, PlainCall.declaration.table.c.due <= house.clock.time()))
    beside = f"{ours:,.2f} : {plain:,.2f} s"
    return [
        Figure(_SUITE, f"sweep over {rows:,} rows, {name}", ours, "s", "", "with evidence in the ledger"),
        Figure(_SUITE, f"same, {name}", ours / plain, "x", "one statement, plain rows", beside),
        Figure(_SUITE, "same, longest wait of another writer", max(waits) * 1e3, "ms"),
    ]


def _erasures(house: House, at: Callable[[Point], object]) -> Erasures:
    tombstones = TombstoneFile.open(
        house.folder / "tombstones",
        anchor=house.folder / "secrets" / "tombstones.anchor",
        signer=house.signer,
        randomness=_RANDOMNESS,
    )
    return Erasures(
        db=house.db,
        keyring=house.keyring,
        tombstones=tombstones,
        ledger=house.ledger,
        signer=house.signer,
        departures=(),
        clock=house.clock,
        randomness=_RANDOMNESS,
        registry=REGISTERED,
        at=lambda point: (at(point), None)[1],
    )


@asynccontextmanager
async def _writing(house: House) -> AsyncIterator[list[float]]:
    """Another writer at work; how long each of its transactions took."""
    waits: list[float] = [0.0]
    writing = asyncio.create_task(_write(house, waits))
    try:
        yield waits
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)


async def _write(house: House, waits: list[float]) -> None:
    subject = SubjectId(new_id(_RANDOMNESS))
    while True:
        person = Person(id=RowId(new_id(_RANDOMNESS)), provider=PROVIDER, subject=subject, address="x@bench.test")
        begun = time.perf_counter()
        await _add(house, person)
        waits.append(time.perf_counter() - begun)
        await asyncio.sleep(_PAUSE)


async def _add(house: House, person: Person) -> None:
    async with house.db.transaction() as unit:
        await unit.add(person)


async def _make_due(house: House, rows: int) -> None:
    """Copies of what is there, by SQL, and the same in plain: a sweep opens none of them."""
    sealed, plain, past = Call.declaration.table, PlainCall.declaration.table, house.clock.time() - 1.0
    others = [column for column in sealed.c if column.name != "id"]
    names = [column.name for column in others]
    async with house.db.transaction() as unit:
        there = int((await unit.execute(sa.select(sa.func.count()).select_from(sealed))).scalar_one())
        await unit.execute(sa.update(sealed).values(due=past))
    for number in range(max(0, rows // max(1, there) - 1)):
        made = sa.select(sealed.c.id + f".{number}", *others).where(~sealed.c.id.contains("."))
        async with house.db.transaction() as unit:
            await unit.execute(sa.insert(sealed).from_select(["id", *names], made))
    said = [sa.literal(past).label("at"), *(sa.literal("x" * 60) for _ in range(3))]
    twins = sa.select(sealed.c.id, sealed.c.provider, sealed.c.subject, sealed.c.due, *said)
    columns = ["id", "provider", "subject", "due", "at", "caller_name", "caller_uri", "note"]
    async with house.db.transaction() as unit:
        await unit.execute(sa.delete(plain))
        await unit.execute(sa.insert(plain).from_select(columns, twins))


async def _plainly(house: House, which: sa.ColumnElement[bool]) -> None:
    async with house.db.transaction() as unit:
        await unit.execute(sa.delete(PlainCall.declaration.table).where(which))
    await house.db.checkpoint()


async def _timed(step: Callable[[], Awaitable[object]]) -> float:
    begun = time.perf_counter()
    await step()
    return time.perf_counter() - begun
