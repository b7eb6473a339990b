"""What rectification refuses."""

from ringfence.errors import OperatorFault, PeerFault

__all__ = ["NoticeSettled", "RecipientUnreachable", "RectificationRefused"]


class RectificationRefused(PeerFault):
    """The facts say why: `no_such_row`, `not_yours` (ask in a request), `evidence`, `identity`, `secret`, `value`."""

    code = "rectification_refused"
    http_status = 409


class NoticeSettled(PeerFault):
    """No recipient waits to be told under that id: it was done, or it is not the provider's."""

    code = "notice_settled"
    http_status = 409


class RecipientUnreachable(OperatorFault):
    """No privacy contact is configured for a recipient to whom a mail was to go."""

    code = "recipient_unreachable"
