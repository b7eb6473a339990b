"""Ringing somebody's phones, to see whether they wake."""

from dataclasses import dataclass
from typing import Protocol, final

from ringfence.identifiers import RowId

__all__ = ["Rings", "RungShown"]


@final
@dataclass(frozen=True, slots=True)
class RungShown:
    """How a test stands: a word of `TrialState`, or `unwakeable`; after how many seconds the phone came."""

    state: str
    seconds: int = 0


class Rings(Protocol):
    """`services.wake`: whoever rings a phone has recorded a look at it before."""

    def ring(self, device: RowId) -> RungShown:
        """Wake it as for a call; again within a minute, how the test stands."""
        ...
