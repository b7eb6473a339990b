"""What can be wrong with an account that is to be kept reachable."""

from ringfence.errors import PeerFault

__all__ = ["BadAddress", "ReachabilityFault"]


class ReachabilityFault(PeerFault):
    """Root of this package's errors."""

    code = "reachability"


class BadAddress(ReachabilityFault):
    """An address or user name that can't stand in a SIP message."""

    code = "bad_sip_address"
