"""An installation that has badges."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.privacy.installation import Installation, installed, prepared
from tests.unit.walkthroughs.badges import SAMPLE


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Installation]:
    async with installed(prepared(tmp_path)) as opened:
        await opened.db.create_tables(SAMPLE.metadata)  # the server's tables come from migrations
        yield opened
