"""Each command explains itself, with an example that it understands."""

import shlex
from collections.abc import Iterator

import pytest
import typer
from typer.core import TyperCommand, TyperGroup
from typer.testing import CliRunner

from ringfence.cli.main import app


def tree(found: object, *path: str) -> Iterator[tuple[tuple[str, ...], TyperCommand | TyperGroup]]:
    """Every command and group below this one, with the words that lead to it."""
    if isinstance(found, TyperGroup):
        yield path, found
        for name, child in found.commands.items():
            yield from tree(child, *path, name)
    elif isinstance(found, TyperCommand):
        yield path, found


TREE = dict(tree(typer.main.get_command(app)))
COMMANDS = [path for path, found in TREE.items() if isinstance(found, TyperCommand)]
GROUPS = [path for path, found in TREE.items() if isinstance(found, TyperGroup)]


def helped(path: tuple[str, ...]) -> str:
    shown = CliRunner().invoke(app, [*path, "--help"], env={"COLUMNS": "200", "TERMINAL_WIDTH": "200"})
    assert shown.exit_code == 0
    return shown.output


def example_of(path: tuple[str, ...]) -> list[str]:
    [line] = [each for each in helped(path).splitlines() if each.strip().startswith("Example: ")]
    words = shlex.split(line.partition("Example: ")[2])
    assert words[: 1 + len(path)] == ["ringfence", *path]
    return words[1 + len(path) :]


def test_the_tree_was_found() -> None:
    assert {("serve",), ("ledger", "verify"), ("sip", "explain")} <= set(COMMANDS)
    assert len(COMMANDS) >= 10


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_a_command_gives_an_example_that_it_understands(path: tuple[str, ...]) -> None:
    context = TREE[path].make_context(" ".join(path), example_of(path))
    assert context.params


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_option_says_what_it_is_for(path: tuple[str, ...]) -> None:
    assert TREE[path].help
    assert [each.name for each in TREE[path].params if not getattr(each, "help", "")] == []


@pytest.mark.parametrize("path", GROUPS, ids=" ".join)
def test_a_group_alone_shows_its_commands_and_an_unknown_command_ends_with_two(path: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(app, list(path))
    assert "Commands:" in shown.output
    assert CliRunner().invoke(app, [*path, "nonsense"]).exit_code == 2
