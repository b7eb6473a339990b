"""How widely one request may fork (RFC 5393 section 5.3): what came in is shared out among our branches."""

from typing import final

__all__ = ["Breadth"]


@final
class Breadth:
    """The Max-Breadth of one request; the shares of all branches that are open never exceed it together."""

    __slots__ = ("_left", "_share", "_taken")

    def __init__(self, total: int, places: int) -> None:
        """`total` is `breadth_of` the request; about `places` branches are expected at a time."""
        self._left = total
        self._share = max(1, total // max(1, places))
        self._taken: dict[object, int] = {}

    def take(self, branch: object) -> int:
        """What this branch may pass on, at least 1; 0 where it must not be opened now."""
        share = min(self._share, self._left)
        if share:
            self._left -= share
            self._taken[branch] = share
        return share

    def give(self, branch: object) -> None:
        """The branch has ended; saying it twice changes nothing."""
        self._left += self._taken.pop(branch, 0)
