"""Every test of persistence runs on SQLite and, where it is installed, on PostgreSQL."""

from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest

from ringfence.clock import ManualClock
from ringfence.persistence import Database
from tests.doubles.sealing import MemorySealer
from tests.peers import postgres
from tests.unit.persistence.samples import SAMPLES

_names = (f"sample_{number}" for number in count())


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/main.db"
    return postgres.fresh_database(request.getfixturevalue("postgres_server"), next(_names))


@pytest.fixture
def sealer() -> MemorySealer:
    return MemorySealer()


@pytest.fixture
async def database(url: str, sealer: MemorySealer) -> AsyncIterator[Database]:
    opened = Database(url, sealer=sealer, clock=ManualClock())
    await opened.open()
    await opened.create_tables(SAMPLES.metadata)
    yield opened
    await opened.close()


@pytest.fixture
async def postgres_database(postgres_server: str) -> AsyncIterator[Database]:
    opened = Database(
        postgres.fresh_database(postgres_server, next(_names)), sealer=MemorySealer(), clock=ManualClock()
    )
    await opened.open()
    yield opened
    await opened.close()
