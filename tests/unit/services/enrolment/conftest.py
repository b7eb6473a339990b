from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.services.enrolment.world import Installation, installation


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Installation]:
    async with installation(tmp_path) as made:
        yield made
