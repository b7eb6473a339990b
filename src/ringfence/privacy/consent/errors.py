"""Why a consent is not taken, or not there. No error says which person."""

from ringfence.errors import OperatorFault, OurFault, PeerFault

__all__ = [
    "ConsentMissing",
    "GuardianNeeded",
    "GuardianUnproven",
    "NotOffered",
    "OptedOut",
    "PolicyUnusable",
    "TextChanged",
    "TooManyConsents",
    "WithdrawalUnderWay",
    "WithdrawnWhileHeld",
]


class ConsentMissing(PeerFault):
    """What was about to be done stands on a consent that is not there at this moment."""

    code = "consent_missing"
    http_status = 403


class NotOffered(PeerFault):
    """The installation does not have this feature, partner or channel in use, so there is nothing to consent to."""

    code = "consent_not_offered"
    http_status = 404


class TextChanged(PeerFault):
    """The person saw other words than those that hold now: a consent is to what was read. Show it again."""

    code = "consent_text_changed"
    http_status = 409


class OptedOut(PeerFault):
    """The browser says `Sec-GPC: 1`: the opt-out was recorded, and no consent to marketing is taken."""

    code = "consent_opted_out"
    http_status = 409


class GuardianNeeded(PeerFault):
    """Nobody has said that the person is old enough; below that age a guardian consents (Article 8(1) GDPR)."""

    code = "consent_guardian_needed"
    http_status = 403


class GuardianUnproven(PeerFault):
    """The case shows no mandate to act for this person."""

    code = "consent_guardian_unproven"
    http_status = 403


class WithdrawalUnderWay(PeerFault):
    """The same consent is just being withdrawn; ask again in a few seconds."""

    code = "consent_withdrawal_under_way"
    http_status = 409


class TooManyConsents(PeerFault):
    """The person has changed their mind more often than the record has room for. Withdrawing is never limited."""

    code = "consent_too_many"
    http_status = 429


class WithdrawnWhileHeld(OurFault):
    """A task withdraws a consent that it holds itself; it would wait for its own end."""

    code = "consent_withdrawn_while_held"


class PolicyUnusable(OperatorFault):
    """A provider's settings on consents contradict themselves; the facts name the setting."""

    code = "consent_policy_unusable"
