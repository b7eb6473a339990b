"""The notice is of the day: what the gate blocks, the text no longer names (product.md, point 5)."""

import datetime as dt
from pathlib import Path

import pytest

from ringfence.app.policies import TodaysNotices
from ringfence.clock import ManualClock
from ringfence.identifiers import ProviderId
from ringfence.settings import Settings, load

EXAMPLE = Path(__file__).parents[3] / "docs/ringfence.example.toml"
PROVIDER = ProviderId("example")


def _settings(directory: Path) -> Settings:
    file = directory / "ringfence.toml"
    file.write_text(EXAMPLE.read_text().replace('since = "2023-09-01"', 'since = "2023-09-01"\nuntil = "2027-03-31"'))
    return load(file)


def _clock(day: dt.date) -> ManualClock:
    return ManualClock(dt.datetime(day.year, day.month, day.day, 12, tzinfo=dt.UTC).timestamp())


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_lapsed_mechanism_leaves_the_notice_by_itself(tmp_path: Path, language: str) -> None:
    clock = _clock(dt.date(2027, 3, 31))
    notices = TodaysNotices(_settings(tmp_path), clock)

    def text() -> str:
        notice = notices.current(PROVIDER, language)
        return " ".join(sentence for paragraph in notice.notice for sentence in paragraph.sentences)

    before = notices.versions(PROVIDER)
    assert "2023/1795" in text()
    clock.advance(86_400)
    assert "2023/1795" not in text()
    assert notices.versions(PROVIDER).notice != before.notice
