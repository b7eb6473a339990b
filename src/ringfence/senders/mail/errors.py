"""Why a mail did not go. No error names an address or anything of the mail."""

from ringfence.errors import OperatorFault, PeerFault

__all__ = ["MailAddressUnusable", "MailNotSent", "MailNotSetUp"]


class MailAddressUnusable(PeerFault):
    """That is not one plain mail address (RFC 5321 section 4.1.2, ASCII)."""

    code = "mail_address_unusable"
    http_status = 422


class MailNotSent(PeerFault):
    """The relay did not take it; `problem` is the kind of failure. `sent`: something may have reached the relay."""

    code = "mail_not_sent"
    http_status = 502

    def __init__(self, *, problem: str, sent: bool) -> None:
        super().__init__(problem=problem)
        self.sent = sent


class MailNotSetUp(OperatorFault):
    """The provider has no mail relay in the configuration."""

    code = "mail_not_set_up"
    http_status = 503
