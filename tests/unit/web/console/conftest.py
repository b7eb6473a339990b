"""An office that is open."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.web.console.office import Office, opened_office


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with opened_office(tmp_path / "office") as made:
        yield made
