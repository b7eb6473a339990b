"""What crosses a line, or rests in memory, without being a column."""

from collections.abc import Iterator
from dataclasses import InitVar, dataclass
from typing import final

from ringfence.declarations.errors import TableTaken
from ringfence.declarations.vocabulary import Category, Medium, Purpose, Role, Source

__all__ = ["FLOWS", "Flow", "Flows"]


@final
class Flows:
    """All declared flows, by name."""

    def __init__(self) -> None:
        self._flows: dict[str, Flow] = {}

    def add(self, flow: "Flow") -> None:
        """Enter a flow; raises TableTaken when another has its name."""
        if self._flows.setdefault(flow.name, flow) is not flow:
            raise TableTaken(flow=flow.name)

    def __iter__(self) -> "Iterator[Flow]":
        return iter(self._flows.values())

    def __getitem__(self, name: str) -> "Flow":
        return self._flows[name]

    def __len__(self) -> int:
        return len(self._flows)


FLOWS = Flows()


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Data on its way; making one declares it.

    `name` is stable and dotted (`wake.push`): the egress gate and the disclosure log use it. `carries` is empty when
    the flow names nobody. `rests` says how long anything of it stays on our side.
    """

    name: str
    medium: Medium
    carries: tuple[Category, ...]
    purpose: Purpose
    source: Source
    to: Role
    says: str
    """One sentence: what crosses which line."""
    rests: str = "Not at all: it passes through memory."
    among: InitVar[Flows] = FLOWS

    def __post_init__(self, among: Flows) -> None:
        among.add(self)
