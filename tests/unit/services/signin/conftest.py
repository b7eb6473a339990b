from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.services.signin.world import House, housed


@pytest.fixture
async def house(tmp_path: Path, each_database: str) -> AsyncIterator[House]:
    async with housed(tmp_path / "house") as made:
        yield made
