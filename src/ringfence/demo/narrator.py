"""The story on a console: coloured where somebody watches, plain text where it is piped."""

import textwrap
from typing import Final, final

from rich.console import Console
from rich.text import Text

from ringfence.demo.timeline import Facts, Step
from ringfence.privacy.notices import Catalogue
from ringfence.web.start import StepState

__all__ = ["Narrator"]

_MARGIN: Final = 4  # columns that what belongs to a step is moved in by
_MEASURE: Final = 100  # columns at most, so that a sentence can be read on a wide screen


@final
class Narrator:
    """Prints each thing when it happens. Fulfils `Witness`."""

    def __init__(self, console: Console, catalogue: Catalogue) -> None:
        self._console, self._catalogue = console, catalogue

    def began(self, step: Step) -> None:
        title = self._catalogue.text(f"title.{step.key}")
        self._line(Text.assemble("\n", (f"{step.begun:5.1f} s  ", "dim"), (f"{step.number}. {title}", "bold")))

    def said(self, key: str, facts: Facts) -> None:
        indent, width = " " * _MARGIN, min(self._console.width, _MEASURE)
        sentence = self._catalogue.text(key, **facts)
        self._line(Text(textwrap.fill(sentence, width, initial_indent=indent, subsequent_indent=indent)))

    def crossed(self, key: str, content: str) -> None:
        self._line(Text(" " * _MARGIN + self._catalogue.text(key), "cyan"))
        for line in content.splitlines():
            self._line(Text(" " * _MARGIN + "│ " + line, "dim"))

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
