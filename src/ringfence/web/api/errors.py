"""Refusals of the API's own."""

from ringfence.errors import PeerFault

__all__ = ["NotFound"]


class NotFound(PeerFault):
    """There is nothing of that id, or nothing any more."""

    code = "not_found"
    http_status = 404
