"""Every test of persistence runs on SQLite and, where it is installed, on PostgreSQL."""

from collections.abc import AsyncIterator, Iterator
from contextlib import nullcontext
from itertools import count
from pathlib import Path

import pytest

from ringfence.clock import ManualClock
from ringfence.persistence import Database
from tests.doubles.databases import elsewhere, main_database
from tests.doubles.sealing import MemorySealer
from tests.peers import postgres
from tests.unit.persistence.samples import SAMPLES

_names = (f"sample_{number}" for number in count())


@pytest.fixture(params=["sqlite", "postgresql"])
def dialect(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
def url(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a database in which nothing is yet."""
    if dialect == "sqlite":
        return f"sqlite:///{tmp_path}/main.db"
    return postgres.fresh_database(request.getfixturevalue("postgres_server"), next(_names))


@pytest.fixture
def migrated(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database that has this release's tables."""
    server = request.getfixturevalue("postgres_server") if dialect == "postgresql" else None
    with elsewhere(server) if server else nullcontext():
        yield main_database(tmp_path, "main.db")


@pytest.fixture
def sealer() -> MemorySealer:
    return MemorySealer()


@pytest.fixture
async def database(migrated: str, sealer: MemorySealer) -> AsyncIterator[Database]:
    opened = Database(migrated, sealer=sealer, clock=ManualClock())
    await opened.open()
    await opened.create_tables(SAMPLES.metadata)
    yield opened
    await opened.close()


@pytest.fixture
async def postgres_database(postgres_server: str, tmp_path: Path) -> AsyncIterator[Database]:
    with elsewhere(postgres_server):
        opened = Database(main_database(tmp_path, "main.db"), sealer=MemorySealer(), clock=ManualClock())
        await opened.open()
        yield opened
        await opened.close()
