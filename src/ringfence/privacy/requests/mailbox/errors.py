"""Why a mail becomes no request."""

from ringfence.errors import OperatorFault, PeerFault

__all__ = ["MailTooLarge", "MailboxUnreachable"]


class MailTooLarge(PeerFault):
    """The mail is larger than one that says something needs to be; `most` is the limit in bytes."""

    code = "mail_too_large"
    http_status = 413


class MailboxUnreachable(OperatorFault):
    """The mailbox can't be read: no such host or folder, a certificate that is not its own, or a wrong password."""

    code = "mailbox_unreachable"
