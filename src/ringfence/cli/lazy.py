"""A group of commands each of which is imported when somebody asks for it."""

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, cast, final

import typer
from typer.core import TyperGroup

__all__ = ["Command", "lazy_group"]


@final
@dataclass(frozen=True, slots=True)
class Command:
    """Where a command (a function) or a group of them (a Typer) is to be found.

    `sentence` is its line in the list; without one it is not listed.
    """

    module: str
    name: str
    sentence: str = ""


def lazy_group(commands: Mapping[str, Command]) -> type[TyperGroup]:
    """The class of the group, for `typer.Typer(cls=...)`."""

    class LazyGroup(TyperGroup):
        def __init__(self, **settings: Any) -> None:
            super().__init__(**settings)
            self.commands = cast("MutableMapping[str, Any]", _Imported(commands))

        def list_commands(self, ctx: object) -> list[str]:  # noqa: ARG002 - click's
            return list(self.commands)

        def format_commands(self, ctx: object, formatter: Any) -> None:  # noqa: ARG002 - click's
            """Without importing any."""
            with formatter.section("Commands"):
                formatter.write_dl([(name, each.sentence) for name, each in commands.items() if each.sentence])

    return LazyGroup


@final
class _Imported(Mapping[str, Any]):
    def __init__(self, commands: Mapping[str, Command]) -> None:
        self._commands: Final = commands

    def __getitem__(self, name: str) -> Any:
        command = self._commands[name]
        found: typer.Typer | Callable[..., object] = getattr(import_module(command.module), command.name)
        shell = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)
        shell.callback()(_nothing)  # so that it is a group, even of one
        if isinstance(found, typer.Typer):
            shell.add_typer(found, name=name)
        else:
            shell.command(name, hidden=not command.sentence)(found)
        return cast("TyperGroup", typer.main.get_command(shell)).commands[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._commands)

    def __len__(self) -> int:
        return len(self._commands)


def _nothing() -> None:
    """What the group does before its command: nothing."""
