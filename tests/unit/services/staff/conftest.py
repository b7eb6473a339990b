from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.services.staff.world import Office, opened_office


@pytest.fixture
async def office(tmp_path: Path, each_database: str) -> AsyncIterator[Office]:
    async with opened_office(tmp_path / "office") as made:
        yield made
