"""What can be wrong with a SIP message, and what to answer."""

from ringfence.errors import PeerFault

__all__ = ["BadMessage"]


class BadMessage(PeerFault):
    """The message breaks RFC 3261; `status` is the answer where one can be sent, `reason` a stable word."""

    code = "bad_sip_message"

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(reason=reason, status=status)
        self.reason = reason
        self.status = status
