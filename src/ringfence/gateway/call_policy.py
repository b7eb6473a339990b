"""How calls of one PBX are treated."""

import enum
from dataclasses import dataclass

__all__ = ["CallPolicy", "Progress"]


class Progress(enum.Enum):
    """What a caller hears while a phone wakes."""

    NONE = "none"
    RINGING = "180"


@dataclass(frozen=True, slots=True)
class CallPolicy:
    """`hold`, `fresh` and `dialog_wait` are in seconds.

    hold: how long a caller may wait for a device; a phone wakes within 12 s and people answer within a minute; what
        the caller's own Expires says counts where it is less.
    fresh: how recently a flow must have answered a keep-alive for its device to be called without a push.
    dialog_wait: how long a request in a dialog waits for its device; UACs give up after 32 s.
    progress: what the caller hears while devices wake.
    busy_for_all: whether a device's 6xx goes to the PBX as 486, so that one phone's decline ends no ring group.
    """

    hold: float = 120.0
    fresh: float = 5.0
    dialog_wait: float = 5.0
    progress: Progress = Progress.RINGING
    busy_for_all: bool = True
