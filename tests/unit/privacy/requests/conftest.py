"""A privacy office in a folder, on each database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.privacy.requests.bureau import Bureau, bureau


@pytest.fixture
async def office(each_database: str, tmp_path: Path) -> AsyncIterator[Bureau]:
    async with bureau(tmp_path / "house") as opened:
        yield opened
