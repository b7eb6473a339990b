"""What rectification refuses."""

from ringfence.errors import PeerFault

__all__ = ["RectificationRefused"]


class RectificationRefused(PeerFault):
    """The facts say why: `no_such_row`, `not_yours` (ask in a request), `evidence`, `identity`, `secret`, `value`."""

    code = "rectification_refused"
    http_status = 409
