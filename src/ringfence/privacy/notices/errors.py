"""What keeps a notice from being written, shown or changed. None of these says which person."""

from ringfence.errors import OperatorFault, OurFault, PeerFault

__all__ = ["NothingToObject", "PolicyIncomplete", "SpeaksOfNothing", "UnknownEdition", "UnknownProvider", "Unsaid"]


class PolicyIncomplete(OperatorFault):
    """A provider goes live only with all that its notice must name; the facts say which setting lacks it."""

    code = "policy_incomplete"


class UnknownProvider(PeerFault):
    """There is no provider of that name here."""

    code = "unknown_provider"
    http_status = 404


class UnknownEdition(PeerFault):
    """There is no edition of the notice by that digest."""

    code = "unknown_edition"
    http_status = 404


class NothingToObject(PeerFault):
    """No change of the terms is announced to this person; who wants to leave can do so at any time."""

    code = "nothing_to_object"
    http_status = 409


class Unsaid(OurFault):
    """A datum of the data map has no sentence in a notice; the facts name it and the language."""

    code = "notice_unsaid"


class SpeaksOfNothing(OurFault):
    """A sentence of a notice speaks of something that this installation does not have; the facts name both."""

    code = "notice_speaks_of_nothing"
