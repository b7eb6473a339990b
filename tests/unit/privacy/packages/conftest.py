"""A house on each database where it matters, else on SQLite."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ringfence.identifiers import SubjectId
from tests.unit.privacy.installation import Installation, installed, prepared
from tests.unit.privacy.packages.packing import Packing, peopled


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Installation]:
    async with installed(prepared(tmp_path / "house")) as house:
        yield house


@pytest.fixture
async def anna(house: Installation) -> SubjectId:
    return await peopled(house)


@pytest.fixture
def packing(house: Installation) -> Packing:
    return Packing(house)
