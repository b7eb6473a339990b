"""Who answers for the data: stands on every page (CTP-14)."""

from dataclasses import dataclass
from typing import final

__all__ = ["Imprint"]


@final
@dataclass(frozen=True, slots=True)
class Imprint:
    """A provider as its pages name it."""

    provider: str
    controller: str
    officer: str
    """How to reach the privacy officer: a mail address, or any other text."""

    @property
    def mail(self) -> str:
        """The officer's address where it is one that can be written to by a click, else empty."""
        return self.officer if "@" in self.officer and " " not in self.officer else ""
