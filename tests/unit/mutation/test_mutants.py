"""What `make mutate` changes, that each change is one, and what counts as noticed."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.architecture.locks import ROOT
from tests.mutation import __main__ as runner
from tests.mutation.__main__ import Outcome, judged, mutants
from tests.mutation.mutant import Mutant, of_table

TABLE = """# a comment of 2020-01-01 and 7
[row]
name = "text of 2020-01-01 # and 5"
years = 8  # since 2025
days = [13, 16]
valid_from = 2024-12-31
"""


def test_dates_move_by_a_day_and_numbers_grow_by_one(tmp_path: Path) -> None:
    (tmp_path / "table.toml").write_text(TABLE)
    changes = {(each.before, each.after) for each in of_table(tmp_path, "table.toml", ())}
    assert changes == {("8", "9"), ("13", "14"), ("16", "17"), ("2024-12-31", "2025-01-01")}


def test_a_change_is_made_at_its_own_place_alone(tmp_path: Path) -> None:
    (tmp_path / "table.toml").write_text(TABLE)
    changed = [each.applied(TABLE) for each in of_table(tmp_path, "table.toml", ())]
    assert len(set(changed)) == 4
    assert all(sum(a != b for a, b in zip(TABLE.splitlines(), new.splitlines(), strict=True)) == 1 for new in changed)


def test_a_change_is_not_made_to_another_text(tmp_path: Path) -> None:
    (tmp_path / "table.toml").write_text(TABLE)
    first = next(iter(of_table(tmp_path, "table.toml", ())))
    with pytest.raises(ValueError, match=r"table\.toml"):
        first.applied(TABLE[1:])


def test_every_figure_that_is_listed_stands_in_the_code() -> None:
    found = mutants()
    assert found
    assert all(each.applied((ROOT / each.file).read_text("utf-8")) for each in found)
    assert all((ROOT / test.partition("::")[0]).exists() for each in found for test in each.tests)


class Tree:
    """Tests that end as they are told: without a change, and with each."""

    def __init__(self, *, unchanged: int = 0, changed: tuple[int, ...] = (1,)) -> None:
        self.codes = iter((unchanged, *changed))
        self.runs: list[tuple[str, ...]] = []

    def run(self, _: Path, tests: tuple[str, ...]) -> int:
        self.runs.append(tests)
        return next(self.codes)


def judge(tree: Tree, folder: Path, patch: pytest.MonkeyPatch, changes: int = 1) -> int:
    (folder / "table.toml").write_text("days = 7\n")
    patch.setattr(runner, "_tree", lambda: folder)
    patch.setattr(runner, "_run", tree.run)
    chosen = [Mutant("table.toml", 7, "7", str(put), 1, "", ("test_it.py",)) for put in range(8, 8 + changes)]
    with ThreadPoolExecutor(1) as pool:
        return judged(chosen, pool)


def test_tests_run_once_without_a_change_and_then_with_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = Tree(changed=(1, 1))
    assert judge(tree, tmp_path, monkeypatch, changes=2) == 0
    assert tree.runs == [("test_it.py",)] * 3
    assert (tmp_path / "table.toml").read_text() == "days = 7\n"


@pytest.mark.parametrize("code", [1, 2, 4, 5, -9])
def test_nothing_is_changed_where_the_tests_do_not_pass_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], code: int
) -> None:
    tree = Tree(unchanged=code)
    assert judge(tree, tmp_path, monkeypatch) == 2
    assert len(tree.runs) == 1
    assert "does not pass without a change: test_it.py" in capsys.readouterr().out


def test_a_change_that_keeps_tests_from_being_imported_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert judge(Tree(changed=(2,)), tmp_path, monkeypatch) == 0


@pytest.mark.parametrize("code", [3, 4, 5, -9])
def test_only_tests_that_ran_and_failed_have_noticed_a_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], code: int
) -> None:
    assert judge(Tree(changed=(1, code)), tmp_path, monkeypatch, changes=2) == 2
    assert "1 of 2 changes were noticed" in capsys.readouterr().out


def test_a_change_that_nobody_noticed_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert judge(Tree(changed=(0,)), tmp_path, monkeypatch) == 1


def test_a_file_without_tests_of_promises_is_not_taken_for_one_that_fails(tmp_path: Path) -> None:
    (tmp_path / "test_none.py").write_text("def test_it() -> None: ...\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = promise\n")
    here = Path.cwd()
    assert Outcome.of(runner._run(tmp_path, ("test_none.py",))) is Outcome.NOT_RUN
    assert Path.cwd() == here
