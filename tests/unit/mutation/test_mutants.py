"""What `make mutate` changes, and that each change is one."""

from pathlib import Path

import pytest

from tests.architecture.locks import ROOT
from tests.mutation.__main__ import mutants
from tests.mutation.mutant import of_table

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
