"""`ringfence notices`: the texts, what would change, and what was published."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ringfence.app import opened
from ringfence.app.policies import TodaysNotices
from ringfence.cli.main import app
from ringfence.clock import SystemClock
from ringfence.privacy.notices import Editions
from ringfence.randomness import SystemRandomness
from ringfence.settings import load
from tests.unit.cli.test_kernel_commands import CONFIG


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "ringfence.toml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "ringfence.toml"


def notices(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["notices", *arguments, "--config", str(config)])


async def _publish(config: Path) -> None:
    settings, clock = load(config), SystemClock()
    async with opened(settings, clock, SystemRandomness()) as kernel:
        editions = Editions(kernel.db, kernel.ledger, clock)
        await TodaysNotices(settings, clock, editions=editions).refresh()


def moved(config: Path) -> None:
    """The operator moves the server to Austria."""
    config.write_text(CONFIG.replace('country = "DE"', 'country = "DE"\nhosted_in = "AT"'))


@pytest.mark.parametrize(
    ("language", "title"),
    [("en", "Privacy notice of Example"), ("de", "Datenschutzhinweis von Example"), ("cs", "Oznámení o ochraně údajů")],
)
def test_the_text_is_shown_in_each_form_and_language(config: Path, language: str, title: str) -> None:
    plain = notices(config, "show", "--language", language)
    page = notices(config, "show", "--language", language, "--format", "html")
    assert (plain.exit_code, page.exit_code) == (0, 0)
    assert plain.output.startswith(title)
    assert f"<h1>{title}" in page.output
    assert f'<html lang="{language}">' in page.output
    assert page.output.endswith("</html>\n")


def test_an_unknown_provider_ends_with_two(config: Path) -> None:
    shown = notices(config, "show", "--provider", "stranger")
    assert shown.exit_code == 2
    assert "unknown_provider" in shown.output


@pytest.mark.promise("ZOI-23")
def test_what_a_change_of_the_file_would_mean_for_people_is_said_before_it_is_made(config: Path) -> None:
    asyncio.run(_publish(config))
    assert "Nothing changes for anybody." in notices(config, "diff").output
    moved(config)
    told = notices(config, "diff")
    assert "! The server stands in another country now: Austria" in told.output
    assert "it would hold from" in told.output
    (row,) = json.loads(notices(config, "diff", "--format", "json", "--language", "de").output)
    assert row == {
        "change": "place",
        "material": True,
        "text": "Der Server steht jetzt in einem anderen Land: Österreich",
    }


def test_a_change_that_nobody_has_to_be_told_of_is_told_without_a_date(config: Path) -> None:
    asyncio.run(_publish(config))
    config.write_text(CONFIG.replace("dpo@example.net", "privacy@example.net"))
    told = notices(config, "diff").output
    assert "  Another data protection officer: privacy@example.net" in told
    assert "would hold" not in told


def test_the_draft_and_what_holds_are_two_things(config: Path) -> None:
    asyncio.run(_publish(config))
    moved(config)
    assert "this country: Germany" in notices(config, "show").output
    assert "this country: Austria" in notices(config, "show", "--draft").output


def test_what_was_published_is_listed(config: Path) -> None:
    assert notices(config, "versions").output == ""
    asyncio.run(_publish(config))
    moved(config)
    asyncio.run(_publish(config))
    first, second = notices(config, "versions").output.splitlines()
    assert first.startswith("1  published ")
    assert "announced as" not in first
    assert "announced as 2" in second
