"""What answering people costs: a person with 101,000 rows among 20,000, on SQLite and PostgreSQL.

Beside it, in the same run: the same rows plain, through the same pages and files; and what a database administrator
would type, one statement over the plain twin. Fides' figures are those of an own measurement, on such a machine.
"""

import asyncio
import csv
import io
import json
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final, cast

import asyncpg  # type: ignore[import-untyped]  # it brings no types
import sqlalchemy as sa

from benchmarks.erasing import erased, swept
from benchmarks.figure import Aim, Figure
from benchmarks.packaging import PACKAGES, SAID
from benchmarks.people import PROVIDER, REGISTERED, Call, House, PlainCall, fill, opened
from benchmarks.scale import Scale
from ringfence.identifiers import ProviderId, RowId, SubjectId
from ringfence.privacy.packages import Clerk, Holdings, Kind, Packages
from ringfence.privacy.packages.build import Order, build
from ringfence.privacy.packages.view import Rows, View, instant
from ringfence.randomness import SystemRandomness
from tests.peers import postgres

__all__ = ["measure", "missing"]

_SUITE: Final = "rights"
_FIDES: Final = "Fides 2.78 took 13.3 s and 750 MB"
_PAGE: Final = 2_000


async def measure(scale: Scale) -> list[Figure]:
    """On SQLite, and on PostgreSQL where there is one; suites of erasure add theirs to `_on`."""
    figures: list[Figure] = []
    with ExitStack() as stack:
        for name, url in _databases(stack):
            folder = Path(stack.enter_context(TemporaryDirectory()))
            figures += await _on(name, url or f"sqlite:///{folder}/main.db", folder, scale)
    return figures


def missing() -> str:
    """It needs no peer."""
    return ""


def _databases(stack: ExitStack) -> Iterator[tuple[str, str]]:
    yield "SQLite", ""
    if postgres.binaries() is not None:
        yield "PostgreSQL", postgres.fresh_database(stack.enter_context(postgres.cluster()), "rights")


async def _on(name: str, url: str, folder: Path, scale: Scale) -> list[Figure]:
    what = f"of {scale.person_rows:,} rows among {scale.people:,} people, {name}"
    async with opened(folder, url) as house:
        inserted = await fill(house, scale.people, scale.person_rows)
        made = await _packaged(house)
        statement = [await _timed(lambda: _one_statement(house)) for _ in range(scale.rounds)]
        sealed, plain = await _exports(house, scale.rounds)
        ended = [*await erased(house, name, scale), *await swept(house, name, scale)]
    beside_statement = f"{made.wall:,.2f} : {median(statement):,.2f} s"
    return [
        Figure(_SUITE, f"access package {what}", made.wall, "s", _FIDES, "child's start included", Aim.AT_MOST, 2.0),
        Figure(_SUITE, "same, in the child", made.seconds, "s"),
        Figure(_SUITE, "same, its peak of memory", made.peak, "MB", _FIDES, "", Aim.AT_MOST, 200.0),
        Figure(
            _SUITE, f"same, {name}", made.wall / median(statement), "x", "one statement, plain rows", beside_statement
        ),
        _ratio(f"sealed insert {what}", inserted.sealed, inserted.plain),
        _ratio(f"finished export {what}", sealed, plain),
        *ended,
    ]


@dataclass(frozen=True, slots=True)
class _Made:
    wall: float
    seconds: float
    peak: float


async def _packaged(house: House) -> _Made:
    """From being asked for to being ready, by a child as the server's."""
    command = (sys.executable, "-m", "benchmarks.packaging", str(house.folder), house.url)
    packages = Packages(
        db=house.db,
        ledger=house.ledger,
        builder=Clerk(command),
        folder=house.folder / PACKAGES,
        clock=house.clock,
        randomness=SystemRandomness(),
    )
    begun = time.perf_counter()
    package = await packages.prepare(PROVIDER, house.holder)
    await packages.run(package)
    wall = time.perf_counter() - begun
    said = json.loads((house.folder / SAID).read_text())
    return _Made(wall, said["seconds"], said["peak"])


def _ratio(what: str, sealed: float, plain: float) -> Figure:
    detail = f"{sealed * 1e3:,.0f} : {plain * 1e3:,.0f} ms CPU"
    return Figure(_SUITE, what, sealed / plain, "x", "the same rows plain", detail, Aim.AT_MOST, 1.5)


async def _timed(step: Callable[[], Awaitable[object]]) -> float:
    begun = time.perf_counter()
    await step()
    return time.perf_counter() - begun


# What an administrator would type.


async def _one_statement(house: House) -> None:
    if house.db.path is None:
        await _copied(house.url, house.holder)
    else:
        await asyncio.to_thread(_selected, house.db.path, house.holder)


async def _copied(url: str, subject: SubjectId) -> None:
    connection = await asyncpg.connect(url)
    try:
        sink = io.BytesIO()
        query = "SELECT id, due, at, caller_name, caller_uri, note FROM bench_plain_call WHERE subject = $1"
        await connection.copy_from_query(query, subject, output=sink, format="csv")
    finally:
        await connection.close()


def _selected(path: Path, subject: SubjectId) -> None:
    connection = sqlite3.connect(path)
    try:
        query = "SELECT id, due, at, caller_name, caller_uri, note FROM bench_plain_call WHERE subject = ?"
        csv.writer(io.StringIO()).writerows(connection.execute(query, (subject,)))
    finally:
        connection.close()


# The same files from plain rows.


@dataclass(frozen=True, slots=True)
class _PlainHolding:
    """As `Holding`, over the twin: no keys, nothing to open."""

    view: View
    keep: object
    house: House
    subject: SubjectId

    async def pages(self) -> AsyncIterator[Rows]:
        table = PlainCall.declaration.table
        names = ("at", "caller_name", "caller_uri", "note")
        columns = [table.c.id, table.c.due, *(table.c[name] for name in names)]
        after: str | None = ""
        while after is not None:
            page = sa.select(*columns).where(
                table.c.subject == self.subject, table.c.provider == PROVIDER, table.c.id > after
            )
            async with self.house.db.reading() as unit:
                rows = (await unit.execute(page.order_by(table.c.id).limit(_PAGE))).all()
            after = rows[-1][0] if len(rows) == _PAGE else None
            if rows:
                yield _as_shown(self.view, rows)


def _as_shown(view: View, rows: Sequence[Any]) -> Rows:
    """What a view makes of rows, where nothing needs to be opened or unpacked."""
    ids, ends, instants, *texts = (list(column) for column in zip(*rows, strict=True))
    return Rows(view.heads, [ids, [instant(end) for end in ends], [instant(each) for each in instants], *texts])


@dataclass(frozen=True, slots=True)
class _PlainHoldings:
    house: House

    async def of(self, _provider: ProviderId, subject: SubjectId, *, kind: Kind) -> list[_PlainHolding]:  # noqa: ARG002 - as Holdings
        return [_PlainHolding(View(Call.declaration, ""), Call.declaration.keep, self.house, subject)]


class _Nowhere:
    def write(self, data: bytes, /) -> int:
        return len(data)

    def flush(self) -> None: ...

    def close(self) -> None: ...


async def _exports(house: House, rounds: int) -> tuple[float, float]:
    """CPU seconds of our process, threads included; the best of the rounds."""
    order = Order(RowId("bench"), PROVIDER, house.holder, Kind.ACCESS, "en", house.clock.time())
    sealed: list[float] = []
    plain: list[float] = []
    for _ in range(rounds):
        for holdings, times in (
            (Holdings(house.db, house.vault, registry=REGISTERED), sealed),
            (_PlainHoldings(house), plain),
        ):
            begun = time.process_time()
            await build(cast("Holdings", holdings), house.signer, order, _Nowhere(), lambda _: None)
            times.append(time.process_time() - begun)
    return min(sealed), min(plain)
