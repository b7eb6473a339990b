"""What restriction refuses."""

from ringfence.errors import OperatorFault, PeerFault

__all__ = ["ExceptionNotNamed", "NothingToRestrict", "StandingDamaged", "UnknownRestriction"]


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


class StandingDamaged(OperatorFault):
    """The note of restrictions in force can't be read: put it back from the copy of the key folder."""

    code = "standing_restrictions_damaged"
