"""Why something did not leave, or why no answer came. No error names an address, a token or a person."""

from enum import StrEnum

from ringfence.errors import OperatorFault, PeerFault

__all__ = ["AnswerTooLarge", "BlockReason", "RecipientMisdeclared", "TransferBlocked", "Unreachable"]


class BlockReason(StrEnum):
    """What the gate found missing, in the order in which it looks."""

    RECIPIENT_UNKNOWN = "recipient_unknown"  # nobody of that name is declared
    FLOW_NOT_DECLARED = "flow_not_declared"  # the recipient's contract does not cover this flow
    ADDRESS_NOT_DECLARED = "address_not_declared"  # the URL is not one of the recipient's own
    PLACE_NOT_ALLOWED = "place_not_allowed"  # the provider's policy does not allow that country
    NO_MECHANISM = "no_mechanism"  # no legal mechanism holds on that day
    PEOPLE_NOT_TOLD = "people_not_told"  # abroad, and the notice that holds does not name the recipient yet
    CONSENT_MISSING = "consent_missing"  # the flow stands on consent and this person has not given it
    ADDRESS_NOT_PUBLIC = "address_not_public"  # a user-given URL points into a private network


class TransferBlocked(OperatorFault):
    """Nothing was sent. `reason` says what is missing; the facts name the flow and the recipient."""

    code = "transfer_blocked"
    http_status = 503

    def __init__(self, reason: BlockReason, *, recipient: str, flow: str, day: str) -> None:
        super().__init__(reason=reason.value, recipient=recipient, flow=flow, day=day)
        self.reason = reason


class RecipientMisdeclared(OperatorFault):
    """A recipient's entry in the configuration can't be used; the facts say which and why."""

    code = "recipient_misdeclared"


class Unreachable(PeerFault):
    """The recipient gave no answer: not connected, timed out, or the connection broke.

    `sent` is false only if certainly nothing reached the recipient.
    """

    code = "recipient_unreachable"
    http_status = 502

    def __init__(self, *, recipient: str, kind: str, sent: bool) -> None:
        super().__init__(recipient=recipient, kind=kind)
        self.sent = sent


class AnswerTooLarge(PeerFault):
    """The recipient's answer passed the limit and was cut off unread."""

    code = "recipient_answer_too_large"
    http_status = 502
