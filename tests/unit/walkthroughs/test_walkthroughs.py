"""The walkthroughs show code that exists: each block is, word for word, in the file that it names."""

import re
from pathlib import Path

import pytest

from tests.architecture.locks import ROOT

PAGES = sorted((ROOT / "docs/walkthroughs").glob("*.md"))
_BLOCK = re.compile(r"^In `([^`\n]+)`:\n\n```(?:python|toml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FENCE = re.compile(r"^```(?!console)\w+$", re.MULTILINE)
_MOST_FILES = 5


def blocks(page: str) -> list[tuple[str, str]]:
    """Each block of code with the file that it says it is from."""
    return [(name, code) for name, code in _BLOCK.findall(page)]


def test_there_is_one_for_each_kind_of_change() -> None:
    assert [page.stem for page in PAGES] == ["add-a-datum", "add-a-flow", "add-a-right", "add-a-sender"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_is_in_the_file_that_it_names(page: Path) -> None:
    found = blocks(page.read_text("utf-8"))
    assert len(found) == len(_FENCE.findall(page.read_text("utf-8"))), "a block says not where it is from"
    for name, code in found:
        assert code in (ROOT / name).read_text("utf-8"), f"{page.name} shows what {name} does not say:\n{code}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_five_files_are_enough(page: Path) -> None:
    files = {name for name, _ in blocks(page.read_text("utf-8"))}
    assert 1 < len(files) <= _MOST_FILES


def test_a_block_that_says_nothing_about_its_file_is_noticed() -> None:
    page = "In `a.py`:\n\n```python\nx = 1\n```\n\n```toml\ny = 2\n```\n\n```console\n$ make\n```\n"
    assert blocks(page) == [("a.py", "x = 1\n")]
    assert len(_FENCE.findall(page)) == 2
