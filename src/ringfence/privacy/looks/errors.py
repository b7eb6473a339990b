"""What can't be looked at."""

from ringfence.errors import PeerFault

__all__ = ["LookUnknown"]


class LookUnknown(PeerFault):
    """There is no such kind of data that staff could look at; nothing was recorded, since nothing was shown."""

    code = "look_unknown"
    http_status = 404
