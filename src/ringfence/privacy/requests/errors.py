"""Why a step is not taken. No error names a person, an address or a document's content."""

from ringfence.errors import OperatorFault, PeerFault

__all__ = [
    "AnswerNotThere",
    "AskedTooMuch",
    "CopyNotAllowed",
    "ExtensionTooLate",
    "GroundMissing",
    "ProofInsufficient",
    "ReasonMissing",
    "RequestFault",
    "SameMember",
    "SecondMemberNeeded",
    "StepNotAllowed",
    "TooManyOpen",
    "UnknownCase",
    "UnknownPolicy",
]


class RequestFault(PeerFault):
    """Root of all."""

    code = "request"
    http_status = 409


class UnknownCase(RequestFault):
    """There is no such request at this provider, or it is not this person's: both are answered alike."""

    code = "unknown_request"
    http_status = 404


class StepNotAllowed(RequestFault):
    """The step does not exist in this state, or not for this one; the facts name state, event and who."""

    code = "request_step_not_allowed"


class AskedTooMuch(RequestFault):
    """A text, a copy or the number of details is over its limit; the facts name which and the limit."""

    code = "request_too_large"
    http_status = 413


class TooManyOpen(RequestFault):
    """So many requests without a proof are open at this provider that no more are taken by this way for now."""

    code = "too_many_requests_open"
    http_status = 503


class ReasonMissing(RequestFault):
    """The step needs a reason in words: the person, or an authority, may ask for it."""

    code = "reason_missing"
    http_status = 422


class GroundMissing(RequestFault):
    """A refusal needs an exception that the law knows and, where it keeps processing going, its ground (CTP-09)."""

    code = "ground_missing"
    http_status = 422


class ProofInsufficient(RequestFault):
    """What was shown does not settle who asks; ask for more, or refer it to the provider."""

    code = "proof_insufficient"


class CopyNotAllowed(RequestFault):
    """No copy of this document may be taken in this country, or none is needed: note that it was seen."""

    code = "copy_not_allowed"
    http_status = 422


class ExtensionTooLate(RequestFault):
    """The month in which an extension must be announced is over, or it was extended before (Art. 12(3))."""

    code = "extension_too_late"


class SameMember(RequestFault):
    """The one who proposed it can't be the second member of staff."""

    code = "same_member"
    http_status = 403


class SecondMemberNeeded(RequestFault):
    """It needs the agreement of a second member of staff, for exactly these people, which is not there."""

    code = "second_member_needed"
    http_status = 403


class AnswerNotThere(RequestFault):
    """The answer of this request has not been written yet."""

    code = "answer_not_there"
    http_status = 404


class UnknownPolicy(OperatorFault):
    """A request names a provider that this installation does not serve."""

    code = "request_policy_missing"
