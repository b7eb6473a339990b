"""What can't be looked at."""

from ringfence.errors import PeerFault

__all__ = ["LookUnknown"]


class LookUnknown(PeerFault):
    """Nothing of that kind is kept about that person, or nobody may look at it; nothing was shown or recorded."""

    code = "look_unknown"
    http_status = 404
