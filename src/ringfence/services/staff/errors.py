"""Why a member of staff is not let in, or may not do something. No error names anybody."""

from ringfence.errors import PeerFault

__all__ = [
    "ConfidentialityNotAccepted",
    "InvitationUnusable",
    "MailTaken",
    "NotAllowed",
    "PasswordUnusable",
    "StaffFault",
    "StaffRefused",
    "TokenRefused",
]


class StaffFault(PeerFault):
    """Root of all."""

    code = "staff"
    http_status = 403


class StaffRefused(StaffFault):
    """Wrong mail address, password or second factor, or too late: which of these is not said."""

    code = "staff_refused"


class NotAllowed(StaffFault):
    """No role of this member allows that; the fact names the permission."""

    code = "not_allowed"


class ConfidentialityNotAccepted(StaffFault):
    """Nobody sees anything before they have accepted the current text on confidentiality."""

    code = "confidentiality_not_accepted"


class InvitationUnusable(StaffFault):
    """The link was used, is over two days old, or never was one."""

    code = "invitation_unusable"
    http_status = 410


class PasswordUnusable(StaffFault):
    """Too short, too long, or the mail address over again; `least` says how many characters it needs."""

    code = "password_unusable"
    http_status = 422


class MailTaken(StaffFault):
    """Somebody of this provider's staff has the mail address already."""

    code = "mail_taken"
    http_status = 409


class TokenRefused(StaffFault):
    """The provider's API token is unknown, over, or does not cover this; the fact names the scope."""

    code = "token_refused"
    http_status = 401
