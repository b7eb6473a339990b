"""What sealing costs on insert and select: the same rows plain and sealed, in turn, on SQLite (and PostgreSQL).

    python benchmarks/sealing.py [rows] [url ...]

Both go through a unit of work as records; the plain one has its value in a text column, the sealed one is personal.
Every person has their own key, and every tenth row begins a new person. Times are the CPU's, of our process, threads
included, and the best of five rounds: neighbours on the machine count little.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import sqlalchemy as sa

from ringfence.clock import SystemClock
from ringfence.declarations import (
    Category,
    Keep,
    Kept,
    Purpose,
    Record,
    Registry,
    Source,
    TechnicalRecord,
    personal,
    technical,
)
from ringfence.identifiers import ProviderId, RowId, SubjectId, new_id
from ringfence.persistence import Database
from ringfence.privacy.vault import Keyring, Vault
from ringfence.randomness import SystemRandomness

_ROUNDS = 5
_RANDOMNESS = SystemRandomness()
_REGISTRY = Registry()


class PlainNote(TechnicalRecord, table="plain_note", number=2, index=(("subject", "id"), ("due",)), registry=_REGISTRY):
    """The same row with its value in a plain column, and the indexes that every record has."""

    provider: ProviderId = technical("as in Note")
    subject: SubjectId = technical("as in Note")
    due: float | None = technical("as in Note", default=None)
    text: str = technical("as in Note", reviewed="what sealing is compared with")


class Note(Record, table="note", number=1, keep=Keep.WHILE_ENROLLED, registry=_REGISTRY):
    """A row with one personal value of 300 bytes."""

    text: str = personal(1, Category.MESSAGE, Purpose.DELIVER_CALL, Source.OTHER_PARTY)


async def main(rows: int, urls: list[str]) -> None:
    """Print insert and select times and their ratios."""
    with tempfile.TemporaryDirectory() as folder:
        for url in urls or [f"sqlite:///{folder}/main.db"]:
            for what, (plain, sealed) in (await compare(rows, url, Path(folder))).items():
                print(f"{what} {rows} rows: plain {plain:.3f} s, sealed {sealed:.3f} s, ratio {sealed / plain:.2f}")


async def compare(rows: int, url: str, folder: Path) -> dict[str, tuple[float, float]]:
    """CPU seconds of plain and of sealed rows, by what is done with them."""
    keyring = Keyring.open(
        folder / f"{new_id(_RANDOMNESS)}.db",
        key_file=folder / "keys.json",
        clock=SystemClock(),
        randomness=_RANDOMNESS,
    )
    database = Database(url, sealer=Vault(keyring, _RANDOMNESS), clock=SystemClock())
    await database.open()
    await database.create_tables(_REGISTRY.metadata)
    notes = _notes(rows)
    plain = [PlainNote(id=note.id, provider=note.provider, subject=note.subject, text=note.text) for note in notes]
    steps: dict[str, Callable[[], Awaitable[object]]] = {
        "plain insert": lambda: _insert(database, plain),
        "sealed insert": lambda: _insert(database, notes),
        "plain select": lambda: _select(database, PlainNote),
        "sealed select": lambda: _select(database, Note),
    }
    await _insert(database, notes)  # the keys are made once per person, not per row: measured apart, in tests
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(_ROUNDS):
        await _clear(database)
        for name, step in steps.items():
            started = time.process_time()
            await step()
            times[name].append(time.process_time() - started)
    await _clear(database)
    await database.close()
    keyring.close()
    best = {name: min(taken) for name, taken in times.items()}
    return {
        f"{database.dialect} {what}": (best[f"plain {what}"], best[f"sealed {what}"]) for what in ("insert", "select")
    }


def _notes(rows: int) -> list[Note]:
    provider, subject, notes = ProviderId("acme"), SubjectId(""), []
    for number in range(rows):
        if number % 10 == 0:
            subject = SubjectId(new_id(_RANDOMNESS))
        notes.append(Note(id=RowId(new_id(_RANDOMNESS)), provider=provider, subject=subject, text="x" * 300))
    return notes


async def _insert(database: Database, notes: list[Note] | list[PlainNote]) -> None:
    async with database.transaction() as unit:
        await unit.add_all(notes)


async def _select(database: Database, kind: type[Kept]) -> None:
    async with database.reading() as unit:
        await unit.select(kind)


async def _clear(database: Database) -> None:
    async with database.transaction() as unit:
        await unit.execute(sa.delete(PlainNote.declaration.table))
        await unit.execute(sa.delete(Note.declaration.table))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, sys.argv[2:]))
