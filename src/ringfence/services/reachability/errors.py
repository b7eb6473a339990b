"""What can be wrong with an account that is to be kept reachable."""

from ringfence.errors import PeerFault

__all__ = ["BadAddress", "NotReachable", "ReachabilityFault"]


class ReachabilityFault(PeerFault):
    """Root of this package's errors."""

    code = "reachability"


class BadAddress(ReachabilityFault):
    """An address or user name that can't stand in a SIP message."""

    code = "bad_sip_address"


class NotReachable(ReachabilityFault):
    """A device for an account that is not kept, or not any more."""

    code = "not_reachable"
    http_status = 409
    sip_status = 404
