"""What restriction refuses."""

from ringfence.errors import PeerFault

__all__ = ["ExceptionNotNamed", "NothingToRestrict", "UnknownRestriction"]


class UnknownRestriction(PeerFault):
    """There is no restriction of that provider with that id, or it has been lifted."""

    code = "unknown_restriction"
    http_status = 404


class NothingToRestrict(PeerFault):
    """The tables or rows named are none, or not the person's."""

    code = "nothing_to_restrict"
    http_status = 400


class ExceptionNotNamed(PeerFault):
    """What is restricted opens only for an exception of Art. 18(2) GDPR, and for one at a time."""

    code = "exception_not_named"
    http_status = 403
