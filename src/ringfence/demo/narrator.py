"""The story on a console: coloured where somebody watches, plain text where it is piped."""

from typing import final

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from ringfence.demo.timeline import Facts, Step
from ringfence.web.start import Catalogue, StepState

__all__ = ["Narrator"]

_MARGIN = 4  # columns that what crossed a line is moved in by


@final
class Narrator:
    """Prints each thing when it happens. Fulfils `Witness`."""

    def __init__(self, console: Console, catalogue: Catalogue) -> None:
        self._console, self._catalogue = console, catalogue

    def began(self, step: Step) -> None:
        title = self._catalogue.text(f"title.{step.key}")
        self._line(Text.assemble("\n", (f"{step.begun:5.1f} s  ", "dim"), (f"{step.number}. {title}", "bold")))

    def said(self, key: str, facts: Facts) -> None:
        self._console.print(Padding(Text(self._catalogue.text(key, **facts)), (0, 0, 0, _MARGIN)))

    def crossed(self, key: str, content: str) -> None:
        self._console.print(Padding(Text(self._catalogue.text(key), "cyan"), (0, 0, 0, _MARGIN)))
        for line in content.splitlines():
            self._console.print(Text(" " * _MARGIN + "│ " + line, "dim"), soft_wrap=True)

    def ended(self, step: Step) -> None:
        if step.state is StepState.FAILED:
            self._line(Text(" " * _MARGIN + self._catalogue.text("end.failed_step"), "bold red"))
        elif step.state is StepState.PROVEN:
            self._line(Text(" " * _MARGIN + self._catalogue.text("end.proven_step"), "green"))

    def tell(self, key: str, **facts: str | float) -> None:
        """A line outside of any step."""
        self._line(Text(self._catalogue.text(key, **facts)))

    def _line(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True)
