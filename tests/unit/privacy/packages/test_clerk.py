"""The clerk's child is the same program, wherever this one stands when it is started."""

import sys
from pathlib import Path

import pytest

from ringfence.identifiers import RowId
from ringfence.privacy.packages import BuildFailed, Clerk, Result

CHILD = """
print('{"rows": 3, "size": 20, "digest": "abc"}')
"""


async def test_a_child_is_found_from_another_folder_than_the_one_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "a_child_of_tests.py").write_text(CHILD)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("code")
    monkeypatch.setenv("PYTHONPATH", "code")
    clerk = Clerk((sys.executable, "-m", "a_child_of_tests"))
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert await clerk.build(RowId("p" * 26), lambda _: None) == Result(3, 20, "abc")


async def test_a_child_that_is_not_found_is_told_as_a_failure(tmp_path: Path) -> None:
    with pytest.raises(BuildFailed):
        await Clerk((sys.executable, "-c", "")).build(RowId("p" * 26), lambda _: None)
